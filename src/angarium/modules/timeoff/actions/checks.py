"""What every verb asks before it writes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import Invalid
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.errors import EndsBeforeItStarts, NotYours, OutOfRange


def only_hr(by: Principal) -> None:
    """NotYours for everybody but human resources."""
    if not rights.is_hr(by):
        raise NotYours


def check_order(start: date, end: date, *, field: str = "end") -> None:
    """EndsBeforeItStarts, naming the field of the last day."""
    if end < start:
        raise EndsBeforeItStarts(field=field)


def check_amount(days: Decimal, field: str = "days", most: int = 1000) -> None:
    """OutOfRange for nothing, for absurdly many days, and for fractions of a hundredth."""
    if not days.is_finite() or not 0 < abs(days) <= most or days != days.quantize(Decimal("0.01")):
        raise OutOfRange(field=field, least=-most, most=most, places=2)


def clean(row: models.Model, *but: str) -> None:
    """Check the columns against their own rules, foreign keys and `but` left out. Invalid with every field that does
    not fit."""
    keys = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude={*keys, *but})
    except ValidationError as error:
        errors = [{"field": name, "detail": text} for name, texts in error.message_dict.items() for text in texts]
        raise Invalid(errors[0]["detail"], field=errors[0]["field"], errors=errors) from None


def changes_of(row: models.Model, changes: dict[str, Any]) -> bool:
    """Set these columns; does any of them have another value now?"""
    changed = {name for name, value in changes.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, changes[name])
    return bool(changed)
