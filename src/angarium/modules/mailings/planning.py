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

from django.db import connection, transaction
from django.db.models import Max, Min

from angarium.kernel.clock import now

from .counting import note_moves
from .lifecycle import ALIVE, CALLED, MessageState, Reason
from .models import Client, Mailer, Message, Plan
from .queries import matching
from .windows import Chance, chance, zone_named

#: Clients in one transaction.
RANGE = 100_000
#: One zone: its name, and what becomes of a message to somebody in it.
Zone = tuple[str, str, str, datetime | None]
#: So many messages went from a (state, reason) to another.
Move = tuple[tuple[str, str], tuple[str, str], int]
_CALLED = ", ".join(f"'{reason}'" for reason in sorted(CALLED))


@dataclass(frozen=True, slots=True)
class Judged:
    """How many messages a plan made, moved and took back."""

    made: int = 0
    moved: int = 0


def plan(mailer: Mailer) -> Judged | None:
    """Bring the messages of a mailing to what it says now. Runs in transactions of its own. None when the mailing was
    changed meanwhile: then the plan for that change goes through all of them."""
    began, wish = now(), mailer.wish
    zones = [_judged(name, chance_of(mailer, name, began), mailer.start) for name in _zones()]
    made = moved = 0
    is_new = not Message.objects.filter(mailer=mailer).exists()
    for first, last in _ranges(mailer, is_new=is_new):
        with transaction.atomic():
            if not _still_wanted(mailer):
                return None
            work = _Range(mailer, zones, first, last, began)
            has_messages = not is_new or work.has_messages()
            moved += work.rejudge() if has_messages else 0
            made += work.insert(beside=has_messages)
    with transaction.atomic():
        if not _still_wanted(mailer):
            return None
        Plan.objects.filter(mailer=mailer).update(wish=wish, at=began)
    return Judged(made, moved)


def plan_for_update(mailer: int) -> Plan:
    """The row about a mailing's plan, locked: whoever plans or stops this mailing has it, one after the other."""
    Plan.objects.bulk_create([Plan(mailer_id=mailer)], ignore_conflicts=True)
    return Plan.objects.select_for_update(no_key=True).get(mailer=mailer)


def _still_wanted(mailer: Mailer) -> bool:
    plan_for_update(mailer.pk)
    found = Mailer.objects.filter(pk=mailer.pk, state__in=sorted(ALIVE)).first()
    return found is not None and found.wish == mailer.wish


def chance_of(mailer: Mailer, zone: str, at: datetime) -> Chance:
    """When a message of this mailing to somebody in this zone may go, asked at `at`."""
    return chance(mailer.window, zone_named(zone), start=mailer.start, finish=mailer.finish, at=at)


