"""Reports of many requests together: nobody holds up or spoils those of others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from angarium.engine.ledger import groups
from angarium.engine.ledger.models import Operation
from angarium.engine.ledger.public import report_together
from angarium.kernel.errors import Unavailable

from .story import claimed, said

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    groups._held_up.clear()
    yield
    connection.close()  # it waits for no lock any more


@contextmanager
def held(id: UUID) -> Iterator[None]:
    """Another transaction holds the lock on this head, and does nothing."""
    has, may_end = threading.Event(), threading.Event()

    def hang() -> None:
        with transaction.atomic():
            Operation.objects.select_for_update().get(id=id)
            has.set()
            may_end.wait(30)
        connection.close()

    thread = threading.Thread(target=hang)
    thread.start()
    assert has.wait(10)
    yield
    may_end.set()
    thread.join()


def verdicts(found: list[Any]) -> list[Any]:
    return ["away" if isinstance(one, Unavailable) else [answer.verdict for answer in one] for one in found]


def test_f12_a_transaction_that_hangs_holds_up_only_its_own_operation() -> None:
    stuck, free = claimed(), claimed()
    with held(stuck.operation):
        began = time.monotonic()
        found = report_together([[said(stuck, 1)], [said(free, 1)], [said(free, 2), said(stuck, 2)], [said(free, 3)]])
        waited = time.monotonic() - began
        assert verdicts(found) == ["away", ["applied"], "away", ["applied"]]
        assert waited < 3 * groups.PATIENCE
        began = time.monotonic()
        assert verdicts(report_together([[said(free, 4)], [said(stuck, 1)]])) == [["applied"], "away"]
        assert time.monotonic() - began < groups.PATIENCE, "it is remembered who hangs"


def test_f12_it_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "REMEMBERED", 0.0)
    stuck = claimed()
    with held(stuck.operation):
        assert verdicts(report_together([[said(stuck, 1)]])) == ["away"]
    assert verdicts(report_together([[said(stuck, 1)]])) == [["applied"]]
