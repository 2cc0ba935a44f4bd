"""The generated pages of the reference are what the code says today."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest

from angarium.config.generated import PAGES, pauses
from angarium.config.publishers import publishers
from angarium.contracts.event import event_types
from angarium.engine.tasks.backoff import backoff
from angarium.engine.tasks.public import tasks

PACKAGE = Path(__file__).resolve().parents[2]
REFERENCE = Path(__file__).resolve().parents[4] / "docs" / "reference"


@pytest.mark.parametrize(("name", "page"), PAGES.items())
def test_a_generated_page_is_up_to_date(name: str, page: Callable[[], str]) -> None:
    assert (REFERENCE / name).read_text() == page(), "run `make docs` and commit what it writes"


def test_every_event_of_the_contracts_is_in_the_map_with_who_publishes_it() -> None:
    page = PAGES["map.md"]()
    rows = {line.split("`")[1]: line.split(" | ") for line in page.splitlines() if line.startswith("| `")}
    events = {name for name, kind in event_types().items() if kind.__module__.startswith("angarium.contracts.")}
    assert {name.partition(".")[0] for name in events} >= {"lessons", "identity"}
    assert events <= set(rows)
    assert [name for name in events if rows[name][2] == "–"] == []
    assert rows["lessons.lesson_created.v1"][2] == "`lessons.lifecycle.events_of`"
    assert rows["lessons.lesson_feedback_due.v1"][2] == "`lessons.tasks.remind`"
    assert rows["identity.person_invited.v1"][2].split(", ") == [
        "`identity.membership.invite_again`",
        "`identity.membership.invite_person`",
    ]


def test_who_publishes_an_event_is_a_function_that_there_is() -> None:
    for name in {name for names in publishers().values() for name in names}:
        part = "modules" if (PACKAGE / "modules" / name.partition(".")[0]).exists() else "engine"
        assert callable(pkgutil.resolve_name(f"angarium.{part}.{name}")), name


def test_the_pauses_of_the_map_are_those_that_workers_make() -> None:
    for task in tasks().values():
        made = [backoff(attempt, first=task.first_retry, jitter=0) for attempt in range(1, task.max_attempts)]
        assert pauses(task) == made, task.name
