"""What was changed of an employee or of a request, and what was done about it, as one story in people's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from angarium.engine.identity.public import SYSTEM, Principal
from angarium.modules.timeoff.models import Approval, Change, Employee, Request
from angarium.modules.timeoff.queries import history_of

from .values import Names, label_of, names_in, said_of

#: The newest changes that are read, the deeds that stand open, and what one deed may say before it is folded.
MOST, OPEN = 100, 6
LINES, LETTERS = 4, 240


@dataclass(frozen=True, slots=True)
class Line:
    """One field; `before` is empty when the row was entered."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did. `key` is its place on the page, `state` the colour of what it is called."""

    key: str
    at: datetime
    state: str
    words: str
    name: str
    stead: str = ""
    comment: str = ""
    lines: Sequence[Line] = ()

    @property
    def is_long(self) -> bool:
        letters = sum(len(line.before) + len(line.after) for line in self.lines)
        return len(self.lines) > LINES or letters > LETTERS

    @property
    def labels(self) -> str:
        return ", ".join(line.label for line in self.lines)


@dataclass(frozen=True, slots=True)
class History:
    """The oldest first; what is `earlier` is folded."""

    earlier: Sequence[Deed]
    latest: Sequence[Deed]


def history_of_employee(by: Principal, one: Employee) -> History | None:
    """None when there is nothing, or nothing for this principal."""
    return _told(_changed(by, one, history_of(by, "employee", one.pk).order_by("-id")[:MOST]))


def history_of_request(by: Principal, one: Request) -> History | None:
    """Its steps with the changes between them; None when there are none."""
    steps = [_done(step) for step in one.steps.select_related("on_behalf_of")]
    return _told([*steps, *_changed(by, one, history_of(by, "request", one.pk).order_by("-id")[:MOST])])


def _told(deeds: Iterable[Deed]) -> History | None:
    found = sorted(deeds, key=lambda deed: deed.at)
    return History(found[:-OPEN], found[-OPEN:]) if found else None


def _done(step: Approval) -> Deed:
    stead = step.on_behalf_of.name if step.on_behalf_of else ""
    words = str(step.get_verdict_display())
    return Deed(f"step-{step.pk}", step.at, step.verdict, words, _name(step.name), stead, step.comment)


def _changed(by: Principal, row: Model, changes: Iterable[Change]) -> list[Deed]:
    found = list(changes)
    names = names_in(by, row, [columns for one in found for columns in (one.before, one.after) if columns])
    return [_of_change(row, one, names) for one in reversed(found)]


def _of_change(row: Model, one: Change, names: Names) -> Deed:
    entered = one.before is None
    words = pgettext("change", "entered") if entered else pgettext("change", "changed")
    lines = _lines(row, one.before, one.after or {}, names)
    return Deed(f"change-{one.pk}", one.at, "entered" if entered else "changed", words, _name(one.name), lines=lines)


def _lines(row: Model, before: dict[str, Any] | None, after: dict[str, Any], names: Names) -> list[Line]:
    """Of what was entered only what there is."""
    if before is None:
        told = {column: value for column, value in after.items() if value not in (None, "")}
        entered = _in_order(row, told)
        return [Line(label_of(row, column), "", said_of(row, column, told[column], names)) for column in entered]
    return [
        Line(label_of(row, column), *(said_of(row, column, side.get(column), names) for side in (before, after)))
        for column in _in_order(row, before)
    ]


def _in_order(row: Model, columns: Iterable[str]) -> list[str]:
    """As the model has them: PostgreSQL keeps an object's keys in an order of its own."""
    known = [name for field in row._meta.concrete_fields for name in (field.name, field.attname)]
    return sorted(columns, key=lambda column: known.index(column) if column in known else len(known))


def _name(name: str) -> str:
    return _("the system") if name in ("", SYSTEM.name) else name
