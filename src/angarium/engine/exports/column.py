"""A column of a dataset: what it is called, where its values come from, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Kind = Literal["text", "integer", "decimal", "date", "moment", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is how it is asked for, `heading` what stands above it. `source` is the lookup that a query reads it by,
    the name unless given. `digits` are those after the point of a decimal.

    A `moment` is an aware datetime, shown on the clock of the asker's zone, which its heading names.
    """

    name: str
    heading: _StrOrPromise
    kind: Kind = "text"
    source: str = ""
    digits: int = 2

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"{self.kind!r} is no kind of column; there are {', '.join(get_args(Kind))}.")

    @property
    def lookup(self) -> str:
        return self.source or self.name


def headings_of(columns: Sequence[Column], zone: str) -> list[str]:
    """What stands above these columns, each once, in the language of the moment."""
    found: list[str] = []
    for column in columns:
        heading = f"{column.heading} ({zone})" if column.kind == "moment" else str(column.heading)
        same = sum(one == heading or one.startswith(f"{heading} [") for one in found)
        found.append(f"{heading} [{same + 1}]" if same else heading)
    return found
