"""The ledger's log: every move has a place, whatever order the writers commit in, and readers can resume."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from angarium.engine.events.public import WORK, heads
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger import log
from angarium.engine.ledger.models import Gap, Stretch, Transition
from angarium.engine.ledger.public import cancel, changes_after, claim, prune, prune_log, report, stamp_work, start
from angarium.engine.ledger.rule import Report
from angarium.kernel.clock import now
from tests.servers.polling import eventually

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "delivery.deliver"


def begun() -> int:
    """The position of a log that has begun, as it has wherever something was ever done."""
    start(KIND, delivery="before")
    stamp_work()
    stamp_work()
    return heads()[2]


def told(position: int, limit: int = 1000) -> list[tuple[int, UUID]]:
    found = changes_after(position, limit)
    assert found is not None
    return [(one.position, one.operation.id) for one in found]


def test_every_operation_that_moved_has_a_place_and_positions_are_gapless() -> None:
    at = begun()
    ids = [start(KIND, delivery=str(number)) for number in range(3)]
    claim(ids[0], worker="w", lease_seconds=30)
    stamp_work()
    assert told(at) == [(at + 1, ids[1]), (at + 2, ids[2]), (at + 3, ids[0])]
    assert heads()[2] == at + 3
    stamp_work()
    assert heads()[2] == at + 3
    assert told(at + 3) == []


def test_an_operation_that_moves_often_is_told_of_once_and_as_it_stands() -> None:
    id = start(KIND, delivery="1")
    at = begun()
    held = claim(id, worker="w", lease_seconds=30)
    for seq in range(1, 6):
        report(Report(operation=id, epoch=held.epoch, seq=seq, progress=(seq, 5)))
    stamp_work()
    (change,) = changes_after(at, 10) or []
    assert (change.position, change.operation.progress_done, change.operation.seq) == (at + 1, 5, 5)
    report(Report(operation=id, epoch=held.epoch, seq=6, state="succeeded"))
    stamp_work()
    assert told(at) == [(at + 1, id), (at + 2, id)]


def test_a_reader_goes_on_in_the_middle_of_a_stretch() -> None:
    at = begun()
    ids = [start(KIND, delivery=str(number)) for number in range(4)]
    stamp_work()
    assert told(at + 2) == [(at + 3, ids[2]), (at + 4, ids[3])]


def test_what_is_more_than_one_stamping_takes_comes_with_the_next() -> None:
    at = begun()
    ids = [start(KIND, delivery=str(number)) for number in range(5)]
    assert stamp_work(2).more
    assert stamp_work(2).more
    assert not stamp_work(2).more
    assert [id for _, id in told(at)] == ids
    assert [id for _, id in told(at, limit=1)] == ids[:2], "a stretch is told whole"


def test_of_what_is_too_old_or_gone_the_log_says_that_it_cannot_tell() -> None:
    at = begun()
    first = start(KIND, delivery="1")
    stamp_work()
    start(KIND, delivery="2")
    stamp_work()
    assert prune(now() + timedelta(days=1)) == 0, "it is open"
    cancel(first, SYSTEM)
    assert prune(now() + timedelta(days=1)) == 1
    assert changes_after(at, 10) is None
    assert changes_after(at + 1, 10) != []
    assert prune_log(now() + timedelta(days=1)) == 2
    assert changes_after(at, 10) is None
    assert Stretch.objects.count() == 1


def _in_another(transaction_open: threading.Event, may_commit: threading.Event, ids: list[UUID]) -> None:
    try:
        with transaction.atomic():
            ids.append(start(KIND, delivery="slow"))
            transaction_open.set()
            assert may_commit.wait(20)
    finally:
        connection.close()


@pytest.mark.postgres
def test_a_writer_that_commits_late_is_told_of_when_it_does() -> None:
    at = begun()
    opened, commit, slow = threading.Event(), threading.Event(), []
    writer = threading.Thread(target=_in_another, args=(opened, commit, slow))
    writer.start()
    assert opened.wait(20)
    quick = start(KIND, delivery="quick")
    assert stamp_work().gaps
    assert told(at) == [(at + 1, quick)]
    assert stamp_work().gaps, "it is looked for until it comes"
    commit.set()
    writer.join()
    assert not stamp_work().gaps
    assert told(at) == [(at + 1, quick), (at + 2, slow[0])]
    assert told(at + 1) == [(at + 2, slow[0])]


def _roll_back() -> None:
    with contextlib.suppress(KeyError), transaction.atomic():
        start(KIND, delivery="never")
        raise KeyError


@pytest.mark.postgres
def test_what_was_rolled_back_is_forgotten_when_no_transaction_can_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "BREATH", timedelta())
    at = begun()
    _roll_back()
    id = start(KIND, delivery="1")
    assert stamp_work().gaps
    assert Gap.objects.count() == 1
    eventually(lambda: not stamp_work().gaps, within=60)  # transactions of other databases on this server may hold it
    assert told(at) == [(at + 1, id)]


def test_two_relays_give_each_move_one_place() -> None:
    at = begun()
    ids = {start(KIND, delivery=str(number)) for number in range(20)}

    def relay() -> None:
        try:
            while stamp_work(3).more:
                pass
        finally:
            connection.close()

    relays = [threading.Thread(target=relay) for _ in range(3)]
    for one in relays:
        one.start()
    for one in relays:
        one.join()
    while stamp_work().more:
        pass
    places = told(at)
    assert [place for place, _ in places] == list(range(at + 1, at + 21))
    assert {id for _, id in places} == ids
    assert Transition.objects.count() == 21
    assert heads()[2] == at + 20


def test_a_log_begins_with_what_comes() -> None:
    start(KIND, delivery="before")
    assert stamp_work().more
    assert not stamp_work().more
    assert heads()[2] == 0
    assert WORK == "work"
