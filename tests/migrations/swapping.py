"""A database of its own under the name `default`: migrations, models and commands of this process use it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from urllib.parse import unquote

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from tests.servers import chosen_database, postgres


@contextmanager
def empty_database(folder: Path) -> Iterator[BaseDatabaseWrapper]:
    """An empty one of the run's kind; gone afterwards."""
    if chosen_database() == "sqlite":
        with _swapped(str(folder / "empty.sqlite3")) as connection:
            yield connection
        return
    name = unquote(postgres.new_database().rpartition("/")[2])
    try:
        with _swapped(name) as connection:
            yield connection
    finally:
        postgres.server().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _swapped(name: str) -> Iterator[BaseDatabaseWrapper]:
    before = connections["default"]
    connections["default"] = another(before, name)
    try:
        yield connections["default"]
    finally:
        connections["default"].close()
        connections["default"] = before


def another(like: BaseDatabaseWrapper, name: str | None = None) -> BaseDatabaseWrapper:
    """A second connection, to the same database unless another one is named."""
    values = deepcopy(like.settings_dict)
    values["NAME"] = name or values["NAME"]
    made: BaseDatabaseWrapper = load_backend(values["ENGINE"]).DatabaseWrapper(values, like.alias)
    return made


def address(connection: BaseDatabaseWrapper) -> str:
    """The URL by which a process of the product finds the same database."""
    name = str(connection.settings_dict["NAME"])
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else postgres.server().url(name)
