"""A check: a code for good, how bad it is when something is found, what to do then, and the function that looks.

@check("ANG021", "Redis pushes queues out when it is full", of=BROKER, severity=Severity.ERROR, why="…", remedy="…")
def evicting(redis: Asked) -> Iterator[str]:
    yield f"maxmemory-policy is {…}."            # a sentence for each thing that is wrong
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from .source import Source

F = TypeVar("F")
PAGE = "docs/reference/doctor.md"


class Severity(StrEnum):
    """An error loses or doubles work, or lets strangers in; a warning makes it late, or waits for its day."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`title` is what is wrong in general, `look` yields what is wrong here. Without `look` the code says that
    something could not be looked at."""

    code: str
    title: str
    source: str
    severity: Severity
    why: str
    remedy: str
    look: Callable[[Any], Iterable[str]] | None = None

    @property
    def link(self) -> str:
        return f"{PAGE}#{self.code.lower()}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in one sentence."""

    check: Check
    wrong: str


_checks: dict[str, Check] = {}


def checks() -> list[Check]:
    """All that were declared, by code."""
    return [_checks[code] for code in sorted(_checks)]


def check(
    code: str, title: str, *, of: Source[F], severity: Severity, why: str, remedy: str
) -> Callable[[Callable[[F], Iterable[str]]], Callable[[F], Iterable[str]]]:
    """Register the function that looks for this."""

    def decorate(look: Callable[[F], Iterable[str]]) -> Callable[[F], Iterable[str]]:
        made = Check(code=code, title=title, source=of.name, severity=severity, why=why, remedy=remedy, look=look)
        of.checks.append(_registered(made).code)
        return look

    return decorate


def unseen(code: str, title: str, *, source: str, why: str, remedy: str, severity: Severity = Severity.ERROR) -> str:
    """Declare the code for what could not be looked at; returns the code."""
    made = Check(code=code, title=title, source=source, severity=severity, why=why, remedy=remedy)
    return _registered(made).code


def check_of(code: str) -> Check:
    """KeyError when there is none."""
    return _checks[code]


def _registered(made: Check) -> Check:
    if made.code in _checks:
        raise ValueError(f"Two checks have the code {made.code}.")
    _checks[made.code] = made
    return made
