"""Which worker of a run has which test, and when (`--dist loadgroup`). A file whose tests share something is one
worker's, so that it is made once. Those that start processes of the product come first, a browser's beside those that
mostly wait, and the many short tests fill what is left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

#: Where processes are started.
_FOLDERS = tuple(f"tests/{name}/" for name in ("benchmarks", "browser", "deployment", "faults", "processes"))
#: Where all of the source is read.
_READING = "tests/architecture/"
_RABBITMQ = re.compile(r"^from tests\.servers import .*\brabbitmq\b", re.MULTILINE)
_ROOT = Path(__file__).parents[2]


class Groups(LoadScopeScheduling):
    """Hands out groups in the order in which the workers have collected them."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid) or nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """After they were sorted by what they do to their database, an order that those here keep which start nothing: what
    migrations have filled is empty once a test has committed."""
    if not getattr(config.option, "loadgroup", False):
        return
    places = _places([item.nodeid for item in items])
    commits = next((at for at, item in enumerate(items) if _commits(item)), len(items))
    order = {item: at if not group(item.nodeid) else commits - 0.5 for at, item in enumerate(items)}
    items.sort(key=lambda item: (places.get(group(item.nodeid), 1.0), order[item]))


def group(nodeid: str) -> str:
    """A file, or all that need RabbitMQ, which takes seconds to start, or all that read the source; empty where each
    test is on its own."""
    path = nodeid.partition("::")[0]
    if path.startswith(_FOLDERS):
        return path
    if path.startswith(_READING):
        return _READING
    text = _text(path)
    return "rabbitmq" if _RABBITMQ.search(text) else path if 'scope="module"' in text else ""


@cache
def _text(path: str) -> str:
    return (_ROOT / path).read_text(encoding="utf-8")


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in getattr(item, "fixturenames", ()) or bool(marker and marker.kwargs.get("transaction"))


def _places(nodeids: Sequence[str]) -> dict[str, float]:
    """How far into its folder each file is that starts processes, from 0 to 1: sorted by it, the folders take turns."""
    folders: dict[str, dict[str, None]] = {}
    for name in (group(nodeid) for nodeid in nodeids if nodeid.startswith(_FOLDERS)):
        folders.setdefault(name.rpartition("/")[0], {}).setdefault(name)
    return {name: at / len(names) for names in folders.values() for at, name in enumerate(names)}
