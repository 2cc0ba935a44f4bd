"""Pages of the reference that are drawn from the code: the lifecycles, and what publishes and what reacts.

Each function returns the whole text of one page; `angarium docs` writes them and a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

from angarium.contracts.event import event_types
from angarium.engine.delivery.public import LIFECYCLE as DELIVERY
from angarium.engine.ledger.public import LIFECYCLE
from angarium.engine.tasks.public import Task, reactions, tasks
from angarium.kernel.transitions import Lifecycle

WARNING = "<!-- Written by `make docs`; change the code, not this page. -->\n\n"


def lifecycles() -> list[Lifecycle]:
    """The operation's lifecycle and the delivery's, then that of each module which has one."""
    names = [f"{app}.lifecycle" for app in settings.ANGARIUM_MODULES.values()]
    return [LIFECYCLE, DELIVERY, *(import_module(name).LIFECYCLE for name in names if find_spec(name) is not None)]


def lifecycles_page() -> str:
    parts = [
        f"## {one.name.capitalize()}\n\n```mermaid\n{one.mermaid()}```\n\nFinal: {_final(one)}.\n"
        for one in lifecycles()
    ]
    return f"{WARNING}# Lifecycles\n\n" + "\n".join(parts)


def _final(lifecycle: Lifecycle) -> str:
    return ", ".join(sorted(lifecycle.terminal)) or "–"


def map_page() -> str:
    """What publishes, what reacts, on which queue, with which retry."""
    events = [
        f"| `{name}` | {(kind.__doc__ or '').strip().splitlines()[0]} | "
        f"{', '.join(f'`{one.name}`' for one in reactions(kind)) or '–'} |"
        for name, kind in sorted(event_types().items())
        if name.partition(".")[0] in settings.ANGARIUM_MODULES
    ]
    work = [
        f"| `{one.name}` | {_trigger(one)} | {one.queue} | {one.max_attempts} | {one.timeout.total_seconds():g} s | "
        f"{'outside' if one.outside else 'database'} |"
        for one in tasks().values()
        if one.function.__module__.endswith(".tasks")
    ]
    return "\n".join(
        [
            f"{WARNING}# Map\n\n## Events\n\n| event | what it says | starts |\n|---|---|---|",
            *events,
            "\n## Tasks\n\n| task | trigger | queue | attempts | timeout | effect |\n|---|---|---|---|---|---|",
            *work,
            "",
        ]
    )


def _trigger(task: Task) -> str:
    if task.on:
        return ", ".join(f"`{event.type}`" for event in task.on)
    return f"every {task.every}" if task.every is not None else "started by name"


PAGES: dict[str, Callable[[], str]] = {"lifecycles.md": lifecycles_page, "map.md": map_page}
