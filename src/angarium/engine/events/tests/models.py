"""Books on shelves: a tracked row with every kind of relation that Django writes through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.db import models

from angarium.contracts.event import Event
from angarium.engine.events.public import TrackedModel, tracked


class BookEvent(Event, frozen=True, kw_only=True):
    book: int

    @property
    def subject(self) -> str:
        return f"shelf.book:{self.book}"


class Added(BookEvent, frozen=True, kw_only=True):
    type = "shelf.added.v1"


class Finished(BookEvent, frozen=True, kw_only=True):
    type = "shelf.finished.v1"


class Changed(BookEvent, frozen=True, kw_only=True):
    type = "shelf.changed.v1"
    fields: tuple[str, ...]


class Removed(BookEvent, frozen=True, kw_only=True):
    type = "shelf.removed.v1"


class Opened(Event, frozen=True, kw_only=True):
    """A fact that is no row's change."""

    type = "shelf.opened.v1"
    name: str

    @property
    def subject(self) -> str:
        return f"shelf.library:{self.name}"


@dataclass(frozen=True)
class BookSnapshot:
    id: int
    title: str
    pages: int
    status: str
    shelf_id: int | None


def events_of(before: BookSnapshot | None, after: BookSnapshot | None) -> Iterator[Event]:
    if after is None:
        if before is not None:
            yield Removed(book=before.id)
        return
    if before is None:
        yield Added(book=after.id)
        return
    changed = tuple(f.name for f in fields(after) if getattr(before, f.name) != getattr(after, f.name))
    if after.status == "finished" and "status" in changed:
        yield Finished(book=after.id)
    elif changed:
        yield Changed(book=after.id, fields=changed)


class Series(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Shelf(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


@tracked(by=events_of, snapshot=BookSnapshot)
class Book(TrackedModel):
    title = models.CharField(max_length=50, unique=True)
    pages = models.IntegerField(default=100)
    status = models.CharField(max_length=10, default="new")
    note = models.CharField(max_length=50, blank=True)
    series = models.ForeignKey(Series, models.CASCADE, null=True, blank=True, related_name="books")
    shelf = models.ForeignKey(Shelf, models.SET_NULL, null=True, blank=True, related_name="books")

    def __str__(self) -> str:
        return self.title


class Novel(Book):
    class Meta(TrackedModel.Meta):
        proxy = True
