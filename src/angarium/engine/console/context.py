"""What every template knows: sections, where one is, theme. Nothing is computed before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from angarium.engine.identity.public import principal_of

from .sections import sections_for

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Link:
    """A section as a template draws it."""

    name: str
    title: str
    url: str
    icon: str
    here: bool


class Console:
    """The shell around one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def theme(self) -> str:
        """`light`, `dark`, or empty: as the system has it."""
        theme = self._request.COOKIES.get("theme", "")
        return theme if theme in THEMES else ""

    @property
    def demo(self) -> bool:
        return bool(getattr(settings, "ANGARIUM_DEMO", False))

    @property
    def languages(self) -> list[tuple[str, str]]:
        return [(str(code), str(name)) for code, name in settings.LANGUAGES]

    @property
    def path(self) -> str:
        return self._request.get_full_path()

    @cached_property
    def links(self) -> list[Link]:
        return [link for one in sections_for(principal_of(self._request)) if (link := self._link(one))]

    def _link(self, one: Any) -> Link | None:
        try:
            url = reverse(one.url_name)
        except NoReverseMatch:  # a deployment without this module's pages
            return None
        path = self._request.path
        here = path == url if url == "/" else path.startswith((url, *one.also))
        return Link(one.name, str(one.title), url, one.icon, here)


def console(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `console` in every template."""
    return {"console": Console(request)}
