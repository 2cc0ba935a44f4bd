"""Taking due messages of a mailing: committed before the first call, so that a crash is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min

from angarium.modules.mailings.counting import note_moves
from angarium.modules.mailings.lifecycle import OPEN, MessageState, Reason
from angarium.modules.mailings.models import Attempt, Client, Message

_SENDING = (str(MessageState.SENDING), "")
#: Beyond what a call may take, the time in which its answer is written.
_MARGIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that this worker has until `until`. `attempt` is the number of the call to come; `state` and `reason`
    are where it was before."""

    id: int
    client: int
    phone: str
    zone: str
    is_deleted: bool
    has_opted_out: bool
    attempt: int
    state: str
    reason: str
    until: datetime

    @property
    def was_lost(self) -> bool:
        """Had another worker taken it, and never said what became of it?"""
        return self.state == MessageState.SENDING


def lease() -> timedelta:
    return timedelta(seconds=settings.SENDER_TIMEOUT) + _MARGIN


def take(mailer: int, most: int, at: datetime) -> list[Taken]:
    """Up to `most` messages of this mailing that are due, the longest due first; none that somebody else is taking."""
    until = at + lease()
    with transaction.atomic():
        due = Message.objects.filter(mailer=mailer, state__in=sorted(OPEN), due_at__lte=at).order_by("due_at", "id")
        columns = ("id", "client_id", "attempts", "state", "reason")
        rows = list(due.select_for_update(skip_locked=True, no_key=True).values_list(*columns)[:most])
        clients = _clients([row[1] for row in rows])
        found = [
            Taken(id, client, *clients[client], attempt=tries + 1, state=state, reason=reason, until=until)
            for id, client, tries, state, reason in rows
        ]
        if found:
            _write(mailer, found, at, until)
    return found


def _clients(ids: Sequence[int]) -> dict[int, tuple[str, str, bool, bool]]:
    """{client: (phone, zone, was deleted, has opted out)}."""
    rows = Client.objects.filter(id__in=ids).values_list("id", "phone", "timezone", "deleted_at", "opted_out_at")
    return {id: (phone, zone, gone is not None, out is not None) for id, phone, zone, gone, out in rows}


def _write(mailer: int, found: Sequence[Taken], at: datetime, until: datetime) -> None:
    rows = Message.objects.filter(id__in=[one.id for one in found])
    rows.update(state=MessageState.SENDING, reason="", due_at=until, attempts=F("attempts") + 1)
    lost = [one for one in found if one.was_lost]
    Attempt.objects.bulk_create(
        [Attempt(message_id=one.id, number=one.attempt - 1, at=at, reason=Reason.LOST) for one in lost]
    )
    before = Counter((one.state, one.reason) for one in found)
    note_moves(mailer, ((place, _SENDING, number) for place, number in before.items()))


def next_due(mailer: int) -> datetime | None:
    """When the next message of this mailing is to be looked at; None when all have ended."""
    rows = Message.objects.filter(mailer=mailer, state__in=sorted(OPEN))
    found: datetime | None = rows.aggregate(at=Min("due_at"))["at"]
    return found
