"""Why did she not get it: the page of one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, pgettext_lazy

from angarium.engine.console.public import page, partial, signed_in
from angarium.modules.mailings.lifecycle import OPEN, Reason
from angarium.modules.mailings.queries import facts_of, message_seen_by
from angarium.modules.mailings.rendering import render
from angarium.modules.mailings.timeline import Step, steps_of

from .rights import reader

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

#: What happened, and the state by whose colour it is shown.
WORDS: dict[str, tuple[str, _StrOrPromise]] = {
    "planned": ("planned", pgettext_lazy("message", "Planned")),
    "deferred": ("deferred", gettext_lazy("Put off")),
    "tried": ("failed", gettext_lazy("Tried in vain")),
    "lost": ("failed", gettext_lazy("The worker fell silent")),
    "started": ("planned", gettext_lazy("The mailing started")),
    "edited": ("planned", gettext_lazy("The mailing was changed")),
    "paused": ("paused", gettext_lazy("The mailing was paused")),
    "resumed": ("planned", gettext_lazy("The mailing went on")),
    "reopened": ("planned", gettext_lazy("The mailing was opened again")),
    "finished": ("planned", gettext_lazy("The mailing had finished")),
    "mailing_cancelled": ("cancelled", gettext_lazy("The mailing was cancelled")),
    "mailing_deleted": ("cancelled", gettext_lazy("The mailing was deleted")),
    "opted_out": ("suppressed", gettext_lazy("The client asked not to be written to")),
    "client_deleted": ("cancelled", gettext_lazy("The client was deleted")),
    "waits": ("queued", gettext_lazy("Waits")),
    "sending": ("sending", gettext_lazy("On its way")),
    "sent": ("sent", gettext_lazy("Sent")),
    "failed": ("failed", pgettext_lazy("message", "Failed")),
    "expired": ("expired", gettext_lazy("Expired")),
    "suppressed": ("suppressed", gettext_lazy("Suppressed")),
    "cancelled": ("cancelled", pgettext_lazy("message", "Cancelled")),
}
REASONS = dict(Reason.choices)
#: What of a mailing can be edited, in words.
DETAILS = {
    "content": gettext_lazy("Text"),
    "start": pgettext_lazy("mailing", "Start"),
    "finish": gettext_lazy("Finish"),
    "tag": gettext_lazy("Tag"),
    "operator_code": gettext_lazy("Operator code"),
    "window_start": gettext_lazy("Window from"),
    "window_end": gettext_lazy("Window until"),
    "weekdays": gettext_lazy("Weekdays"),
}
Line = tuple[Step, str, "_StrOrPromise", "_StrOrPromise", str]


@signed_in
def message(request: HttpRequest, id: int) -> HttpResponse:
    by = reader(request)
    row = message_seen_by(by, id)
    context = {
        "message": row,
        "mailer": row.mailer,
        "client": row.client,
        "text": render(row.mailer.content, phone=row.client.phone, tag=row.client.tag),
        "lines": [_line(step) for step in steps_of(facts_of(row))],
        "open": row.state in OPEN,
    }
    template = "mailings/message_body.html" if partial(request) else "mailings/message.html"
    return page(request, template, context)


def _line(step: Step) -> Line:
    """(step, state of its colour, its words, its reason in words, its details)."""
    state, words = WORDS.get(step.what, ("queued", step.what))
    return step, state, words, REASONS.get(step.reason, step.reason), _details(step)


def _details(step: Step) -> str:
    said = (one.partition("=") for one in step.detail)
    return ", ".join(f"{DETAILS.get(name, name)}{': ' if value else ''}{value}" for name, _, value in said)
