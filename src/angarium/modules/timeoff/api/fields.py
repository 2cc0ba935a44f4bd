"""Dates and exact numbers in a body: a day that there is, and decimals that no float has touched."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from angarium.modules.timeoff.calendar import FIRST, LAST

_day = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_number = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)


@extend_schema_field(OpenApiTypes.DATE)
class Day(serializers.Field[date, str, str, date]):
    """A date such as 2026-03-01, from 1900 to 2199."""

    default_error_messages = {
        "not_a_day": _("Write a date that there is, such as 2026-03-01."),
        "range": _("The date is out of range; it lies from 1900 to 2199."),
    }

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not _day.fullmatch(data):
            self.fail("not_a_day")
        try:
            found = date.fromisoformat(data)
        except ValueError:
            self.fail("not_a_day")
        if not FIRST <= found <= LAST:
            self.fail("range")
        return found

    def to_representation(self, value: date) -> str:
        return value.isoformat()


@extend_schema_field({"type": "string", "format": "decimal", "example": "12.50"})
class Exact(serializers.Field[Decimal, Any, str, Decimal]):
    """A decimal number, shown as text with `places` digits after the point; read from text or from a JSON number as it
    is written. What it may be is the action's affair (`out_of_range`)."""

    default_error_messages = {"not_a_number": _("This is not a decimal number, such as 0.5.")}

    def __init__(self, *, places: int = 2, **options: Any) -> None:
        super().__init__(**options)
        self.unit = Decimal(1).scaleb(-places)

    def to_internal_value(self, data: Any) -> Decimal:
        text = str(data) if isinstance(data, str | int | float) and not isinstance(data, bool) else ""
        if not _number.fullmatch(text):
            self.fail("not_a_number")
        return Decimal(text)

    def to_representation(self, value: Decimal) -> str:
        return str(value.quantize(self.unit, ROUND_HALF_UP))
