"""Refusals in the reader's language. A refusal's default sentence is its docstring, which is English."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from angarium.kernel.errors import AngariumError
from angarium.kernel.transitions import IllegalMove

#: The engine's own sentences, to be found by makemessages.
SENTENCES = (
    gettext_noop("Something was refused."),
    gettext_noop("The input is not valid."),
    gettext_noop("There is no such thing, or you may not see it."),
    gettext_noop("You may not do this."),
    gettext_noop("The present state does not allow this."),
    gettext_noop("Somebody changed this since you read it; read it again and repeat your change."),
    gettext_noop("The request is understood and contradicts an earlier one."),
    gettext_noop("A server that this needs does not answer; try again later."),
    gettext_noop("There is no such operation, or you may not see it."),
    gettext_noop("The operation has ended; its state never changes again."),
    gettext_noop("The operation has not ended; only an ended one can be retried by hand."),
    gettext_noop("No task of this name is known here."),
)


def said(refusal: AngariumError) -> str:
    """The refusal's sentence, in the reader's language where it is one that we know."""
    if isinstance(refusal, IllegalMove) and refusal.message.startswith("A "):
        return _("This has moved on meanwhile: it is in another state now. Look at it again.")
    return _(refusal.message)
