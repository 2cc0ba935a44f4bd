"""What a list depends on: names of scopes, each of which has a version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """`kind` names the list in metrics and is one of few. What is kept of the list lives under the version of `main`,
    and is found again while those of `also` are the same."""

    kind: str
    main: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.main, *self.also)
