"""Which page shows what an event is about: modules name the page of each of their subjects once."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

_pages: dict[str, str] = {}


def subject_page(name: str, url_name: str) -> None:
    """Subjects `<name>:<id>` (such as `lessons.lesson:7`) are shown at `url_name`, which takes the id alone."""
    _pages[name] = url_name


def subject_url(subject: str) -> str:
    """The page of a subject; empty when nobody here shows it."""
    name, _, id = subject.rpartition(":")
    try:
        return reverse(_pages[name], args=[id])
    except (KeyError, NoReverseMatch):
        return ""
