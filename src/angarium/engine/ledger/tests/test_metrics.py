"""What Prometheus is told of the ledger: what the database holds, and what was counted once it was committed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from prometheus_client import REGISTRY

from angarium.engine.ledger import metrics
from angarium.engine.ledger.models import Due, Operation
from angarium.engine.ledger.public import LeaseLost, Report, claim, fold, kinds, reclaim, report, start
from angarium.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


def told(name: str, *labels: str) -> float:
    return {reading.name: reading for reading in metrics.read()}[name].values[labels]


def number(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_total", labels) or 0.0


@pytest.fixture
def kind() -> str:
    return next(iter(kinds()))


@pytest.fixture
def queue(kind: str) -> str:
    return kinds()[kind].queue


def test_operations_are_told_by_kind_and_state_and_none_is_a_zero(kind: str) -> None:
    start(kind)
    assert told("angarium_operations", kind, "queued") == 1
    assert told("angarium_operations", kind, "failed") == 0
    fold()
    assert told("angarium_operations", kind, "queued") == 1


def test_a_kind_that_the_code_does_not_know_is_told_as_other(kind: str) -> None:
    assert metrics.known(kind) == kind
    assert metrics.known("of.another.team") == "other"


def test_what_is_due_is_told_by_queue_with_the_age_of_the_oldest(kind: str, queue: str) -> None:
    assert told("angarium_operations_due", queue) == 0
    assert told("angarium_operations_due_oldest_seconds", queue) == 0
    late, held = start(kind), start(kind)
    Due.objects.filter(operation_id=late).update(since=now() - timedelta(seconds=90))
    claim(held, worker="w", lease_seconds=30)
    assert told("angarium_operations_due", queue) == 1
    assert told("angarium_operations_leased", queue) == 1
    assert 90 <= told("angarium_operations_due_oldest_seconds", queue) < 120


def test_dead_letters_are_told_by_kind(kind: str) -> None:
    before = told("angarium_dead_letters", kind)
    operation = start(kind)
    epoch = claim(operation, worker="w", lease_seconds=30).epoch
    report(Report(operation=operation, epoch=epoch, seq=1, state="failed"))
    assert (before, told("angarium_dead_letters", kind)) == (0, 1)


def test_claims_are_counted_when_they_are_committed(kind: str) -> None:
    before = number("angarium_operations_claims", kind=kind)
    operation = start(kind)
    with transaction.atomic():
        claim(operation, worker="w", lease_seconds=30)
        transaction.set_rollback(True)
    assert number("angarium_operations_claims", kind=kind) == before
    claim(operation, worker="w", lease_seconds=30)
    assert number("angarium_operations_claims", kind=kind) == before + 1


def test_a_lease_that_ran_out_and_the_report_of_the_replaced_worker_are_counted(kind: str) -> None:
    expired, refused = (
        number("angarium_operations_leases_expired"),
        number("angarium_operations_reports", verdict="lease_lost"),
    )
    operation = start(kind)
    epoch = claim(operation, worker="w", lease_seconds=30).epoch
    Due.objects.filter(operation_id=operation).update(due_at=now() - timedelta(seconds=1))
    assert reclaim([operation]) == [operation]
    with pytest.raises(LeaseLost), transaction.atomic():
        report(Report(operation=operation, epoch=epoch, seq=1, state="succeeded"))
    assert number("angarium_operations_leases_expired") == expired + 1
    assert number("angarium_operations_reports", verdict="lease_lost") == refused + 1
    assert Operation.objects.get(id=operation).state == "queued"


def test_duplicates_and_late_reports_are_counted_apart(kind: str) -> None:
    verdicts = ("applied", "repeat", "late")
    before = [number("angarium_operations_reports", verdict=verdict) for verdict in verdicts]
    operation = start(kind)
    epoch = claim(operation, worker="w", lease_seconds=30).epoch
    second = Report(operation=operation, epoch=epoch, seq=2, message="second")
    for one in (second, second, Report(operation=operation, epoch=epoch, seq=1, message="first")):
        report(one)
    after = [number("angarium_operations_reports", verdict=verdict) for verdict in verdicts]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1]
