"""Which version of a row a page showed."""

from __future__ import annotations

from django.http import HttpRequest


def version_of(request: HttpRequest) -> int | None:
    """The version that the page showed; who sends none takes what there is."""
    return number_in(request, "version")


def number_in(request: HttpRequest, name: str) -> int | None:
    """A whole number of the form, None where there is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
