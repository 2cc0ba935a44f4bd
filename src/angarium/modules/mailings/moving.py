"""Moving many messages of one mailing from where they wait, in transactions of a bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from .counting import note_moves
from .lifecycle import MESSAGE_LIFECYCLE
from .models import Message

#: Messages in one transaction.
TOGETHER = 5000


def move_all(
    rows: QuerySet[Message], mailer: int, to: str, *, reason: str | None = None, due_at: datetime | None = None
) -> int:
    """Move all these messages of one mailing, which stop being among `rows` by that; returns how many there were.
    Without a reason each keeps its own."""
    moved = 0
    while number := _some(rows, mailer, to, reason, due_at):
        moved += number
        if number < TOGETHER:
            break
    return moved


def _some(rows: QuerySet[Message], mailer: int, to: str, reason: str | None, due_at: datetime | None) -> int:
    with transaction.atomic():
        chosen = rows.select_for_update(no_key=True).order_by("id")
        found = list(chosen.values_list("id", "state", "reason")[:TOGETHER])
        before = Counter((state, old) for _id, state, old in found)
        for state in {state for state, _old in before}:
            MESSAGE_LIFECYCLE.check(state, to)
        changes: Mapping[str, Any] = {"state": to, "due_at": due_at} | ({} if reason is None else {"reason": reason})
        Message.objects.filter(id__in=[id for id, _state, _old in found]).update(**changes)
        places = {place: (to, place[1] if reason is None else reason) for place in before}
        note_moves(mailer, ((place, places[place], number) for place, number in before.items()))
    return len(found)