def _judged(zone: str, one: Chance, start: datetime) -> Zone:
    """What waits for nothing is due from the start on, so that a later plan finds it where it is to be."""
    if one.at is None:
        reason = Reason.NO_WINDOW if one.waits else Reason.FINISH
        return zone, MessageState.EXPIRED, reason, None
    if one.waits:
        return zone, MessageState.DEFERRED, Reason.WINDOW, one.at
    return zone, MessageState.QUEUED, Reason.NONE, start


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
        self.moment = "CAST(%s AS timestamptz)" if _on_postgresql() else "%s"

    def has_messages(self) -> bool:
        return Message.objects.filter(mailer=self.mailer, client__id__range=(self.first, self.last)).exists()

    def insert(self, *, beside: bool) -> int:
        """A message for each client that fits and has none. Those that are there (`beside` them) are left out at once:
        to run into one that a worker is writing is to wait for it. Where there are none nothing can be run into, since
        whoever plans this mailing is alone; to look for it all the same would be a fifth of the work."""
        zone, given = self._zone()
        fits, wanted = self._fits()
        if beside:
            fits += f""" AND NOT EXISTS (SELECT 1 FROM mailings_message message
                WHERE message.mailer_id = {int(self.mailer.pk)} AND message.client_id = client.id)"""  # noqa: S608
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
            {"ON CONFLICT (mailer_id, client_id) DO NOTHING" if beside else ""}
        """  # noqa: S608  numbers and names of ours
        with connection.cursor() as cursor:
            made = _counted(cursor, statement, [*given, self._written(self.at), *wanted])
        note_moves(self.mailer.pk, ((None, place, number) for place, number in made.items()))
        return sum(made.values())

    def rejudge(self) -> int:
        """What waits, or ended unsent, is where the mailing and its client now put it."""
        zone, given = self._zone()
        fits, wanted = self._fits()
        tried = f"message.attempts > 0 AND message.reason IN ({_CALLED})"
        judged = f"""
            SELECT message.id, message.state AS old_state, message.reason AS old_reason,
                CASE WHEN NOT ({fits}) THEN 'cancelled' WHEN client.opted_out_at IS NOT NULL THEN 'suppressed'
                    ELSE zone.state END AS state,
                CASE WHEN client.deleted_at IS NOT NULL THEN 'client_deleted' WHEN NOT ({fits}) THEN 'filter'
                    WHEN client.opted_out_at IS NOT NULL THEN 'opted_out'
                    WHEN {tried} AND zone.reason = 'finish' THEN message.reason ELSE zone.reason END AS reason,
                CASE WHEN {fits} AND client.opted_out_at IS NULL THEN zone.due_at END AS due_at
            FROM mailings_message message JOIN mailings_client client ON client.id = message.client_id
                JOIN zone ON zone.name = client.timezone
            WHERE message.mailer_id = {int(self.mailer.pk)}
                AND message.client_id BETWEEN {self.first} AND {self.last}
                AND (message.state IN ('queued', 'deferred')
                    OR (message.state IN ('expired', 'suppressed', 'cancelled') AND {fits}))
        """  # noqa: S608
        # What waits for another try waits until then, unless its window opens later.
        changed = f"""
            (message.state <> judged.state OR message.reason <> judged.reason
                OR message.due_at IS {"DISTINCT FROM" if _on_postgresql() else "NOT"} judged.due_at)
            AND NOT (message.attempts > 0 AND message.state = 'queued'
                AND judged.state IN ('queued', 'deferred') AND message.due_at > judged.due_at)
        """
        parameters = [*given, *wanted * 4]
        with connection.cursor() as cursor:
            move = _moved_at_once if _on_postgresql() else _moved_in_two_steps
            moves = move(cursor, zone, judged, changed, parameters)
        note_moves(self.mailer.pk, moves)
        return sum(number for _before, _after, number in moves)

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
    if not _on_postgresql():
        cursor.execute(f"{insertion} RETURNING state, reason", parameters)
        return Counter((state, reason) for state, reason in cursor.fetchall())
    zone, inserted = insertion.split("INSERT INTO", 1)
    statement = f"{zone}, made AS (INSERT INTO {inserted} RETURNING state, reason) SELECT state, reason, count(*) FROM made GROUP BY 1, 2"  # noqa: S608,E501
    cursor.execute(statement, parameters)
    return Counter({(state, reason): number for state, reason, number in cursor.fetchall()})


_MOVE = """
    UPDATE mailings_message AS message SET state = judged.state, reason = judged.reason, due_at = judged.due_at,
        deferred_until = CASE WHEN judged.state = 'deferred' THEN judged.due_at ELSE message.deferred_until END
    FROM judged WHERE message.id = judged.id
"""
_PLACES = "judged.old_state, judged.old_reason, judged.state, judged.reason"


def _moved_at_once(cursor: Any, zone: str, judged: str, changed: str, parameters: list[Any]) -> list[Move]:
    """Write what was judged, and say how many went from where to where; of rows that are locked as they are judged,
    since workers take and give back messages at the same time."""
    cursor.execute(
        f"""
        {zone}, judged AS ({judged} ORDER BY message.id FOR NO KEY UPDATE OF message),
            moved (a, b, c, d) AS ({_MOVE} AND {changed} RETURNING {_PLACES})
        SELECT a, b, c, d, count(*) FROM moved GROUP BY 1, 2, 3, 4
        """,  # noqa: S608
        parameters,
    )
    return _moves(cursor)


def _moved_in_two_steps(cursor: Any, zone: str, judged: str, changed: str, parameters: list[Any]) -> list[Move]:
    """The same on SQLite, where nobody else writes during the transaction, and RETURNING knows one table only."""
    judged = f"{zone}, judged AS ({judged})"
    cursor.execute(
        f"""
        {judged} SELECT {_PLACES}, count(*) FROM judged JOIN mailings_message message ON message.id = judged.id
        WHERE {changed} GROUP BY 1, 2, 3, 4
        """,  # noqa: S608
        parameters,
    )
    if moves := _moves(cursor):
        cursor.execute(f"{judged} {_MOVE} AND {changed}", parameters)
    return moves


def _moves(cursor: Any) -> list[Move]:
    return [((a, b), (c, d), number) for a, b, c, d, number in cursor.fetchall()]


def _on_postgresql() -> bool:
    return connection.vendor == "postgresql"
