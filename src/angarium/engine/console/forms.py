"""Forms over actions: what an action refuses stands beside the field it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from angarium.kernel.errors import AngariumError, Forbidden, Missing, Unavailable

from .refusals import said

R = TypeVar("R")


class WallClock(forms.fields.BaseTemporalField):
    """A date and time without an offset, as a clock on a wall shows it; which wall is another field's affair.

    The value is a naive datetime in whole minutes, or seconds when they were sent.
    """

    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
    default_error_messages = {"invalid": _("Write a date and a time such as 2026-11-21 14:30.")}
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})

    def strptime(self, value: str, format: str) -> datetime:
        return datetime.strptime(value, format)  # noqa: DTZ007 naive on purpose

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        return value if isinstance(value, datetime) else super().to_python(value)


def fill(form: forms.Form, do: Callable[[], R]) -> R | None:
    """Carry out `do` when the form was sent and is valid; None when the form must be shown (again).

    A refusal becomes an error of the field that it names, else of the whole form. Missing, Forbidden and
    Unavailable pass through to `signed_in`.
    """
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return do()
    except (Missing, Forbidden, Unavailable):
        raise
    except AngariumError as refusal:
        errors: Any = refusal.details.get("errors") or [{"field": refusal.field, "detail": said(refusal)}]
        for error in errors:
            form.add_error(error["field"] if error["field"] in form.fields else None, error["detail"])
        return None
