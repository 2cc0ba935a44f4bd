"""The registry of navigation: each module names its section once, in its AppConfig.ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from angarium.engine.identity.public import Principal


def everyone(principal: Principal) -> bool:
    """A section that nobody is kept out of."""
    return True


@dataclass(frozen=True)
class Section:
    """One entry of the navigation. `icon` names a template `console/icons/<icon>.svg`."""

    name: str
    title: _StrOrPromise
    url_name: str
    icon: str
    order: int
    may_see: Callable[[Principal], bool]
    also: tuple[str, ...] = ()


_sections: dict[str, Section] = {}


def section(
    name: str,
    title: _StrOrPromise,
    url_name: str,
    icon: str,
    order: int = 50,
    may_see: Callable[[Principal], bool] = everyone,
    also: tuple[str, ...] = (),
) -> None:
    """Put a section into the navigation; a second call with the same name replaces the first.

    `title` is a lazy translation, `url_name` is reversed without arguments; they stand by (`order`, `name`). A page
    whose path begins with one of `also` belongs to the section too.
    """
    _sections[name] = Section(name, title, url_name, icon, order, may_see, also)


def sections_for(principal: Principal) -> list[Section]:
    """What this principal finds in the navigation, in its order."""
    ordered = sorted(_sections.values(), key=lambda one: (one.order, one.name))
    return [one for one in ordered if one.may_see(principal)]
