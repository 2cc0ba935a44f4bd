"""Contracts: every event survives its own storage, and no two share a name."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
import pytest

from angarium.contracts import event as contract
from angarium.contracts import lessons
from angarium.contracts.event import Event, dump, event_type, event_types, load

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EXAMPLES: dict[Any, Any] = {int: 7, str: "Алгебра", datetime: NOON, tuple[str, ...]: ("title", "starts_at")}
EXAMPLES |= {
    date: NOON.date(),
    date | None: NOON.date(),
    Decimal: Decimal("2.33"),
    datetime | None: NOON,
    bool: True,
    UUID: UUID(int=7),
    UUID | None: None,
    int | None: 8,
    tuple[int, ...]: (1, 7),
}
OURS = [one for one in event_types().values() if one.__module__.startswith("angarium.contracts.")]


def example(kind: type[Event]) -> Event:
    return kind(**{f.name: EXAMPLES[f.type] for f in msgspec.structs.fields(kind)})


@pytest.fixture
def _no_new_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "_types", dict(contract._types))


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.type)
def test_an_event_comes_back_from_json_as_it_was(kind: type[Event]) -> None:
    event = example(kind)
    assert load(kind.type, json.loads(json.dumps(dump(event)))) == event
    assert event_type(kind.type) is kind


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.type)
def test_names_are_module_fact_version(kind: type[Event]) -> None:
    module = kind.__module__.rpartition(".")[2]
    assert re.fullmatch(rf"{module}\.[a-z_]+\.v[1-9]\d*", kind.type)
    assert example(kind).subject.startswith(f"{module}.")
    assert get_type_hints(kind)


def test_dump_has_builtins_alone() -> None:
    assert dump(example(lessons.LessonCompleted))["starts_at"] == "2026-03-02T12:00:00Z"


def test_an_event_is_frozen() -> None:
    with pytest.raises(AttributeError):
        example(lessons.LessonCompleted).title = "other"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_no_new_names")
def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="Two events are called"):

        class Other(Event, frozen=True):
            type = "lessons.lesson_completed.v1"


@pytest.mark.usefixtures("_no_new_names")
def test_two_events_of_one_name_are_refused_also_when_their_classes_share_a_name() -> None:
    with pytest.raises(TypeError, match="Two events are called"):
        type(Event)(
            "LessonCompleted",
            (Event,),
            {"type": "lessons.lesson_completed.v1", "__module__": "elsewhere", "__qualname__": "LessonCompleted"},
        )
    assert event_type("lessons.lesson_completed.v1") is lessons.LessonCompleted


def test_a_base_without_a_name_is_not_registered() -> None:
    assert lessons.LessonEvent not in event_types().values()


def test_an_event_must_say_what_it_is_about() -> None:
    with pytest.raises(TypeError, match="define `subject`"):
        _ = Event().subject


def test_unknown_names_and_unfit_data_are_refused() -> None:
    with pytest.raises(KeyError):
        load("lessons.no_such_thing.v1", {})
    with pytest.raises(msgspec.ValidationError):
        load("lessons.lesson_completed.v1", {"lesson_id": "seven"})
