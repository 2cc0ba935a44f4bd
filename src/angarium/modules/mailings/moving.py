"""Moving many messages of one mailing from where they wait, in transactions of a bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from angarium.engine.observability.public import get_logger, lines_together

from .counting import note_moves
from .lifecycle import MESSAGE_LIFECYCLE
from .models import Message

_log = get_logger("angarium.mailings")
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
        found = list(chosen.values_list("id", "client_id", "state", "reason")[:TOGETHER])
        before = Counter((state, old) for _id, _client, state, old in found)
        for state in {state for state, _old in before}:
            MESSAGE_LIFECYCLE.check(state, to)
        changes: Mapping[str, Any] = {"state": to, "due_at": due_at} | ({} if reason is None else {"reason": reason})
        Message.objects.filter(id__in=[id for id, *_ in found]).update(**changes)
        places = {place: (to, place[1] if reason is None else reason) for place in before}
        note_moves(mailer, ((place, places[place], number) for place, number in before.items()))
    told = [(id, client, *places[state, old]) for id, client, state, old in found]
    transaction.on_commit(partial(_tell, mailer, told))
    return len(found)


@lines_together()
def _tell(mailer: int, moved: Iterable[tuple[int, int, str, str]]) -> None:
    """A line for each, so that a log says of every message how it ended."""
    for id, client, outcome, reason in moved:
        _log.info(
            "mailings.moved",
            mailer_id=mailer,
            message_id=id,
            client_id=client,
            outcome=str(outcome),
            reason=str(reason),
        )
