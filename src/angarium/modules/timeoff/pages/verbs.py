"""What somebody may do with a request, as buttons; and the requests of the buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff.lifecycle import LIFECYCLE, Status
from angarium.modules.timeoff.models import Request
from angarium.modules.timeoff.queries import may_cancel, may_edit
from angarium.modules.timeoff.rights import is_own, today_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Verb:
    """A button; `question` is asked before it does anything."""

    name: str
    url: str
    label: _StrOrPromise
    question: _StrOrPromise = ""
    tone: str = ""


#: By the status that a request gets. Deciding is apart.
VERBS = {
    Status.SUBMITTED: Verb("submit", "timeoff_pages:submission", _("Send it"), tone="primary"),
    Status.WITHDRAWN: Verb(
        "withdraw",
        "timeoff_pages:withdrawal",
        pgettext_lazy("request", "Withdraw"),
        _("Withdraw this request? Its days are free again."),
    ),
    Status.CANCELLED: Verb(
        "cancel",
        "timeoff_pages:cancellation",
        pgettext_lazy("request", "Call off"),
        _("Call this approved request off? Its days are given back."),
        "danger",
    ),
}
DELETE = Verb(
    "delete",
    "timeoff_pages:deletion",
    _("Delete"),
    _("Delete this draft? Nothing of it stays in the list."),
    "danger",
)


def verbs_of(by: Principal, request: Request) -> list[Verb]:
    """What this principal can do with the request now."""
    moves = LIFECYCLE.moves[request.status]
    found = [verb for to, verb in VERBS.items() if to in moves and _may(by, request, to)]
    return [*found, DELETE] if _may_delete(by, request) else found


def _may_delete(by: Principal, request: Request) -> bool:
    """The button is for whoever the draft is about, and for whoever wrote it."""
    if request.status != Status.DRAFT or not may_edit(by, request):
        return False
    return by.is_open or is_own(by, request) or (by.id is not None and by.id == request.author)


def _may(by: Principal, request: Request, to: str) -> bool:
    return may_cancel(by, request, today_of(request.employee)) if to == Status.CANCELLED else may_edit(by, request)
