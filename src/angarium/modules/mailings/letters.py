"""Letters with the numbers of mailings, to the address in STATS_EMAIL: on a visit to the statistics, and of each day.

Both are only asked for here; delivery sends them in the background, each key once, however many ask for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import override

from angarium.engine.delivery.public import NEVER_QUIET, Attachment, Delivery, Recipient, deliveries_of, send
from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now

from . import pictures
from .counting import counts_of
from .days import Day, Told, ended_within, told_of
from .lifecycle import OPEN, MessageState, Reason, State
from .models import zeros
from .queries import reads_all

#: Mailings that one letter tells of; of the others it says how many there are.
MOST = 50
#: A letter that could not be sent for so long is not news any more.
STALE = timedelta(days=1)
TOPIC = "mailings.statistics"
#: Parts of a bar: sent, waiting, neither, and the rest of the line.
BLUE, SAND, RED, PAPER = "#1f4a8a", "#c9b98f", "#b23a2e", "#eeeae2"


def reader() -> Recipient | None:
    """Whom the numbers are sent to, at any hour; None where nobody asked for them."""
    address = str(settings.STATS_EMAIL).strip()
    return Recipient(kind="statistics", id="mailings", address=address, quiet=NEVER_QUIET) if address else None


def write_visit(by: Principal, stats: Sequence[Mapping[str, Any]]) -> Delivery | None:
    """Somebody has looked at the statistics, as `statistics.stats_of` has them: have them sent as well, unless that was
    done in this minute already. None when nothing is to be sent."""
    to, moment = reader(), now()
    if to is None or not reads_all(by):
        return None
    subject = f"mailings.stat:{moment:%Y-%m-%dT%H:%M}"
    if deliveries_of(subject, limit=1):
        return None
    with override(to.language):
        context = _of_all(stats) | {"at": moment, "zone": to.timezone}
    return send(
        to=to,
        template="mailings/visit_letter",
        channel="email",
        key=subject,
        subject=subject,
        context=context,
        topic=TOPIC,
        not_after=moment + STALE,
    )


def write_days(until: datetime, span: timedelta = timedelta(days=1)) -> list[Delivery]:
    """Have a letter sent about each day that ended in the span before this moment, by the instance's own clock."""
    to = reader()
    if to is None:
        return []
    return [_write_day(day, to) for day in ended_within(until - span, until, to.timezone)]


def _write_day(day: Day, to: Recipient) -> Delivery:
    told = told_of(day)
    picture = Attachment.of_bytes(f"mailings-{day.date}.png", "image/png", pictures.hours(told.hours))
    with override(to.language):
        context = _of_day(day, told) | {"picture": picture.cid}
    subject = f"mailings.day:{day.date}"
    return send(
        to=to,
        template="mailings/day_letter",
        channel="email",
        key=subject,
        subject=subject,
        context=context,
        topic=TOPIC,
        attachments=[picture],
    )


def _of_all(stats: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The newest first; states that nothing is in are left out of a mailing's line, not of the sum of all."""
    newest = sorted(stats, key=lambda one: -int(one["mailer"]))
    every: Counter[str] = Counter()
    for one in stats:
        every.update({state: one[state] for state in MessageState.values})
    return {
        "mailers": [_standing(one) for one in newest[:MOST]],
        "more": max(len(newest) - MOST, 0),
        "all": _named(zeros(every)),
    }


def _standing(one: Mapping[str, Any]) -> dict[str, Any]:
    counts = {state: one[state] for state in MessageState.values}
    return {
        "mailer": one["mailer"],
        "state": str(State(one["state"]).label),
        "counts": _named({state: number for state, number in counts.items() if number}),
        "total": one["total"],
        "parts": _bar(counts["sent"], sum(counts[state] for state in OPEN), one["total"]),
    }


def _named(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(str(MessageState(state).label), number) for state, number in counts.items()]


def _of_day(day: Day, told: Told) -> dict[str, Any]:
    chosen = list(told.mailers.items())[:MOST]
    counts = counts_of([id for id, _done in chosen])
    return {
        "day": date_format(day.date, "DATE_FORMAT"),
        "begins": day.begins,
        "ends": day.ends,
        "zone": day.zone,
        "sent": told.sent,
        "failed": told.failed,
        "mailers": [_done(id, sent, failed, counts[id]) for id, (sent, failed) in chosen],
        "more": max(len(told.mailers) - MOST, 0),
        "failures": [(str(Reason(reason).label), number) for reason, number in told.failures.items()],
    }


def _done(mailer: int, sent: int, failed: int, counts: Mapping[str, int]) -> dict[str, Any]:
    waiting, total = sum(counts[state] for state in OPEN), sum(counts.values())
    parts = _bar(counts["sent"], waiting, total)
    return {"mailer": mailer, "sent": sent, "failed": failed, "waiting": waiting, "total": total, "parts": parts}


def _bar(sent: int, waiting: int, total: int) -> list[tuple[str, int]]:
    """Colours and percents, 100 in all; what is not nothing has at least one."""
    parts = ((BLUE, sent), (SAND, waiting), (RED, total - sent - waiting))
    found = [(colour, max(number * 100 // total, 1)) for colour, number in parts if number > 0] if total else []
    rest = 100 - sum(percent for _colour, percent in found)
    return [*found, (PAPER, rest)] if rest > 0 else found
