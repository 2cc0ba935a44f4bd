"""Tracking on the paths that write many rows: nothing that one statement changes goes untold."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from angarium.engine.events import tracking
from angarium.engine.events.models import Event
from angarium.engine.events.public import Untrackable
from angarium.kernel.errors import Stale

from .models import Book, Series, Shelf
from .story import story

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> list[Book]:
    return Book.objects.bulk_create([Book(title=title, pages=pages) for title, pages in (("A", 1), ("B", 2), ("C", 3))])


def stories(books: list[Book]) -> list[list[tuple[str, int | None]]]:
    return [story(book)[1:] for book in books]


def test_bulk_create_adds_each(books: list[Book]) -> None:
    assert [story(book) for book in books] == [[("added", 1)]] * 3


def test_bulk_create_takes_a_batch_size() -> None:
    made = Book.objects.bulk_create([Book(title=str(number)) for number in range(5)], 2)
    assert [story(book) for book in made] == [[("added", 1)]] * 5


@pytest.mark.parametrize(
    "options",
    [
        {"ignore_conflicts": True},
        {"update_conflicts": True, "update_fields": ["pages"], "unique_fields": ["title"]},
    ],
)
def test_bulk_create_that_cannot_tell_what_it_did_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(Untrackable):
        Book.objects.bulk_create([Book(title="A")], **options)
    with pytest.raises(Untrackable):
        Book.objects.bulk_create([Book(title="A")], None, True)
    assert not Book.objects.exists()
    assert not Event.objects.exists()


def test_bulk_update_tells_of_what_changed_and_keeps_the_versions(books: list[Book]) -> None:
    books[0].status, books[1].pages = "finished", 20
    assert Book.objects.bulk_update(books, ["status", "pages"]) == 3
    assert stories(books) == [[("finished", 2)], [("changed", 2)], []]
    assert [book.version for book in books] == [2, 2, 2]
    books[2].status = "finished"
    books[2].save()
    assert story(books[2])[1:] == [("finished", 3)]


def test_a_bulk_update_of_one_stale_book_writes_none(books: list[Book]) -> None:
    Book.objects.filter(pk=books[1].pk).update(status="finished")
    for book in books:
        book.status = "open"
    with pytest.raises(Stale):
        Book.objects.bulk_update(books, ["status"])
    assert list(Book.objects.order_by("pk").values_list("status", flat=True)) == ["new", "finished", "new"]
    assert [book.version for book in books] == [1, 1, 1]


def test_an_update_whose_filter_stops_matching_tells_of_each(books: list[Book]) -> None:
    assert Book.objects.filter(status="new", pages__gte=2).update(status="finished") == 2
    assert stories(books) == [[], [("finished", 2)], [("finished", 2)]]
    assert Book.objects.filter(status="new", pages__gte=2).update(status="finished") == 0


def test_an_update_by_expression_is_compared_row_by_row(books: list[Book]) -> None:
    Book.objects.update(pages=F("pages") * (F("pages") - 2) + F("pages"))  # 1 → 0, 2 → 2, 3 → 6
    assert stories(books) == [[("changed", 2)], [], [("changed", 2)]]


def test_an_update_by_an_annotation(books: list[Book]) -> None:
    Book.objects.annotate(longer=Concat("title", Value("!"))).update(title=F("longer"))
    assert stories(books) == [[("changed", 2)]] * 3


def test_an_update_through_a_join_writes_each_row_once(books: list[Book]) -> None:
    series = Series.objects.create(name="S")
    Book.objects.filter(pk__in=[book.pk for book in books[:2]]).update(series=series)
    Book.objects.filter(series__books__isnull=False).update(status="finished")
    assert stories(books) == [[("finished", 3)], [("finished", 3)], []]


def test_an_update_in_chunks_tells_of_every_row(books: list[Book], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "CHUNK", 2)
    assert Book.objects.update(status="finished") == 3
    assert stories(books) == [[("finished", 2)]] * 3


def test_an_update_of_nothing_and_of_a_slice_are_djangos_own_affair(books: list[Book]) -> None:
    with pytest.raises(TypeError):
        Book.objects.all()[:1].update(status="finished")
    assert Book.objects.none().update(status="finished") == 0
    assert stories(books) == [[]] * 3


def test_the_version_cannot_be_set(books: list[Book]) -> None:
    with pytest.raises(Untrackable):
        Book.objects.update(version=7)
    assert set(Book.objects.values_list("version", flat=True)) == {1}


def test_deleting_a_queryset_removes_each(books: list[Book]) -> None:
    keys = [book.pk for book in books]
    Book.objects.filter(pages__lt=3).delete()
    assert [story(key)[1:] for key in keys] == [[("removed", 2)], [("removed", 2)], []]


@pytest.mark.parametrize("bulk", [True, False])
def test_related_managers(books: list[Book], bulk: bool) -> None:
    shelf = Shelf.objects.create(name="S")
    shelf.books.add(*books, bulk=bulk)
    assert stories(books) == [[("changed", 2)]] * 3
    on_shelf = list(shelf.books.order_by("pk"))
    shelf.books.remove(on_shelf[0], bulk=bulk)
    assert stories(books) == [[("changed", 2), ("changed", 3)], [("changed", 2)], [("changed", 2)]]
    shelf.books.set([on_shelf[1]], bulk=bulk)
    assert [len(each) for each in stories(books)] == [2, 1, 2]
    shelf.books.clear(bulk=bulk)
    assert [len(each) for each in stories(books)] == [2, 2, 2]
    made = shelf.books.create(title="D")
    assert story(made) == [("added", 1)]


@pytest.mark.postgres
def test_the_statements_of_an_update_do_not_grow_with_its_rows(django_assert_num_queries: Any) -> None:
    for many in (3, 300):
        Book.objects.bulk_create([Book(title=f"{many} {number}") for number in range(many)])
        with django_assert_num_queries(7):
            Book.objects.filter(title__startswith=f"{many} ").update(status="finished")


@pytest.mark.postgres
def test_the_statements_of_a_deletion_do_not_grow_with_its_rows(django_assert_max_num_queries: Any) -> None:
    for many in (3, 300):
        Book.objects.bulk_create([Book(title=f"{many} {number}") for number in range(many)])
        keys = list(Book.objects.values_list("pk", flat=True))
        with django_assert_max_num_queries(8):
            Book.objects.filter(title__startswith=f"{many} ").delete()
        assert all(story(key)[1:] == [("removed", 2)] for key in keys)


def test_a_deletion_that_fails_leaves_nothing_behind(books: list[Book], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(changes: object) -> None:
        raise ValueError(changes)

    monkeypatch.setattr(Book._tracking, "guard", refuse)
    with pytest.raises(ValueError, match="BookSnapshot"), transaction.atomic():
        books[0].delete()
    monkeypatch.undo()
    Book.objects.filter(pk=books[0].pk).update(pages=9)
    Book.objects.get(pk=books[0].pk).delete()
    assert stories(books)[0] == [("changed", 2), ("removed", 3)]


def test_what_cannot_be_deleted_is_refused_as_django_does(books: list[Book]) -> None:
    for rows in (Book.objects.all()[:1], Book.objects.values("pk"), Book.objects.distinct("title")):
        with pytest.raises(TypeError):
            rows.delete()
    with pytest.raises(ValueError, match="set to None"):
        Book(title="D").delete()
    assert Book.objects.count() == 3
