"""Rows for any model, also for one as it was: each choice of a column once, each column that may be empty with and
without a value. Dates of a row follow one another as its columns do, so that what begins comes before what ends."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction

_DAY = date(2024, 2, 27)  # two days before a 29 February
#: What a column of this class holds in row `n`, where it is the `place`-th of its table.
_VALUES: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.BooleanField, lambda n, place: n % 2 == 0),
    (models.DateTimeField, lambda n, place: datetime(2024, 2, 27, 21, 30, tzinfo=UTC) + timedelta(n * 400 + place)),
    (models.DateField, lambda n, place: _DAY + timedelta(n * 400 + place)),
    (models.TimeField, lambda n, place: time(place % 24, n % 60)),
    (models.DecimalField, lambda n, place: Decimal(n + 1) / 8),
    (models.FloatField, lambda n, place: n + 0.5),
    (models.IntegerField, lambda n, place: n + 1),
    (models.UUIDField, lambda n, place: uuid.UUID(int=1000 * place + n + 1)),
    (models.JSONField, lambda n, place: {"числа": [n, None], "é": "🚀"}),
)


def make(model: type[models.Model], rows: int | None = None) -> list[Any]:
    """Make so many rows: as many as the longest list of choices has, at least three. One that a constraint of its table
    refuses is left out, the last of the reasons is raised when there is none at all."""
    number = rows or max([3, *(len(field.choices or ()) for field in model._meta.concrete_fields)])
    made, refused = [], []
    for n in range(number):
        values = {field.attname: value for field, value in row(model, n).items()}
        try:
            with transaction.atomic():
                made.append(model._base_manager.create(**values))
        except IntegrityError as error:
            refused.append(error)
    if not made:
        raise refused[-1]
    return made


def row(model: type[models.Model], n: int) -> dict[models.Field[Any, Any], Any]:
    """What the columns hold in row `n`; a key that the database gives is left out."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return {field: _value(field, n, place) for place, field in enumerate(fields)}


def _value(field: Any, n: int, place: int) -> Any:
    if isinstance(field, models.ForeignKey):
        return _parent(field, n, place)
    if field.null and n % 3 == 1:
        return None
    if field.choices:
        return field.choices[n % len(field.choices)][0]
    if field.has_default() and not field.unique and n % 3 == 0:
        return field.get_default()
    for kind, value in _VALUES:
        if isinstance(field, kind):
            return field.get_default() if isinstance(field, models.IntegerField) and n % 3 and _bounded(field) else (
                value(n, place)
            )
    return _text(field, n)


def _bounded(field: Any) -> bool:
    """Small numbers with a default have bounds of their own more often than not."""
    return bool(field.has_default()) and isinstance(field, models.SmallIntegerField | models.PositiveSmallIntegerField)


def _text(field: Any, n: int) -> str:
    """As long as it may be, and different in each row."""
    length = field.max_length or 100
    return f"{n}{field.name} Ünï «ж» %s ' \" \\ ".ljust(length, "x")[:length]


def _parent(field: Any, n: int, place: int) -> Any:
    """Rows of one table refer to different rows of another, and two columns of a row to two of them."""
    to = field.remote_field.model
    if field.null and (to is field.model or n % 3 == 1):
        return None
    keys = list(to._base_manager.order_by("pk").values_list("pk", flat=True))
    if not keys and field.null:  # two tables may refer to one another
        return None
    keys = keys or [made.pk for made in make(to)]
    if not field.db_constraint and n % 3 == 2:  # nobody keeps such a row from outliving the other
        return _missing(to._meta.pk)
    if field.unique:  # one to one, or the key itself
        taken = set(field.model._base_manager.values_list(field.attname, flat=True))
        return next((key for key in keys if key not in taken), keys[0])  # the last of which the table refuses
    return keys[(n + n // len(keys) + place) % len(keys)]


def _missing(key: Any) -> Any:
    """A key that no row has."""
    return uuid.UUID(int=2**127) if isinstance(key, models.UUIDField) else 2**31 - 1


def own_tables(found: Iterable[type[models.Model]]) -> Iterator[type[models.Model]]:
    """Those that have a table, each once."""
    return (model for model in found if not model._meta.proxy and model._meta.managed)
