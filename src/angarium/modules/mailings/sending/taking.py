"""Taking due messages of a mailing: committed before the first call, so that a crash is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from angarium.modules.mailings.counting import note_moves
from angarium.modules.mailings.lifecycle import OPEN, MessageState, Reason
from angarium.modules.mailings.models import Attempt, Client, Message

_SENDING = (str(MessageState.SENDING), "")
#: Beyond what a call may take, the time in which its answer is written.
_MARGIN = timedelta(seconds=20)
#: After how long it is looked what became of what others have under way.
OTHERS = timedelta(seconds=1)


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
    tag: str = ""
    operator_code: str = ""

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
            Taken(id, client, **clients[client], attempt=tries + 1, state=state, reason=reason, until=until)
            for id, client, tries, state, reason in rows
        ]
        if found:
            _write(mailer, found, at, until)
    return found


def reread(held: Collection[Taken]) -> dict[int, Taken]:
    """Those of these messages, by their numbers, whose clients were deleted or have opted out since they were taken."""
    if not held:
        return {}
    gone = Client.objects.filter(Q(deleted_at__isnull=False) | Q(opted_out_at__isnull=False))
    rows = gone.filter(id__in={one.client for one in held}).values_list("id", "deleted_at", "opted_out_at")
    flags = {id: (deleted is not None, out is not None) for id, deleted, out in rows}
    return {
        one.id: replace(one, is_deleted=flags[one.client][0], has_opted_out=flags[one.client][1])
        for one in held
        if one.client in flags
    }


def _clients(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """{client: what a `Taken` tells of it}."""
    columns = ("id", "phone", "timezone", "deleted_at", "opted_out_at", "tag", "operator_code")
    found = {}
    for id, phone, zone, gone, out, tag, code in Client.objects.filter(id__in=ids).values_list(*columns):
        found[id] = {"phone": phone, "zone": zone, "tag": tag, "operator_code": code}
        found[id] |= {"is_deleted": gone is not None, "has_opted_out": out is not None}
    return found


def _write(mailer: int, found: Sequence[Taken], at: datetime, until: datetime) -> None:
    rows = Message.objects.filter(id__in=[one.id for one in found])
    rows.update(state=MessageState.SENDING, reason="", due_at=until, attempts=F("attempts") + 1)
    lost = [one for one in found if one.was_lost]
    Attempt.objects.bulk_create(
        [Attempt(message_id=one.id, number=one.attempt - 1, at=at, reason=Reason.LOST) for one in lost]
    )
    before = Counter((one.state, one.reason) for one in found)
    note_moves(mailer, ((place, _SENDING, number) for place, number in before.items()))


def next_due(mailer: int, at: datetime) -> datetime | None:
    """When messages of this mailing are to be looked at next; None when all have ended. What others have under way may
    come back before its lease ends."""
    rows = Message.objects.filter(mailer=mailer, state__in=sorted(OPEN))
    first = rows.order_by("due_at", "id").values_list("due_at", flat=True).first()
    soon = at + OTHERS
    if first is None or first <= soon:
        return first
    is_under_way = rows.filter(state=MessageState.SENDING, due_at__lte=at + lease()).exists()
    return soon if is_under_way else first
