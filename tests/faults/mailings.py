"""Kills a worker at every boundary of SQL while it plans or sends a mailing, one worker and one mailing per boundary,
and lets others finish what is left; or has two workers send one mailing at once.

    python -m tests.faults.mailings TASK POINT…      TASK is plan_mailing or send_mailing
    python -m tests.faults.mailings together N       so many clients, two workers
"""

from __future__ import annotations

import itertools
import signal
import sys
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import django

ENOUGH = 500
#: Clients of each mailing, and how many of them a plan goes through in one transaction.
CLIENTS, RANGE = 4, 2


def main() -> None:
    django.setup()
    if sys.argv[1] == "together":
        _together(int(sys.argv[2]))
        return
    task, *points = sys.argv[1:]
    for point in points:
        found = boundaries(f"mailings.{task}", point)
        sys.stdout.write(f"boundaries: {point} {found}\n")
    _in_a_fork(_finish)
    _in_a_fork(_tell)


def boundaries(task: str, point: str) -> int:
    """Kill a worker at each; returns how many there were."""
    from tests.faults.forks import ended, forked

    for n in itertools.count(1):
        assert n < ENOUGH, f"{task} never gets past its boundaries"
        status = ended(forked(lambda n=n: _work(task, f"{point}:{n}")))  # type: ignore[misc]
        if status == 0:
            return n - 1
        assert status == -signal.SIGKILL, f"{task} at {point}:{n} ended with {status}"
    raise AssertionError


def _work(task: str, fault: str) -> None:
    """A worker with a mailing of its own, that dies at the fault if it comes to it."""
    from django.db import connection

    from angarium.engine.tasks.faults import arm
    from angarium.modules.mailings import planning
    from tests.faults.working import deliver

    planning.RANGE = RANGE
    enter(fault, CLIENTS)
    plan = _called("mailings.plan_mailing")
    if task == "mailings.send_mailing":
        deliver("mailings.plan_mailing", plan)
        plan = _called(task)
    connection.close()
    arm(fault)
    deliver(task, plan)


def enter(name: str, clients: int) -> int:
    """A mailing of this name, which goes at once to so many clients of its own; its number."""
    from datetime import timedelta

    from angarium.kernel.clock import now
    from angarium.modules.mailings.models import Client, Mailer

    first = 79_000_000_000 + Client.objects.count()
    rows = [Client(phone=str(first + n), operator_code="900", tag=name) for n in range(clients)]
    Client.objects.bulk_create(rows)
    return Mailer.objects.create(
        start=now() - timedelta(minutes=1), finish=now() + timedelta(hours=5), content=name, tag=name
    ).pk


def _called(kind: str) -> list[UUID]:
    """What of this kind the relay calls for now; all that was left by those who died is among it, and left."""
    from angarium.engine.events.public import stamp
    from angarium.engine.ledger.public import Operation, take_due

    stamp()
    take_due()
    newest = Operation.objects.filter(kind=kind, claims=0).order_by("-id").values_list("id", flat=True)[:1]
    return list(newest)


def _finish() -> None:
    """What relay and workers do until everything has ended; leases and pauses are over at once, for nobody else
    lives."""
    from datetime import timedelta

    from angarium.engine.events.public import stamp
    from angarium.engine.ledger.public import Due, take_due
    from angarium.kernel.clock import now
    from angarium.modules.mailings.models import Message
    from tests.faults.working import deliver_all

    while True:
        stamped = stamp()
        Message.objects.filter(state="sending").update(due_at=now())
        calls = take_due()
        soon = Due.objects.filter(due_at__lt=now() + timedelta(hours=1))
        if not calls and not stamped and not soon.update(due_at=now()):
            return
        deliver_all(calls, most=50)


def _together(clients: int) -> None:
    """Two workers sit down for the same mailing at the same moment."""
    from tests.faults.forks import ended, forked

    _in_a_fork(lambda: _plan(enter("together", clients)))
    pids = [forked(lambda n=n: _sit(UUID(int=n))) for n in (1, 2)]  # type: ignore[misc]
    assert [ended(pid) for pid in pids] == [0, 0]
    _in_a_fork(_tell_mailings)


def _plan(mailer: int) -> None:
    from angarium.modules.mailings.actions import begin_mailer
    from angarium.modules.mailings.planning import plan

    row = begin_mailer(mailer)
    assert row is not None
    plan(row)


def _sit(operation: UUID) -> None:
    from angarium.modules.mailings.models import Mailer
    from angarium.modules.mailings.sending.sitting import Seat, Stop

    run: Any = SimpleNamespace(operation=operation, progress=lambda *_: None)
    why = Seat(Mailer.objects.get(), run).sit()
    assert why is Stop.IDLE, why


def _tell() -> None:
    from tests.faults.tables import tell

    tell()
    _tell_mailings()


def _tell_mailings() -> None:
    """Each mailing, whether its counts are exact, and its messages: number, client, state, calls, and how often a
    worker that had it fell silent."""
    from django.db.models import Count, Q

    from angarium.modules.mailings.counting import reasons_of, recounted
    from angarium.modules.mailings.models import Client, Mailer, Message
    from tests.faults.history import record

    for row in Mailer.objects.order_by("id"):
        rows = Message.objects.filter(mailer=row).annotate(lost=Count("failures", Q(failures__reason="lost")))
        record(
            "mailing",
            name=row.content,
            state=row.state,
            exact=reasons_of(row.pk) == recounted(row.pk),
            clients=Client.objects.filter(tag=row.tag).count(),
            messages=list(rows.order_by("id").values_list("id", "client", "state", "attempts", "lost")),
        )


def _in_a_fork(call: Any) -> None:
    from tests.faults.forks import in_a_fork

    in_a_fork(call)


if __name__ == "__main__":
    main()
