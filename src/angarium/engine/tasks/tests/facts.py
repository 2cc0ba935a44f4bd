"""A fact of the tests' own."""

from __future__ import annotations

from typing import ClassVar

from angarium.contracts.event import Event


class Happened(Event):
    """Something happened to one of the things that tests count."""

    type: ClassVar[str] = "tests.happened.v1"

    number: int
    about: str = "one"

    @property
    def subject(self) -> str:
        return f"tests.thing:{self.about}"
