"""Readers in the writer's process are told of what was committed: once for each transaction, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import transaction

from angarium.engine.events import committed
from angarium.engine.events.models import Event
from angarium.engine.events.public import publish, tell_here

from .models import Opened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The names of what was opened, by transaction."""
    heard: list[list[str]] = []

    def hear(rows: Sequence[Event]) -> None:
        heard.append([row.data["name"] for row in rows])

    monkeypatch.setattr(committed, "_hearers", [hear])
    return heard


def test_a_transaction_is_told_of_once_and_after_its_commit(told: list[list[str]]) -> None:
    with transaction.atomic():
        publish(Opened(name="A"))
        with transaction.atomic():
            publish(Opened(name="B"), Opened(name="C"))
        assert told == []
    assert told == [["A", "B", "C"]]
    with transaction.atomic():
        publish(Opened(name="D"))
    assert told[1:] == [["D"]]


def test_nobody_is_told_of_what_was_rolled_back(told: list[list[str]]) -> None:
    with transaction.atomic():
        publish(Opened(name="A"))
        transaction.set_rollback(True)
    with transaction.atomic():
        publish(Opened(name="B"))
    assert told == [["B"]]


def test_what_came_after_a_savepoint_that_was_undone_is_told_of(told: list[list[str]]) -> None:
    with transaction.atomic():
        with transaction.atomic():
            publish(Opened(name="A"))
            transaction.set_rollback(True)
        publish(Opened(name="B"))
    assert [name for names in told for name in names] == ["B"]


def test_what_is_told_here_is_kept_nowhere(told: list[list[str]]) -> None:
    with transaction.atomic():
        tell_here([Opened(name="A")])
        assert told == []
    assert told == [["A"]]
    assert not Event.objects.exists()
