"""Which modules there are. Adding a module to the product is one line here (docs/how-to/add-a-module.md)."""

from __future__ import annotations

from collections.abc import Iterable

#: name of the module → Django app that brings it
MODULES = {
    "lessons": "angarium.modules.lessons",
    "mailings": "angarium.modules.mailings",
    "operations": "angarium.modules.operations",
    "projects": "angarium.modules.projects",
    "timeoff": "angarium.modules.timeoff",
}


def selected(names: Iterable[str]) -> dict[str, str]:
    """The modules to run; all of them when no name is given. ValueError names what is unknown."""
    wanted = [name for name in names if name]
    unknown = sorted(set(wanted) - set(MODULES))
    if unknown:
        raise ValueError(f"MODULES names {', '.join(unknown)}; known are {', '.join(MODULES)}.")
    return {name: MODULES[name] for name in (wanted or MODULES)}
