"""A guard sees what every path writes, after it is written, and what it raises undoes the write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from angarium.engine.events.models import Event
from angarium.kernel.errors import Conflict

from .models import Book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book.objects.create(title="A", pages=1)


@pytest.fixture
def refusing(book: Book) -> Iterator[None]:
    """No two books may have seven pages."""

    def guard(changes: Sequence[tuple[Any, Any]]) -> None:
        if Book.objects.filter(pages=7).count() > 1:
            raise Conflict

    Book._tracking.guard = guard  # type: ignore[attr-defined]
    yield
    Book._tracking.guard = None  # type: ignore[attr-defined]


WAYS: dict[str, Callable[[Book], Any]] = {
    "save": lambda book: Book(title="N", pages=7).save(),
    "create": lambda book: Book.objects.create(title="N", pages=7),
    "bulk_create": lambda book: Book.objects.bulk_create([Book(title="C"), Book(title="N", pages=7)]),
    "update": lambda book: Book.objects.filter(pk=book.pk).update(pages=7),
    "bulk_update": lambda book: Book.objects.bulk_update([_with_pages(book, 7)], ["pages"]),
    "resave": lambda book: _with_pages(book, 7).save(),
}


def _with_pages(book: Book, pages: int) -> Book:
    book.pages = pages
    return book


@pytest.mark.parametrize("way", WAYS)
def test_what_a_guard_refuses_is_not_written(book: Book, refusing: None, way: str) -> None:
    Book.objects.create(title="B", pages=7)
    told = Event.objects.count()
    with pytest.raises(Conflict):
        WAYS[way](book)
    assert (sorted(Book.objects.values_list("title", flat=True)), Event.objects.count()) == (["A", "B"], told)


@pytest.mark.parametrize("way", WAYS)
def test_what_it_lets_pass_is_written(book: Book, refusing: None, way: str) -> None:
    WAYS[way](book)
    assert Book.objects.filter(pages=7).count() == 1
