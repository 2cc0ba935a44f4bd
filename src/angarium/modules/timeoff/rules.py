"""The rules of the calculation, each with its version and article, so that a derivation names what it used. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from angarium.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule; `valid_from` is the first day it holds for. What a number was made by is its `ref`."""

    name: str
    version: int
    valid_from: date
    article: str
    rounding: str = ""

    @property
    def ref(self) -> str:
        return f"{self.name}/{self.version}"


_CODE = date(2002, 2, 1)  # The Labour Code came into force.

#: Every version that was ever used; a change of the law adds a version, it edits none.
RULES = (
    Rule("accrual", 1, _CODE, "ТК РФ, ст. 114, 115, 121", "the year's running total, HALF_UP to 0.01 day"),
    Rule("dismissal_month", 1, _CODE, "ТК РФ, ст. 127; Правила НКТ СССР № 169, п. 35", "half a month is a month"),
    Rule("holidays_left_out", 1, _CODE, "ТК РФ, ст. 120", "whole calendar days"),
    Rule("correction", 1, _CODE, "ТК РФ, ст. 115, 120, 121", "what is right less what was entered"),
    Rule("long_part", 1, _CODE, "ТК РФ, ст. 125"),
    Rule("first_vacation", 1, _CODE, "ТК РФ, ст. 122"),
    Rule("day_hours", 1, _CODE, "ТК РФ, ст. 91, 95; приказ Минздравсоцразвития № 588н", "HALF_UP to a minute a day"),
    Rule("holiday_work", 1, _CODE, "ТК РФ, ст. 153", "HALF_UP to a minute a local date"),
    Rule("salary", 1, _CODE, "ТК РФ, ст. 129, 135", "the month's running total, HALF_UP to 0.01"),
    Rule("average_earnings", 1, _CODE, "ТК РФ, ст. 139", "HALF_UP to 0.01 a day"),
)


def rule_on(name: str, day: date) -> Rule:
    """The version of the rule that holds on this day; before the first one, the first. Invalid for an unknown name."""
    versions = sorted((rule for rule in RULES if rule.name == name), key=lambda rule: rule.valid_from)
    if not versions:
        raise Invalid(f"There is no rule called {name}.", field="rule")
    return next((rule for rule in reversed(versions) if rule.valid_from <= day), versions[0])


def rule_named(ref: str) -> Rule | None:
    """The rule behind a `ref` that was stored; None for one that this release does not know."""
    return next((rule for rule in RULES if rule.ref == ref), None)
