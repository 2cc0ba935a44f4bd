"""Events and transactions: no rollback leaks one, no commit loses one, no stale save turns a row back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from angarium.engine.events.models import Event
from angarium.engine.events.public import OutsideTransaction, publish
from angarium.engine.events.testing import recorded, together, uncommitted, wait_for_a_waiting_lock
from angarium.engine.identity.public import SYSTEM, acting_as
from angarium.engine.observability.public import bind
from angarium.kernel.errors import Stale

from .models import Book, Opened
from .story import story


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_stale_save_is_refused_and_leaves_row_log_and_instance_as_they_were() -> None:
    fresh = Book.objects.create(title="A")
    stale = Book.objects.get()
    fresh.status = "finished"
    fresh.save()
    stale.note = "from long ago"
    with pytest.raises(Stale) as refusal:
        stale.save()
    assert refusal.value.details == {"current": 2, "given": 1}
    assert stale.version == 1
    assert Book.objects.get().status == "finished"
    assert Book.objects.get().note == ""
    assert story(fresh) == [("added", 1), ("finished", 2)]


@pytest.mark.django_db
def test_a_stale_save_does_not_bring_a_deleted_book_back() -> None:
    Book.objects.create(title="A")
    stale = Book.objects.get()
    Book.objects.all().delete()
    with pytest.raises(Stale):
        stale.save()
    assert not Book.objects.exists()
    assert story(stale) == [("added", 1), ("removed", 2)]


@pytest.mark.django_db
def test_a_copy_is_a_new_book() -> None:
    book = Book.objects.create(title="A")
    original = book.pk
    book.pk, book.title = None, "B"
    book.save()
    assert book.pk != original
    assert story(book) == [("added", 1)]


@pytest.mark.django_db
def test_a_rollback_leaves_no_event() -> None:
    with rolled_back():
        Book.objects.create(title="A")
        publish(Opened(name="N"))
    assert recorded() == []


@pytest.mark.django_db
def test_the_rollback_of_an_inner_savepoint_takes_its_events_alone() -> None:
    with transaction.atomic():
        kept = Book.objects.create(title="A")
        with rolled_back():
            kept.status = "finished"
            kept.save()
            Book.objects.create(title="B")
        publish(Opened(name="N"))
    assert recorded() == [("shelf.added.v1", f"shelf.book:{kept.pk}", 1), ("shelf.opened.v1", "shelf.library:N", None)]


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction):
        publish(Opened(name="N"))
    assert recorded() == []


@pytest.mark.django_db
def test_an_event_says_who_did_it_and_in_which_request() -> None:
    someone = replace(SYSTEM, id=UUID(int=7), name="Ирина")
    with acting_as(someone), bind(request_id="r-1"):
        publish(Opened(name="N"))
    event = Event.objects.get()
    assert (event.actor, event.actor_name, event.request_id) == (UUID(int=7), "Ирина", "r-1")
    assert event.data == {"name": "N"}
    assert str(event) == "shelf.opened.v1 shelf.library:N"


@pytest.mark.django_db
def test_one_event_of_a_type_per_version_of_its_subject() -> None:
    facts = {"type": "t", "subject": "s", "data": {}}
    Event.objects.create(**facts, subject_version=1)
    Event.objects.create(**facts, subject_version=2)
    Event.objects.create(**{**facts, "type": "u"}, subject_version=1)
    for _ in range(2):
        Event.objects.create(**facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(**facts, subject_version=1)


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_completions_are_one_event() -> None:
    book = Book.objects.create(title="A")

    def complete() -> int:
        return Book.objects.filter(pk=book.pk, status="new").update(status="finished")

    assert sorted(together(*[complete] * 20)) == [0] * 19 + [1]
    assert story(book) == [("added", 1), ("finished", 2)]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_parallel_saves_one_is_not_stale() -> None:
    book = Book.objects.create(title="A")
    copies = [Book.objects.get() for _ in range(20)]
    for copy in copies:
        copy.status = "finished"
    answers = together(*[copy.save for copy in copies])
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["Stale"] * 19
    assert story(book) == [("added", 1), ("finished", 2)]
    assert sorted(copy.version for copy in copies) == [1] * 19 + [2]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_parallel_get_or_creates_one_adds() -> None:
    answers = together(*[lambda: Book.objects.get_or_create(title="A")[1]] * 20)
    assert sorted(answers) == [False] * 19 + [True]
    assert recorded() == [("shelf.added.v1", f"shelf.book:{Book.objects.get().pk}", 1)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_update_waits_for_the_row_and_sees_what_the_other_made_of_it() -> None:
    book = Book.objects.create(title="A")
    changes = Book.objects.filter(pk=book.pk)
    with ThreadPoolExecutor(1) as thread, uncommitted(lambda: changes.update(pages=1)):
        answer = thread.submit(together, lambda: changes.filter(pages=100).update(status="x"))
        wait_for_a_waiting_lock()
    assert answer.result() == [0]
    assert story(book) == [("added", 1), ("changed", 2)]
