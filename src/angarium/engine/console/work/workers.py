"""Workers and queues for operators: who is there, who holds leases, how much waits and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Min
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from angarium.engine.console.columns import Box
from angarium.engine.console.page import page, partial, signed_in
from angarium.engine.ledger.public import Operation, Transition, kinds
from angarium.engine.tasks.public import processes, queue_depths

from .schedules import operator

RUNNING, HOLDERS = 20, 50
LANE, THICK, LEFT, RIGHT = 30, 16, 110, 44


@dataclass(frozen=True)
class Bar:
    """One queue: its boxes from the left, and how much it holds in all."""

    name: str
    middle: float
    boxes: Sequence[Box]
    end: float
    total: int


@dataclass(frozen=True)
class Bars:
    """A plot of lying bars on one scale."""

    width: int
    height: int
    left: int
    bars: Sequence[Bar]


def bars(depths: Sequence[tuple[str, dict[str, int]]], *, width: int, words: dict[str, str]) -> Bars:
    """Draw (queue, {shade: number}) from the top; what holds anything is seen, however little. Pure."""
    most = max((sum(values.values()) for _name, values in depths), default=0) or 1
    scale = (width - LEFT - RIGHT) / most
    drawn = []
    for at, (name, values) in enumerate(depths):
        x, boxes = float(LEFT), []
        for shade, number in values.items():
            if number:
                wide = max(2.0, number * scale)
                title = f"{name}: {words[shade]} {number}"
                boxes.append(Box(round(x, 1), at * LANE + 6, round(wide, 1), THICK, shade, title))
                x += wide
        drawn.append(Bar(name, at * LANE + 6 + THICK / 2, boxes, round(x, 1), sum(values.values())))
    return Bars(width, len(drawn) * LANE + 8, LEFT, drawn)


@dataclass(frozen=True)
class Holder:
    """A worker, here or anywhere, with the operations that it holds: how many, since when the oldest of them, and when
    the first of its leases ends. `part` is how many that are of those of whoever holds most, in per cent."""

    worker: str
    number: int
    since: datetime
    until: datetime | None
    part: float


def holders() -> list[Holder]:
    """Who holds leases now, the fifty who have held one longest."""
    given = Transition.objects.filter(seq=0, epoch=F("operation__epoch"), operation__due__claimed=True)
    by_worker = given.values("operation__worker").annotate(
        number=Count("id"), since=Min("at"), until=Min("operation__due__due_at")
    )
    rows = list(by_worker.order_by("since").values_list("operation__worker", "number", "since", "until")[:HOLDERS])
    most = max((number for _worker, number, *_times in rows), default=1)
    return [
        Holder(worker, number, since, until, round(100 * number / most, 1)) for worker, number, since, until in rows
    ]


@signed_in
def workers(request: HttpRequest) -> HttpResponse:
    operator(request)
    depths = queue_depths()
    bearing = [{"running": one.running, "waiting": one.waiting, "still": one.delayed + one.paused} for one in depths]
    numbers = [(one.queue or _("over HTTP"), held) for one, held in zip(depths, bearing, strict=True)]
    words = {"running": _("running"), "waiting": _("waiting"), "still": _("for later or paused")}
    there = processes()
    context = {
        "processes": there,
        "worked": {queue for one in there if not one.silent for queue in one.queues},
        "embedded": any(one.role == one.Role.EMBEDDED and not one.silent for one in there),
        "ours": {kind.queue for kind in kinds().values() if not kind.remote},
        "depths": depths,
        "holders": holders(),
        "plots": [bars(numbers, width=width, words=words) for width in (860, 340)],
        "running": Operation.objects.filter(due__claimed=True).order_by("due__due_at")[:RUNNING],
    }
    template = "console/work/workers_body.html" if partial(request) else "console/work/workers.html"
    return page(request, template, context)
