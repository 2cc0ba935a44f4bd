"""Forms over actions, and clocks on walls."""

from __future__ import annotations

from datetime import datetime

import pytest
from django import forms

from angarium.engine.console.public import WallClock, fill
from angarium.kernel.errors import Forbidden, Invalid, Missing, Stale


class Name(forms.Form):
    name = forms.CharField()


def refuse(error: Exception) -> str:
    raise error


@pytest.mark.parametrize(
    "text", ["2026-11-21T14:30", "2026-11-21T14:30:00", "2026-11-21 14:30", " 2026-11-21 14:30:00 "]
)
def test_a_wall_clock_has_no_offset(text: str) -> None:
    assert WallClock().clean(text) == datetime(2026, 11, 21, 14, 30)  # noqa: DTZ001


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-02-30T10:00", "2026-11-21T25:00", "2026-11-21T14:30Z", "\x00", "9" * 5000]
)
def test_what_no_wall_clock_shows_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(forms.ValidationError):
        WallClock().clean(text)


def test_a_form_that_was_not_sent_does_nothing() -> None:
    assert fill(Name(), lambda: refuse(AssertionError("must not run"))) is None


def test_an_invalid_form_does_nothing() -> None:
    form = Name({"name": ""})
    assert fill(form, lambda: refuse(AssertionError("must not run"))) is None
    assert form.errors == {"name": ["This field is required."]}


def test_a_valid_form_answers_what_was_done() -> None:
    assert fill(Name({"name": "x"}), lambda: "done") == "done"


def test_a_refusal_stands_beside_the_field_it_names() -> None:
    form = Name({"name": "x"})
    assert fill(form, lambda: refuse(Invalid("No such name.", field="name"))) is None
    assert form.errors == {"name": ["No such name."]}


def test_a_refusal_of_several_fields_stands_beside_each() -> None:
    form = Name({"name": "x"})
    errors = [{"field": "name", "detail": "Too short."}, {"field": "elsewhere", "detail": "Also wrong."}]
    assert fill(form, lambda: refuse(Invalid("Too short.", errors=errors))) is None
    assert form.errors == {"name": ["Too short."], "__all__": ["Also wrong."]}


def test_a_refusal_without_a_field_is_the_whole_forms() -> None:
    form = Name({"name": "x"})
    assert fill(form, lambda: refuse(Stale())) is None
    assert list(form.errors) == ["__all__"]


@pytest.mark.parametrize("error", [Missing(), Forbidden()])
def test_what_a_page_of_its_own_answers_passes_through(error: Exception) -> None:
    with pytest.raises(type(error)):
        fill(Name({"name": "x"}), lambda: refuse(error))
