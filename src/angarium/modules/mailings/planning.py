"""The plan of a mailing: who gets a message and when, by statements over sets of clients, never by a loop of saves.

    client fits, has no message        a new one
    client fits, message was not sent  judged anew: its time, or why it will not go
    client fits no more                what waited is cancelled, with the reason
    sent, failed, on its way           stays as it is

The zones are few and their chances are reckoned in Python by the same function that the forecast uses; the clients are
many and stay in the database. They are gone through in ranges of their numbers, a transaction for each, so that a plan
that is killed goes on where it was and SQLite's other writers get a turn. Run twice it changes nothing the second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max, Min

from angarium.kernel.clock import now

from .counting import note_moves
from .lifecycle import MessageState, Reason
from .models import Client, Mailer, Message, Plan
from .queries import matching
from .windows import Chance, chance

#: Clients in one transaction.
RANGE = 100_000
#: One zone: its name, and what becomes of a message to somebody in it.
Zone = tuple[str, str, str, datetime | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """How many messages a plan made, moved and took back."""

    made: int = 0
    moved: int = 0


def plan(mailer: Mailer) -> Judged:
    """Bring the messages of a mailing to what it says now. Runs in transactions of its own."""
    began, wish = now(), mailer.wish
    zones = [_judged(name, chance_of(mailer, name, began)) for name in _zones()]
    made = moved = 0
    is_new = not Plan.objects.filter(mailer=mailer, at__isnull=False).exists()
    for first, last in _ranges(mailer, is_new=is_new):
        with transaction.atomic():
            work = _Range(mailer, zones, first, last, began)
            moved += 0 if is_new and not work.has_messages() else work.rejudge()
            made += work.insert()
    Plan.objects.update_or_create(mailer=mailer, defaults={"wish": wish, "at": began})
    return Judged(made, moved)


def chance_of(mailer: Mailer, zone: str, at: datetime) -> Chance:
    """When a message of this mailing to somebody in this zone may go, asked at `at`."""
    return chance(mailer.window, ZoneInfo(zone), start=mailer.start, finish=mailer.finish, at=at)


def _judged(zone: str, one: Chance) -> Zone:
    if one.at is None:
        reason = Reason.NO_WINDOW if one.waits else Reason.FINISH
        return zone, MessageState.EXPIRED, reason, None
    if one.waits:
        return zone, MessageState.DEFERRED, Reason.WINDOW, one.at
    return zone, MessageState.QUEUED, Reason.NONE, one.at


def _zones() -> list[str]:
    return list(Client.objects.order_by("timezone").values_list("timezone", flat=True).distinct())


def _ranges(mailer: Mailer, *, is_new: bool) -> Iterator[tuple[int, int]]:
    """Ranges of numbers in which every client lies that fits, or that has a message already."""
    rows = matching(tag=mailer.tag, operator_code=mailer.operator_code) if is_new else Client.objects.all()
    ends = rows.aggregate(first=Min("id"), last=Max("id"))
    if ends["first"] is None:
        return
    for first in range(ends["first"], ends["last"] + 1, RANGE):
        yield first, min(first + RANGE - 1, ends["last"])


class _Range:
    """The clients of one range, and the statements over them."""

    def __init__(self, mailer: Mailer, zones: Sequence[Zone], first: int, last: int, at: datetime) -> None:
        self.mailer, self.zones, self.at = mailer, zones, at
        self.first, self.last = first, last
        self.moment = "CAST(%s AS timestamptz)" if connection.vendor == "postgresql" else "%s"

    def has_messages(self) -> bool:
        return Message.objects.filter(mailer=self.mailer, client__id__range=(self.first, self.last)).exists()

    def insert(self) -> int:
        """A message for each client that fits and has none."""
        zone, given = self._zone()
        fits, wanted = self._fits()
        statement = f"""
            {zone}
            INSERT INTO mailings_message
                (mailer_id, client_id, state, reason, due_at, deferred_until, attempts, answer, created_at)
            SELECT {int(self.mailer.pk)}, client.id,
                CASE WHEN client.opted_out_at IS NULL THEN zone.state ELSE 'suppressed' END,
                CASE WHEN client.opted_out_at IS NULL THEN zone.reason ELSE 'opted_out' END,
                CASE WHEN client.opted_out_at IS NULL THEN zone.due_at END,
                CASE WHEN client.opted_out_at IS NULL AND zone.state = 'deferred' THEN zone.due_at END,
                0, '', {self.moment}
            FROM mailings_client client JOIN zone ON zone.name = client.timezone
            WHERE client.id BETWEEN {self.first} AND {self.last} AND {fits}
            ORDER BY client.id
            ON CONFLICT (mailer_id, client_id) DO NOTHING
        """  # noqa: S608  numbers and names of ours
        with connection.cursor() as cursor:
            made = _counted(cursor, statement, [*given, self._written(self.at), *wanted])
        note_moves(self.mailer.pk, ((None, place, number) for place, number in made.items()))
        return sum(made.values())

    def rejudge(self) -> int:
        """What waits, or ended unsent, is where the mailing and its client now put it."""
        zone, given = self._zone()
        fits, wanted = self._fits()
        judged = f"""
            SELECT message.id, message.state AS old_state, message.reason AS old_reason,
                CASE WHEN NOT ({fits}) THEN 'cancelled' WHEN client.opted_out_at IS NOT NULL THEN 'suppressed'
                    ELSE zone.state END AS state,
                CASE WHEN client.deleted_at IS NOT NULL THEN 'client_deleted' WHEN NOT ({fits}) THEN 'filter'
                    WHEN client.opted_out_at IS NOT NULL THEN 'opted_out' ELSE zone.reason END AS reason,
                CASE WHEN {fits} AND client.opted_out_at IS NULL THEN zone.due_at END AS due_at
            FROM mailings_message message JOIN mailings_client client ON client.id = message.client_id
                JOIN zone ON zone.name = client.timezone
            WHERE message.mailer_id = {int(self.mailer.pk)}
                AND message.client_id BETWEEN {self.first} AND {self.last}
                AND (message.state IN ('queued', 'deferred')
                    OR (message.state IN ('expired', 'suppressed', 'cancelled') AND {fits}))
        """  # noqa: S608
        # What waits for another try waits until then, unless its window opens later.
        tried = "message.attempts > 0 AND message.due_at > judged.due_at AND judged.state IN ('queued', 'deferred')"
        changed = f"""
            (message.state <> judged.state OR message.reason <> judged.reason
                OR message.due_at IS DISTINCT FROM judged.due_at)
            AND NOT ({tried} AND message.state IN ('queued', 'deferred'))
        """
        if connection.vendor == "sqlite":
            changed = changed.replace("IS DISTINCT FROM", "IS NOT")
        parameters = [*given, *wanted * 4]
        with connection.cursor() as cursor:
            moves = self._moves(cursor, zone, judged, changed, parameters)
        note_moves(self.mailer.pk, moves)
        return sum(number for _before, _after, number in moves)

    def _moves(
        self, cursor: Any, zone: str, judged: str, changed: str, parameters: list[Any]
    ) -> list[tuple[tuple[str, str], tuple[str, str], int]]:
        """Write what was judged, and say how many went from where to where."""
        lock = "ORDER BY message.id FOR NO KEY UPDATE OF message" if connection.vendor == "postgresql" else ""
        cursor.execute(
            f"""
            {zone}, judged AS ({judged} {lock})
            SELECT judged.old_state, judged.old_reason, judged.state, judged.reason, count(*)
            FROM judged JOIN mailings_message message ON message.id = judged.id
            WHERE {changed} GROUP BY 1, 2, 3, 4
            """,  # noqa: S608
            parameters,
        )
        found = [((a, b), (c, d), number) for a, b, c, d, number in cursor.fetchall()]
        if found:
            cursor.execute(
                f"""
                {zone}, judged AS ({judged})
                UPDATE mailings_message AS message SET state = judged.state, reason = judged.reason,
                    due_at = judged.due_at,
                    deferred_until = CASE WHEN judged.state = 'deferred' THEN judged.due_at
                        ELSE message.deferred_until END
                FROM judged WHERE message.id = judged.id AND {changed}
                """,  # noqa: S608
                parameters,
            )
        return found

    def _zone(self) -> tuple[str, list[Any]]:
        """The zones as a table `zone`, and its parameters."""
        rows = ", ".join([f"(%s, %s, %s, {self.moment})"] * len(self.zones))
        values = [value for *words, due in self.zones for value in (*words, self._written(due))]
        return f"WITH zone (name, state, reason, due_at) AS (VALUES {rows})", values

    def _fits(self) -> tuple[str, list[Any]]:
        """Whether a client fits, and the parameters of that."""
        parts, values = ["client.deleted_at IS NULL"], []
        for name in ("tag", "operator_code"):
            if wanted := getattr(self.mailer, name):
                parts.append(f"client.{name} = %s")
                values.append(wanted)
        return " AND ".join(parts), values

    def _written(self, at: datetime | None) -> Any:
        return None if at is None else connection.ops.adapt_datetimefield_value(at)


def _counted(cursor: Any, insertion: str, parameters: list[Any]) -> Counter[tuple[str, str]]:
    """How many rows it made, by state and reason."""
    if connection.vendor == "sqlite":
        cursor.execute(f"{insertion} RETURNING state, reason", parameters)
        return Counter((state, reason) for state, reason in cursor.fetchall())
    zone, inserted = insertion.split("INSERT INTO", 1)
    statement = f"{zone}, made AS (INSERT INTO {inserted} RETURNING state, reason) SELECT state, reason, count(*) FROM made GROUP BY 1, 2"  # noqa: S608,E501
    cursor.execute(statement, parameters)
    return Counter({(state, reason): number for state, reason, number in cursor.fetchall()})
