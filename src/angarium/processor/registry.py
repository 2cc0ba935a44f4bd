"""Which function does which kind of operation."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from .job import Job
from .settings import WrongSetting

Function = Callable[[Job], Any]
F = TypeVar("F", bound=Function)


class UnknownKind(LookupError):
    """No handler of this kind of operation is loaded here."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A function and the kind that it does. `lease_seconds` None is the worker's own setting; `timeout` is in seconds,
    None for as long as it takes."""

    kind: str
    function: Function
    lease_seconds: int | None = None
    timeout: float | None = None


_handlers: dict[str, Handler] = {}


def handles(kind: str, *, lease_seconds: int | None = None, timeout: float | None = None) -> Callable[[F], F]:
    """Do operations of this kind with the decorated function, which returns the output (JSON) or None.

    `lease_seconds` is after how long without a sign of life the work is given to somebody else; it is renewed for as
    long as this process lives, and no longer than `timeout` seconds: a function that hangs in a process that lives
    would keep its work for ever. ValueError when another function has the kind already.
    """

    def decorate(function: F) -> F:
        made = Handler(kind, function, lease_seconds, timeout)
        known = _handlers.setdefault(kind, made)
        if _place(known.function) != _place(function):
            raise ValueError(f"Two functions handle {kind}.")
        _handlers[kind] = made
        return function

    return decorate


def load_modules(names: Iterable[str]) -> None:
    """Import these for their handlers, also from the folder in which this process was started. WrongSetting for a name
    under which there is nothing; what a module itself raises is its own."""
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    for name in names:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            raise WrongSetting(f"PROCESSOR_MODULES names {name}, and there is no module {error.name}.") from None


def handlers() -> dict[str, Handler]:
    return dict(sorted(_handlers.items()))


def handler_of(kind: str) -> Handler:
    """UnknownKind when there is none."""
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def _place(function: Function) -> tuple[str, str]:
    return function.__module__, function.__qualname__
