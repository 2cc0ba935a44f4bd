"""What can become of a mailing and of a message, as tables, and which events a change of a mailing means. Pure.

A mailing is `planned` until its start, `sending` until all its messages have ended or its finish has come. What was
cancelled or deleted stays so. What has finished goes on when it gets more time or its failures are to be tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from angarium.contracts import mailings as contract
from angarium.contracts.event import Event
from angarium.kernel.transitions import IllegalMove, Lifecycle

from .windows import weekdays_of


class State(TextChoices):
    PLANNED = "planned", _("planned")
    SENDING = "sending", _("sending")
    PAUSED = "paused", _("paused")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", pgettext_lazy("mailing", "cancelled")
    DELETED = "deleted", _("deleted")


LIFECYCLE = Lifecycle(
    "mailing",
    {
        "planned": ["sending", "paused", "finished", "cancelled", "deleted"],
        "sending": ["planned", "paused", "finished", "cancelled", "deleted"],
        "paused": ["planned", "sending", "finished", "cancelled", "deleted"],
        "finished": ["planned", "sending", "deleted"],
        "cancelled": ["deleted"],
        "deleted": [],
    },
    initial=["planned"],
)
#: Something of it may still go out.
ALIVE = frozenset({"planned", "sending"})
#: Nothing of it will ever go out again.
OVER = frozenset({"cancelled", "deleted"})


class MessageState(TextChoices):
    QUEUED = "queued", _("queued")
    DEFERRED = "deferred", _("deferred")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", pgettext_lazy("message", "expired")
    SUPPRESSED = "suppressed", pgettext_lazy("message", "suppressed")
    CANCELLED = "cancelled", _("cancelled")


#: `sending` may follow itself: a worker died in it, and another one tries again under the same number. `failed` is
#: queued again by hand; what expired, was suppressed or fell out of the filter is judged anew when the mailing changes.
MESSAGE_LIFECYCLE = Lifecycle(
    "message",
    {
        "queued": ["queued", "deferred", "sending", "expired", "suppressed", "cancelled"],
        "deferred": ["queued", "deferred", "sending", "expired", "suppressed", "cancelled"],
        "sending": ["sending", "queued", "deferred", "sent", "failed", "expired", "suppressed", "cancelled"],
        "sent": [],
        "failed": ["queued"],
        "expired": ["queued", "deferred", "suppressed", "cancelled"],
        "suppressed": ["queued", "deferred", "expired", "cancelled"],
        "cancelled": ["queued", "deferred", "expired", "suppressed"],
    },
    initial=["queued", "deferred", "expired", "suppressed"],
)
WAITING = frozenset({"queued", "deferred"})
OPEN = WAITING | {"sending"}
#: What ended without having been sent.
UNSENT = frozenset({"failed", "expired", "suppressed", "cancelled"})
#: What a plan judges anew; a message that was handed over, or refused for good, is not its affair.
JUDGED = WAITING | {"expired", "suppressed", "cancelled"}


class Reason(TextChoices):
    """Why a message is where it is."""

    NONE = "", ""
    WINDOW = "window", _("waits for the window of the client's day")
    NO_WINDOW = "no_window", _("the window does not open before the finish")
    FINISH = "finish", _("the mailing's finish has come")
    FILTER = "filter", _("the client does not fit the filter any more")
    CLIENT_DELETED = "client_deleted", _("the client was deleted")
    OPTED_OUT = "opted_out", _("the client is not to be written to")
    MAILER_CANCELLED = "mailer_cancelled", _("the mailing was cancelled")
    MAILER_DELETED = "mailer_deleted", _("the mailing was deleted")
    AGAIN = "again", _("it was asked for again")
    NOT_TRIED = "not_tried", _("it was given back before it was tried")
    LOST = "lost", _("the worker that had it fell silent")
    UNREACHABLE = "unreachable", _("the sender cannot be reached")
    UNAUTHORIZED = "unauthorized", _("the sender does not accept our token")
    BUSY = "busy", _("the sender asks for less")
    TIMEOUT = "timeout", _("the sender did not answer in time")
    SERVER_ERROR = "server_error", _("the sender failed")
    GARBAGE = "garbage", _("the sender's answer cannot be understood")
    NOT_OK = "not_ok", _("the sender said that it did not take it")
    REFUSED = "refused", _("the sender refused it for good")


class ImportState(TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    CHECKING = "checking", _("checking")
    CHECKED = "checked", _("checked")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


#: An import that was stopped begins anew: what it wrote is then found unchanged.
IMPORT_LIFECYCLE = Lifecycle(
    "import",
    {
        "uploaded": ["checking", "running", "cancelled"],
        "checking": ["checked", "failed", "cancelled"],
        "checked": ["checking", "running", "cancelled"],
        "running": ["done", "failed", "cancelled"],
        "failed": ["checking", "running", "cancelled"],
        "cancelled": ["checking", "running"],
        "done": [],
    },
    initial=["uploaded"],
)


#: What a call may leave behind: a message that expires after it says this rather than that its time was up.
CALLED = frozenset(
    str(reason)
    for reason in (
        *(Reason.LOST, Reason.UNREACHABLE, Reason.UNAUTHORIZED, Reason.BUSY, Reason.TIMEOUT),
        *(Reason.SERVER_ERROR, Reason.GARBAGE, Reason.NOT_OK),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailerSnapshot:
    """The columns of a mailing that events are made of."""

    id: int
    start: datetime
    finish: datetime
    content: str
    tag: str
    operator_code: str
    window_start: time | None
    window_end: time | None
    weekdays: int
    state: str


def events_of(before: MailerSnapshot | None, after: MailerSnapshot | None) -> Iterable[Event]:
    """The events that a change means; None stands for a row that is not there. IllegalMove by the table of moves."""
    if before is None:
        return [] if after is None else list(_of_new(after))
    if after is None:
        return [] if before.state == State.DELETED else [contract.MailerDeleted(**facts(before))]
    return list(_of_changed(before, after))


def _of_new(after: MailerSnapshot) -> Iterator[Event]:
    if after.state not in LIFECYCLE.initial:
        raise IllegalMove(
            f"A mailing cannot be made as {after.state}.",
            current=None,
            requested=after.state,
            allowed=list(LIFECYCLE.initial),
        )
    yield contract.MailerCreated(**facts(after))


def _of_changed(before: MailerSnapshot, after: MailerSnapshot) -> Iterator[Event]:
    if before.state != after.state:
        LIFECYCLE.check(before.state, after.state)
    if changed := tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name)):
        yield contract.MailerUpdated(changed=changed, **facts(after))
    yield from _of_move(before.state, after)


def _of_move(before: str, after: MailerSnapshot) -> Iterator[Event]:
    """The event of having come from one state to another. Back to `planned` is told by the new start."""
    match (before, after.state):
        case (old, new) if old == new:
            return
        case ("paused", "planned" | "sending"):
            yield contract.MailerResumed(**facts(after))
        case ("finished", "planned" | "sending"):
            yield contract.MailerReopened(**facts(after))
        case (_, "sending"):
            yield contract.MailerStarted(**facts(after))
        case (_, "paused"):
            yield contract.MailerPaused(**facts(after))
        case (_, "finished"):
            yield contract.MailerFinished(**facts(after))
        case (_, "cancelled"):
            yield contract.MailerCancelled(**facts(after))
        case (_, "deleted"):
            yield contract.MailerDeleted(**facts(after))


#: What can be edited.
FIELDS = ("content", "finish", "operator_code", "start", "tag", "weekdays", "window_end", "window_start")


def facts(mailer: MailerSnapshot) -> dict[str, Any]:
    """What every event about this mailing carries."""
    return {
        "mailer_id": mailer.id,
        "start": mailer.start,
        "finish": mailer.finish,
        "content": mailer.content,
        "tag": mailer.tag,
        "operator_code": mailer.operator_code,
        "window": window_text(mailer.window_start, mailer.window_end),
        "weekdays": tuple(sorted(weekdays_of(mailer.weekdays))),
        "state": mailer.state,
    }


def window_text(start: time | None, end: time | None) -> str:
    return f"{start:%H:%M}-{end:%H:%M}" if start is not None and end is not None else ""
