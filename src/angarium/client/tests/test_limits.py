"""What no server would take is refused while its author is still there; sentences are made to fit."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

import msgspec
import pytest
import time_machine

from angarium.client import Invalid, words
from angarium.client.shapes import Progress, Words

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def nested(levels: int) -> Any:
    return reduce(lambda inner, _: [inner], range(levels - 1), [])


@pytest.mark.parametrize(
    ("output", "because"),
    [
        ({"a": math.nan}, "finite"), ([math.inf], "finite"), (2**63, "64 bits"), (-(2**63), "64 bits"),
        ({"a": "b\x00"}, "NUL"), ("\ud800", "JSON"), (object(), "JSON"), (nested(32), "31 levels"),
        (nested(5000), "JSON"), ("x" * 65535, "65536 bytes"),
    ],
)  # fmt: skip
def test_an_output_that_cannot_be_stored_is_refused_with_its_reason(output: Any, because: str) -> None:
    with pytest.raises(Invalid, match=because) as refused:
        words.succeeded(output, "")
    assert refused.value.field == "output"


@pytest.mark.parametrize("output", [nested(31), 2**63 - 1, 1 - 2**63, "\\u0000", "x" * 65534, [1, 2.5, None, True], 0])
def test_an_output_at_its_bound_is_taken(output: Any) -> None:
    assert words.succeeded(output, "").output == output


def test_what_is_like_json_becomes_json() -> None:
    said = words.succeeded({"at": NOON, "id": UUID(int=7), "tags": ("a",), 1: 2}, "")
    assert said.output == {"at": "2026-03-02T12:00:00Z", "id": str(UUID(int=7)), "tags": ("a",), "1": 2}


def test_sentences_are_made_to_fit() -> None:
    said = words.failed("broken\r\n\x00\ud800" + "x" * 5000, "too_big", {"size": 7})
    assert said.message.startswith("broken \n ?xxx")
    assert (len(said.message), said.message[-1]) == (1000, "…")
    assert said.error is not None
    assert (len(said.error["message"]), said.error["code"], said.error["size"]) == (2000, "too_big", 7)
    msgspec.json.encode(said)


@pytest.mark.parametrize(
    ("members", "because"),
    [
        ({"state": "queued"}, "running, scheduled, succeeded"),
        ({"state": "scheduled"}, "needs run_at"),
        ({"state": "running", "run_at": NOON}, "has run_at"),
        ({"state": "retrying", "run_at": datetime(2026, 3, 2)}, "time zone"),  # noqa: DTZ001
    ],
)
def test_a_state_that_cannot_be_reported_is_refused(members: dict[str, Any], because: str) -> None:
    with pytest.raises(Invalid, match=because):
        words.said(**members)


def test_a_stage_has_at_most_a_hundred_characters() -> None:
    assert words.said(stage="s" * 100).stage == "s" * 100
    with pytest.raises(Invalid, match="100 characters"):
        words.said(stage="s" * 101)


@pytest.mark.parametrize(("done", "total"), [(math.nan, None), (1, math.inf), (-1, 5)])
def test_progress_is_a_finite_number_from_zero(done: float, total: float | None) -> None:
    with pytest.raises(Invalid, match="finite numbers from 0"):
        words.moved(done, total, "", "", "")
    with pytest.raises(Invalid, match="20 characters"):
        words.moved(1, 2, "u" * 21, "", "")


def test_the_verbs_say_what_the_wire_format_has() -> None:
    with time_machine.travel(NOON, tick=False):
        later = words.retrying("busy", timedelta(minutes=1), 1)
        soon = words.retrying("busy", 3, 1)
    assert (later.state, later.run_at, later.message) == ("retrying", NOON + timedelta(minutes=1), "busy")
    assert later.error == {"code": "retry", "message": "busy"}
    assert soon.run_at == NOON + timedelta(seconds=3)
    assert words.snoozed(NOON, "night") == Words(state="scheduled", run_at=NOON, message="night")
    assert words.cancelled("gone") == Words(state="cancelled", message="gone")
    assert words.moved(3, 10, "pages", "m", "s") == Words(progress=Progress(3, 10, "pages"), message="m", stage="s")


def test_without_a_time_the_pauses_double_and_end_at_a_quarter_of_an_hour() -> None:
    with time_machine.travel(NOON, tick=False):
        pauses = [(words.retrying("", None, attempt).run_at or NOON) - NOON for attempt in (1, 2, 3, 50)]
    for pause, seconds in zip(pauses, (2, 4, 8, 900), strict=True):
        assert timedelta(seconds=seconds) <= pause <= timedelta(seconds=seconds * 1.2)


def test_an_exception_is_a_failure_with_its_own_code_or_its_name() -> None:
    assert words.raised(ValueError("no")).error == {"code": "ValueError", "message": "no", "type": "ValueError"}
    assert words.raised(Invalid("bad")).error == {"code": "invalid", "message": "bad", "type": "Invalid"}
    assert words.raised(KeyError()).message == "KeyError"
