"""A line of the calculation as an entry of the ledger, and an entry as a line again."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from angarium.modules.timeoff.calendar import Period
from angarium.modules.timeoff.derivation import Because, Line
from angarium.modules.timeoff.models import Entry
from angarium.modules.timeoff.rules import rule_named


def entry_of(
    line: Line, employee_id: int, key: str, *, person: UUID | None = None, reason: str = "", calendar: str = ""
) -> Entry:
    """The entry that keeps this line, not saved. `reason` is somebody's own words, `calendar` the version used."""
    facts: dict[str, object] = {"code": line.because.code, "said": dict(line.because.facts)}
    if line.period:
        facts["period"] = [line.period.start, line.period.end]
    if line.holidays:
        facts["holidays"] = list(line.holidays)
    if calendar:
        facts["calendar"] = calendar
    return Entry(
        employee_id=employee_id,
        on=line.on,
        kind=line.kind,
        days=line.days,
        request_id=line.request,
        rule=line.rule,
        because=reason,
        facts=facts,
        person=person,
        key=key,
    )


def line_of(entry: Entry) -> Line:
    """The line that this entry keeps."""
    facts = entry.facts
    rule = rule_named(entry.rule)
    said = facts.get("said", {})
    period = facts.get("period")
    return Line(
        on=entry.on,
        kind=entry.kind,
        days=entry.days,
        rule=entry.rule,
        article=rule.article if rule else "",
        because=Because("by_hand", {"reason": entry.because})
        if entry.because
        else Because(facts.get("code", ""), said),
        period=Period(*map(date.fromisoformat, map(str, period))) if period else None,
        holidays=tuple(date.fromisoformat(str(day)) for day in facts.get("holidays", ())),
        request=entry.request_id,
    )
