"""Pages of the reference that are drawn from the code: the lifecycles, who publishes what and what reacts, and what
the doctor finds.

Each function returns the whole text of one page; `angarium docs` writes them and a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

from angarium.contracts.event import event_types
from angarium.engine.delivery.public import LIFECYCLE as DELIVERY
from angarium.engine.ledger.public import LIFECYCLE
from angarium.engine.tasks.public import Task, reactions, tasks
from angarium.kernel.transitions import Lifecycle

from .doctor.page import doctor_page
from .publishers import publishers

#: As `engine.tasks` has it; a test compares the two.
LONGEST_PAUSE = timedelta(minutes=15)
WARNING = "<!-- Written by `make docs`; change the code, not this page. -->\n\n"


def lifecycles() -> list[Lifecycle]:
    """The operation's lifecycle and the delivery's, then those of each module which has any."""
    names = [f"{app}.lifecycle" for app in settings.ANGARIUM_MODULES.values()]
    modules = [import_module(name) for name in names if find_spec(name) is not None]
    theirs = [one for module in modules for one in vars(module).values() if isinstance(one, Lifecycle)]
    return list(dict.fromkeys([LIFECYCLE, DELIVERY, *theirs]))


def lifecycles_page() -> str:
    parts = [
        f"## {one.name.capitalize()}\n\n```mermaid\n{one.mermaid()}```\n\nFinal: {_final(one)}.\n"
        for one in lifecycles()
    ]
    return f"{WARNING}# Lifecycles\n\n" + "\n".join(parts)


def _final(lifecycle: Lifecycle) -> str:
    return ", ".join(sorted(lifecycle.terminal)) or "–"


def map_page() -> str:
    """Who publishes what, what reacts, on which queue, with which retry."""
    return "\n".join([f"{WARNING}# Map\n", *_events(), *_work(), ""])


def _events() -> Iterator[str]:
    yield (
        "## Events\n\n`events_of` in a module's `lifecycle.py` compares a row before and after every write, whoever "
        "writes; the other publishers say themselves what is true now.\n"
    )
    yield "| event | what it says | published by | starts |\n|---|---|---|---|"
    made = publishers()
    for name, kind in sorted(event_types().items()):
        if kind.__module__.startswith("angarium.contracts."):
            says = (kind.__doc__ or "").strip().splitlines()[0]
            starts = _listed(task.name for task in reactions(kind))
            yield f"| `{name}` | {says} | {_listed(made.get(kind.__name__, ()))} | {starts} |"


def _work() -> Iterator[str]:
    yield (
        "\n## Tasks\n\nAn attempt that failed is followed by a pause, plus up to a fifth of it by chance, unless the "
        "task itself says how long; after the last attempt the operation is a dead letter. What has to wait (for a "
        "time, a rate, a provider that is away) spends no attempt.\n"
    )
    yield ("| task | trigger | queue | attempts | pauses | timeout | effect |\n|---|---|---|---|---|---|---|")
    for one in tasks().values():
        if one.function.__module__.endswith(".tasks"):
            yield (
                f"| `{one.name}` | {_trigger(one)} | {one.queue} | {one.max_attempts} | {_pauses(one)} | "
                f"{one.timeout.total_seconds():g} s | {'outside' if one.outside else 'database'} |"
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def pauses(task: Task) -> list[timedelta]:
    """Between one attempt and the next, without what chance adds: doubling, to a quarter of an hour."""
    return [min(task.first_retry * 2 ** min(n, 20), LONGEST_PAUSE) for n in range(task.max_attempts - 1)]


def _pauses(task: Task) -> str:
    if task.max_attempts == 1:
        return "–"
    growing = [pause for pause in pauses(task) if pause < LONGEST_PAUSE]
    longest = pauses(task)[len(growing) :]
    told = growing if len(longest) > 3 else pauses(task)
    rest = f", then {LONGEST_PAUSE.total_seconds():g} each" if len(longest) > 3 else ""
    return ", ".join(f"{pause.total_seconds():g}" for pause in told) + rest + " s"


def _trigger(task: Task) -> str:
    if task.on:
        return ", ".join(f"`{event.type}`" for event in task.on)
    return f"every {task.every}" if task.every is not None else "started by name"


PAGES: dict[str, Callable[[], str]] = {
    "doctor.md": lambda: WARNING + doctor_page(),
    "lifecycles.md": lifecycles_page,
    "map.md": map_page,
}
