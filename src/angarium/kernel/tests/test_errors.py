"""Refusals: a code, a sentence, a field, details; and which of them may be tried again."""

from __future__ import annotations

import pytest

from angarium.kernel import errors
from angarium.kernel.clock import now

CODES = {
    errors.Invalid: "invalid",
    errors.Missing: "not_found",
    errors.Forbidden: "forbidden",
    errors.Conflict: "conflict",
    errors.Stale: "stale",
    errors.Unprocessable: "unprocessable",
    errors.Unavailable: "unavailable",
}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_each_has_a_code_and_says_its_docstring(kind: type[errors.AngariumError], code: str) -> None:
    assert kind.code == code
    assert kind().message == str(kind()) == kind.__doc__
    assert kind.retryable is (kind is errors.Unavailable)


def test_what_is_said_of_one_case_is_kept() -> None:
    refusal = errors.Invalid("Too long.", field="title", longest=5)
    assert (refusal.message, refusal.field, refusal.details) == ("Too long.", "title", {"longest": 5})


def test_one_without_a_docstring_says_its_name() -> None:
    silent = type("Silent", (errors.AngariumError,), {"__doc__": ""})
    assert silent().message == "Silent"


def test_now_is_aware_and_in_utc() -> None:
    assert now().utcoffset().total_seconds() == 0  # type: ignore[union-attr]
