"""What the buttons of a mailing do. Each is asked about on a page of its own that says how many get it, none twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import attempt, page, signed_in
from angarium.engine.identity.public import principal_of
from angarium.modules.mailings import actions
from angarium.modules.mailings.errors import NotYours
from angarium.modules.mailings.lifecycle import OVER, State
from angarium.modules.mailings.queries import mailer_seen_by, mailers_seen_by, writes_all

from .standing import Standing, standings_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Verb:
    """What a path asks for: the action, whether it fits, the button's word and icon, and what is said when done."""

    name: str
    action: Callable[..., object]
    fits: Callable[[Standing], bool]
    word: _StrOrPromise
    done: _StrOrPromise
    icon: str = "stop"
    tone: str = ""


VERBS = {
    one.name: one
    for one in (
        Verb(
            "pause",
            actions.pause_mailer,
            lambda row: State.PAUSED in row.mailer.allowed,
            _("Pause"),
            _("Paused: nothing more of it goes out until it is resumed."),
            icon="pause",
        ),
        Verb(
            "resumption",
            actions.resume_mailer,
            lambda row: row.mailer.state == State.PAUSED,
            _("Resume"),
            _("It goes on."),
            icon="next",
            tone="primary",
        ),
        Verb(
            "retry",
            actions.retry_failed,
            lambda row: bool(row.counts["failed"]) and row.mailer.state not in OVER,
            _("Retry the failed"),
            _("What failed is being tried again."),
            icon="retry",
        ),
        Verb(
            "cancellation",
            actions.cancel_mailer,
            lambda row: State.CANCELLED in row.mailer.allowed,
            _("Cancel"),
            _("Cancelled: nothing more of it will go out."),
            tone="danger",
        ),
        Verb(
            "deletion",
            actions.delete_mailer,
            lambda row: State.DELETED in row.mailer.allowed,
            _("Delete"),
            _("The mailing was deleted; what it sent stays in the statistics."),
            icon="trash",
            tone="danger",
        ),
    )
}


def verbs_of(row: Standing) -> list[Verb]:
    """Those that fit the mailing as it stands."""
    return [verb for verb in VERBS.values() if verb.fits(row)]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def move(request: HttpRequest, id: int, verb: str) -> HttpResponseBase:
    """Ask whether it is meant; with a POST do it."""
    by, what = principal_of(request), VERBS[verb]
    mailer = mailer_seen_by(by, id)
    if not writes_all(by):
        raise NotYours
    if request.method != "POST":
        context = {"mailer": mailer, "verb": what, "row": (row := standings_of([mailer])[0]), "fits": what.fits(row)}
        return page(request, "mailings/confirm.html", context)
    attempt(request, lambda: what.action(id, by=by, expected_version=_version(request)), done=str(what.done))
    gone = not mailers_seen_by(by).filter(pk=id).exists()
    return redirect("mailings_pages:list") if gone else redirect("mailings_pages:show", id=id)


def _version(request: HttpRequest) -> int | None:
    """The version that the page showed; who sends none takes what there is."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
