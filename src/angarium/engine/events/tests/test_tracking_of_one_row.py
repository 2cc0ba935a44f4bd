"""Tracking on the paths that write one row: each change is an event, with the version of the row that it made."""

from __future__ import annotations

import json

import pytest
from django.core import serializers
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.forms import modelform_factory

from angarium.engine.events.public import TrackedModel, Untrackable, tracked
from angarium.kernel.errors import Stale

from .models import Book, BookSnapshot, Novel, Series, Shelf, events_of
from .story import story

pytestmark = pytest.mark.django_db


def test_a_saved_book_is_added_and_each_later_save_is_a_version() -> None:
    book = Book(title="A")
    book.save()
    book.pages = 200
    book.save()
    book.status = "finished"
    book.save()
    assert story(book) == [("added", 1), ("changed", 2), ("finished", 3)]
    assert book.version == Book.objects.get().version == 3


def test_a_save_that_changes_nothing_raises_the_version_and_says_nothing() -> None:
    book = Book.objects.create(title="A")
    book.save()
    assert story(book) == [("added", 1)]
    assert Book.objects.get().version == 2


def test_get_or_create_speaks_once() -> None:
    book, made = Book.objects.get_or_create(title="A")
    again, made_again = Book.objects.get_or_create(title="A")
    assert (made, made_again, again) == (True, False, book)
    assert story(book) == [("added", 1)]


def test_update_or_create_adds_then_changes() -> None:
    book, _ = Book.objects.update_or_create(title="A", defaults={"pages": 1})
    Book.objects.update_or_create(title="A", defaults={"pages": 2})
    assert story(book) == [("added", 1), ("changed", 2)]


def test_a_form_is_tracked_as_the_save_it_is() -> None:
    form = modelform_factory(Book, fields=["title", "pages", "status"])
    book = form({"title": "A", "pages": "5", "status": "new"}).save()
    form({"title": "A", "pages": "5", "status": "finished"}, instance=book).save()
    assert story(book) == [("added", 1), ("finished", 2)]


def test_an_expression_is_compared_by_what_the_database_made_of_it() -> None:
    book = Book.objects.create(title="A", pages=10)
    book.pages = F("pages") + 0
    book.save()
    book.pages = F("pages") + 1
    book.save()
    assert story(book) == [("added", 1), ("changed", 3)]


def test_text_where_the_column_has_a_number_is_no_change() -> None:
    book = Book.objects.create(title="A", pages=10)
    book.pages = "10"
    book.save()
    assert story(book) == [("added", 1)]


def test_update_fields_writes_and_tells_of_these_alone() -> None:
    book = Book.objects.create(title="A")
    book.pages, book.status = 7, "finished"
    book.save(update_fields=["pages"])
    assert story(book) == [("added", 1), ("changed", 2)]
    assert Book.objects.get().status == "new"
    assert Book.objects.get().version == book.version == 2


def test_a_half_loaded_book_is_tracked() -> None:
    made = Book.objects.create(title="A")
    book = Book.objects.defer("title", "version").get()
    book.status = "finished"
    book.save()
    assert story(made) == [("added", 1), ("finished", 2)]


@pytest.mark.parametrize("loaded", [Book.objects.only("status"), Book.objects.defer("version")])
def test_a_half_loaded_book_knows_its_version_and_is_refused_when_behind(loaded: models.QuerySet[Book]) -> None:
    made = Book.objects.create(title="A")
    behind = loaded.get(pk=made.pk)
    made.status = "finished"
    made.save()
    with pytest.raises(Stale):
        behind.save()
    assert Book.objects.get().status == "finished"


def test_a_book_loaded_without_its_version_cannot_be_saved() -> None:
    Book.objects.create(title="A", shelf=Shelf.objects.create(name="S"))
    book = models.QuerySet(Book).only("title").get()
    with pytest.raises(Untrackable):
        book.save()


def test_a_deleted_book_is_removed_at_the_version_after_its_last() -> None:
    book = Book.objects.create(title="A")
    key = book.pk
    book.delete()
    assert story(key) == [("added", 1), ("removed", 2)]


def test_deleting_what_is_gone_says_nothing() -> None:
    book = Book.objects.create(title="A")
    twin = Book.objects.get()
    key = book.pk
    book.delete()
    twin.delete()
    assert story(key) == [("added", 1), ("removed", 2)]


def test_a_cascade_removes_each_book() -> None:
    series = Series.objects.create(name="S")
    books = [Book.objects.create(title=title, series=series) for title in "AB"]
    series.delete()
    assert [story(book.pk) for book in books] == [[("added", 1), ("removed", 2)]] * 2


def test_a_reference_emptied_by_a_deletion_is_a_change() -> None:
    shelf = Shelf.objects.create(name="S")
    book = Book.objects.create(title="A", shelf=shelf)
    shelf.delete()
    assert story(book) == [("added", 1), ("changed", 2)]


def test_a_proxy_is_tracked_like_the_book_it_is() -> None:
    novel = Novel.objects.create(title="A")
    key = novel.pk
    Novel.objects.filter(pk=key).update(status="finished")
    Novel.objects.get().delete()
    assert story(key) == [("added", 1), ("finished", 2), ("removed", 3)]


def test_fixtures_say_nothing() -> None:
    book = Book.objects.create(title="A")
    rows = json.loads(serializers.serialize("json", [book]))
    rows[0]["fields"]["status"] = "finished"
    for loaded in serializers.deserialize("json", json.dumps(rows)):
        loaded.save()
    book.status = "lost"
    book.save_base(raw=True)
    assert Book.objects.get().status == "lost"
    assert story(book) == [("added", 1)]


def test_a_refused_write_says_nothing_and_leaves_the_version_as_it_was() -> None:
    Book.objects.create(title="A")
    other = Book.objects.create(title="B")
    other.title = "A"
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()
    assert other.version == 1
    assert story(other) == [("added", 1)]


def test_a_model_without_a_rule_cannot_be_written() -> None:
    class Unruled(TrackedModel):
        class Meta(TrackedModel.Meta):
            app_label = "nowhere"
            managed = False

    with pytest.raises(Untrackable):
        Unruled().save()


def test_the_decorator_gives_back_the_model() -> None:
    class Ruled(TrackedModel):
        class Meta(TrackedModel.Meta):
            app_label = "nowhere"
            managed = False

    assert tracked(by=events_of, snapshot=BookSnapshot)(Ruled) is Ruled
