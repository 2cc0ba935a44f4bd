"""HR-18: the calendar that a migration brings leaves what people entered and changed, there, back and there again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from angarium.modules.timeoff.holidays_ru import ROWS

pytestmark = pytest.mark.django_db
KNOWN = {(row.on, str(row.kind), row.name) for row in ROWS}
OWN, CHANGED = date(2026, 1, 1), date(2026, 6, 12)
STATE = ("timeoff", "0003_calendar_of_russia")


def migrate(name: str) -> None:
    call_command("migrate", "timeoff", name, verbosity=0)


def rows() -> Any:
    return MigrationLoader(None).project_state(STATE).apps.get_model("timeoff", "Holiday").objects


def days(country: str = "RU") -> list[tuple[date, str, str]]:
    return list(rows().filter(country=country).order_by("day").values_list("day", "kind", "name"))


def test_hr_18_the_calendar_leaves_what_people_entered_and_changed(empty: BaseDatabaseWrapper) -> None:
    migrate("0002")
    rows().create(country="RU", day=OWN, kind="short_day", name="Наш день", source="приказ 7")
    rows().create(country="BY", day=OWN, kind="public", name="Новы год", source="закон")
    migrate("0003")
    own = (OWN, "short_day", "Наш день")
    assert set(days()) == {row for row in KNOWN if row[0] != OWN} | {own}
    assert days("BY") == [(OWN, "public", "Новы год")]

    rows().filter(country="RU", day=CHANGED).update(kind="short_day", name="Изменён")
    changed = (CHANGED, "short_day", "Изменён")
    for name in ("0002", "0003", "0002", "0003"):
        migrate(name)
        assert {own, changed} <= set(days())
    assert set(days()) == {row for row in KNOWN if row[0] not in {OWN, CHANGED}} | {own, changed}
    assert len(days()) == len(set(days()))
    assert days("BY") == [(OWN, "public", "Новы год")]
