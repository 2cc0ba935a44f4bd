"""Tasks and their triggers. The trigger stands in the decorator; nobody publishes by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar, get_type_hints

from celery.schedules import BaseSchedule, schedule

from angarium.contracts.event import Event
from angarium.engine.ledger.public import Kind, register

F = TypeVar("F", bound=Callable[..., Any])
_tasks: dict[str, Task] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A function that runs in a worker, and what triggers it.

    `outside` means that the function talks to something else than our database: it then runs outside any
    transaction and gets the operation's id as its idempotency key. Otherwise its writes, its outcome and the events
    it causes are one transaction.

    `when` is asked before an event starts it, once for many events: without anybody whom it concerns there is no work.
    """

    name: str
    function: Callable[..., Any]
    queue: str
    on: tuple[type[Event], ...] = ()
    every: BaseSchedule | None = None
    catch_up: timedelta = timedelta(hours=1)
    timeout: timedelta = timedelta(seconds=60)
    max_attempts: int = 5
    first_retry: timedelta = timedelta(seconds=2)
    outside: bool = False
    when: Callable[[], bool] | None = None

    @property
    def batched(self) -> bool:
        """May many of these travel in one message? Only if one of them cannot hold up the others for long."""
        return self.timeout <= timedelta(seconds=60) and not self.outside


def task(
    *,
    on: type[Event] | Sequence[type[Event]] = (),
    every: BaseSchedule | timedelta | None = None,
    name: str | None = None,
    queue: str | None = None,
    **options: Any,
) -> Callable[[F], F]:
    """Register a task: `@task(on=Event)`, `@task(every=crontab(…))`, or `@task()`, to be started by its name.

    The name is `<app>.<function>`, the queue `<app>` (`engine` for the engine's own), unless given.
    Options are the fields of `Task`.
    """

    def decorate(fn: F) -> F:
        app = fn.__module__.rpartition(".")[0].rpartition(".")[2]
        made = Task(
            name=name or f"{app}.{fn.__name__}",
            function=fn,
            queue=queue or ("engine" if fn.__module__.startswith("angarium.engine.") else app),
            on=(on,) if isinstance(on, type) else tuple(on),
            every=schedule(every) if isinstance(every, timedelta) else every,
            **options,
        )
        _register(made)
        return fn

    return decorate


def _register(made: Task) -> None:
    known = _tasks.get(made.name)
    if known is not None and _place(known) != _place(made):
        raise ValueError(f"Two tasks are called {made.name}.")
    register(Kind(made.name, made.queue, made.max_attempts))
    _tasks[made.name] = made


def _place(task: Task) -> tuple[str, str]:
    return task.function.__module__, task.function.__qualname__


def tasks() -> dict[str, Task]:
    return dict(sorted(_tasks.items()))


def task_named(name: str) -> Task | None:
    """The task of this name, if this process knows it."""
    return _tasks.get(name)


def reactions(event: type[Event]) -> list[Task]:
    """The tasks that this event starts, by name."""
    return [one for _, one in sorted(_tasks.items()) if event in one.on]


@cache
def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """The names and types of a task's parameters, in order."""
    hints = get_type_hints(function)
    return {name: hints.get(name, Any) for name in inspect.signature(function).parameters}
