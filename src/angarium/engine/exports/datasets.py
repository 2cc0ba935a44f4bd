"""Datasets: what can be exported. A module declares its own in its `exports.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import QuerySet

from angarium.engine.api.public import Shape
from angarium.engine.identity.public import Principal

from .column import Column
from .errors import MayNotRead, NoColumn, NoDataset

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from .snapshot import Snapshot

Filters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Worked:
    """Rows that are more than one query: how many there are, and they themselves, each a tuple in the order of the
    dataset's columns. The snapshot reads without holding the rows; what else they read is of the same moment."""

    count: Callable[[Snapshot], int]
    rows: Callable[[Snapshot], Iterator[Sequence[Any]]]


class NoFilters(Shape):
    """The filters of a dataset that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What can be exported. The functions get the principal and the checked filters.

    `may_read` answers False for nothing, True for all that `rows` gives, or, where people see different parts, a value
    of JSON that says which part it is. `fields` names the columns that this principal may see. A file is handed out
    only while both say what they said when it was built.
    `offered_to` is asked, without filters, whether the page offers it to somebody.
    """

    name: str
    title: _StrOrPromise
    columns: Sequence[Column]
    rows: Callable[[Principal, Filters], QuerySet[Any] | Worked]
    may_read: Callable[[Principal, Filters], Any]
    filters: type[Shape] = NoFilters
    fields: Callable[[Principal, Filters], Collection[str]] | None = None
    offered_to: Callable[[Principal], bool] = lambda principal: True
    says: _StrOrPromise = ""

    def reading(self, given: Mapping[str, Any], *, from_text: bool = False) -> Shape:
        """The filters as they are checked: `is_valid()`, then `validated_data` or `errors`."""
        return self.filters(data=given, context={"from_text": from_text})

    def chosen(self, names: Collection[str]) -> list[Column]:
        """The columns of these names, or all of them. Raises NoColumn."""
        unknown = sorted(set(names) - {column.name for column in self.columns})
        if unknown:
            raise NoColumn(f"{self.name} has no column {unknown[0]}.", field="columns")
        return [column for column in self.columns if not names or column.name in names]


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody may read of a dataset: these columns; `extent` changes when the rights do."""

    columns: list[Column]
    extent: str


_datasets: dict[str, Dataset] = {}


def dataset(name: str, **facts: Any) -> Dataset:
    """Declare what can be exported under this name (`<module>.<what>`). Facts are the fields of Dataset."""
    made = Dataset(name=name, **facts)
    names = [column.name for column in made.columns]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"The columns of {name} need names of their own.")
    known = _datasets.get(name)
    if known is not None and known.rows.__module__ != made.rows.__module__:
        raise ValueError(f"Two datasets are called {name}.")
    _datasets[name] = made
    return made


def datasets() -> dict[str, Dataset]:
    return dict(sorted(_datasets.items()))


def forget_dataset(name: str) -> None:
    """For tests that declare their own."""
    _datasets.pop(name, None)


def dataset_named(name: str) -> Dataset:
    """Raises NoDataset, which names those that there are."""
    found = _datasets.get(name)
    if found is None:
        raise NoDataset(f"There is no dataset {name[:100]}; there are {', '.join(datasets())}.", field="dataset")
    return found


def offered(principal: Principal) -> list[Dataset]:
    """Those that the page offers to this principal."""
    return [one for one in datasets().values() if one.offered_to(principal)]


def granted(of: Dataset, principal: Principal, filters: Filters, names: Collection[str] = ()) -> Granted:
    """What this principal may read now, of these columns or of all. Raises MayNotRead."""
    extent = of.may_read(principal, filters)
    if not extent:
        raise MayNotRead(field="filters" if filters else "dataset")
    visible = {column.name for column in of.columns} if of.fields is None else set(of.fields(principal, filters))
    wanted = of.chosen(names)
    hidden = [column.name for column in wanted if column.name not in visible]
    if hidden and (names or len(hidden) == len(wanted)):
        raise MayNotRead(f"You may not read the column {hidden[0]}.", field="columns")
    columns = [column for column in wanted if column.name in visible]
    said = msgspec.json.encode([extent, [column.name for column in columns]], order="sorted")
    return Granted(columns, hashlib.sha256(said).hexdigest())
