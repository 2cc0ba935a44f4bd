"""What a mailing should do, without its code: the oracle that `test_machine.py` holds calls and plans against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from angarium.modules.mailings.models import Client, Mailer
from angarium.modules.mailings.sending.taking import Taken
from angarium.modules.mailings.windows import weekdays_of


@dataclass
class Flight:
    """A message that some worker has: on its way to the sender, or still in the worker's hand."""

    taken: Taken
    mailer: Mailer
    is_launched: bool = False


@dataclass
class Model:
    """`holder` is the attempt that a message was last taken for, until something became of it; `got` the messages that
    were written down as sent, and when."""

    holder: dict[int, int] = field(default_factory=dict)
    got: dict[int, datetime] = field(default_factory=dict)
    leases: dict[int, datetime] = field(default_factory=dict)

    def take(self, one: Taken, at: datetime) -> None:
        """Nobody takes what has got there, or what another one has and may still answer for."""
        assert one.id not in self.got, "what was sent was taken again"
        assert one.id not in self.holder or self.leases[one.id] <= at, "taken from a worker that lives"
        self.holder[one.id], self.leases[one.id] = one.attempt, one.until

    def ended(self, one: Taken) -> None:
        self.holder.pop(one.id, None)

    def is_stale(self, one: Taken) -> bool:
        return self.holder.get(one.id) != one.attempt


def fits(mailer: Mailer, client: Client) -> bool:
    wanted = (mailer.tag, client.tag), (mailer.operator_code, client.operator_code)
    return client.deleted_at is None and all(asked in ("", there) for asked, there in wanted)


def is_open(mailer: Mailer, zone: str, at: datetime) -> bool:
    """By the clock on the client's wall, as the documentation says it."""
    local = at.astimezone(ZoneInfo(zone))
    start, end, day = mailer.window_start, mailer.window_end, local.date()
    if start is not None and end is not None and start != end:
        if not _within(local.time(), start, end):
            return False
        if end < start and local.time() < end:
            day -= timedelta(days=1)
    return day.isoweekday() in weekdays_of(mailer.weekdays)


def _within(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end


def will_open(mailer: Mailer, zone: str, at: datetime) -> bool:
    """Is there a quarter of an hour between now and the finish in which it may go? Every bound in these tests lies on
    one."""
    moment = max(mailer.start, at)
    while moment < mailer.finish:
        if is_open(mailer, zone, moment):
            return True
        moment = _next_quarter(moment)
    return False


def _next_quarter(at: datetime) -> datetime:
    seconds = int(at.timestamp()) // 900 * 900 + 900
    return datetime.fromtimestamp(seconds, UTC)


def may_go(mailer: Mailer, client: Client, at: datetime) -> bool:
    """May a call for this client begin at this instant?"""
    in_time = mailer.state == "sending" and mailer.start <= at < mailer.finish
    wanted = fits(mailer, client) and client.opted_out_at is None
    return in_time and wanted and is_open(mailer, client.timezone, at)
