"""The relay: positions without gaps, no event skipped, each handed over once, nothing half done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction

from angarium.engine.events import relay
from angarium.engine.events.models import Event, LogPosition
from angarium.engine.events.public import publish, sink, stamp
from angarium.engine.events.testing import together, uncommitted

from .models import Book, Opened


class Reader:
    """A sink that remembers, and fails when told so."""

    def __init__(self) -> None:
        self.seen: list[tuple[int | None, str]] = []
        self.broken = False

    def __call__(self, events: Sequence[Event]) -> None:
        self.seen += [(event.position, event.subject) for event in events]
        if self.broken:
            raise ConnectionError("the sink is broken")

    @property
    def positions(self) -> list[int | None]:
        return [position for position, _ in self.seen]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.setattr(relay, "_sinks", [])
    reader = Reader()
    assert sink(reader) is reader
    return reader


def write(many: int) -> None:
    with transaction.atomic():
        publish(*(Opened(name=str(number)) for number in range(many)))


@pytest.mark.django_db
def test_positions_begin_at_one_and_have_no_gaps(reader: Reader) -> None:
    write(5)
    assert [stamp(2), stamp(2), stamp(2), stamp(2)] == [2, 2, 1, 0]
    assert reader.seen == [(number + 1, f"shelf.library:{number}") for number in range(5)]
    assert str(LogPosition.objects.get(log="events")) == "events 5"


@pytest.mark.django_db
def test_idle_the_relay_asks_one_question(reader: Reader, django_assert_num_queries: Any) -> None:
    write(1)
    stamp()
    with django_assert_num_queries(1):
        assert stamp() == 0
    assert reader.positions == [1]


@pytest.mark.django_db
def test_a_sink_that_raises_leaves_nothing_stamped_and_gets_the_same_again(reader: Reader) -> None:
    write(3)
    reader.broken = True
    with pytest.raises(ConnectionError):
        stamp()
    assert not Event.objects.filter(position__isnull=False).exists()
    assert LogPosition.objects.get(log="events").value == 0
    reader.broken = False
    assert stamp() == 3
    assert reader.positions == [1, 2, 3, 1, 2, 3]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_writer_that_commits_late_is_stamped_later_and_not_skipped(reader: Reader) -> None:
    with uncommitted(lambda: publish(Opened(name="late"))):
        write(2)
        assert stamp() == 2
        assert Event.objects.count() == 2
    assert Event.objects.get(subject="shelf.library:late").id < Event.objects.get(subject="shelf.library:0").id
    assert stamp() == 1
    assert reader.seen == [(1, "shelf.library:0"), (2, "shelf.library:1"), (3, "shelf.library:late")]


@pytest.mark.django_db(transaction=True)
def test_two_relays_beside_writers_give_each_event_one_position_and_one_reading(reader: Reader) -> None:
    def relay_all() -> int:
        done = 0
        while done < 40 and Event.objects.filter(position__isnull=False).count() < 40:
            done += stamp(3)
        return done

    def keep_writing() -> None:
        for _ in range(10):
            write(2)

    answers = together(relay_all, relay_all, keep_writing, keep_writing)
    assert answers[0] + answers[1] == 40
    assert sorted(reader.positions) == list(range(1, 41))
    assert sorted(Event.objects.values_list("position", flat=True)) == list(range(1, 41))


@pytest.mark.django_db(transaction=True)
def test_a_relay_that_waited_in_vain_hands_over_nothing(reader: Reader) -> None:
    write(1)
    answers = together(*[stamp] * 4)
    assert sorted(answers) == [0, 0, 0, 1]
    assert reader.positions == [1]


@pytest.mark.django_db(transaction=True)
def test_the_events_of_one_subject_keep_the_order_of_its_versions(reader: Reader) -> None:
    book = Book.objects.create(title="A")

    def turn(page: int) -> None:
        Book.objects.filter(pk=book.pk).update(pages=page)
        stamp()

    together(*[lambda page=page: turn(page) for page in range(8)])
    stamp()
    versions = Event.objects.order_by("position").values_list("subject_version", flat=True)
    assert list(versions) == list(range(1, 10))
