"""What the log tells of one book."""

from __future__ import annotations

from angarium.engine.events.testing import recorded

from .models import Book


def story(book: Book | int) -> list[tuple[str, int | None]]:
    """What was recorded of a book, oldest first: (name of the event, version)."""
    key = book if isinstance(book, int) else book.pk
    return [(type.split(".")[1], version) for type, _, version in recorded(f"shelf.book:{key}")]
