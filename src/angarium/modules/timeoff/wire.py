"""What a fact about time off is in JSON, for live frames. Pure: a fact in, plain data out. Nothing of pay is in any."""

from __future__ import annotations

from typing import Any

from angarium.contracts import timeoff as told
from angarium.contracts.event import Event, dump

#: What is told of a request besides its id; only whoever may see the request hears it.
REQUEST = ("employee_id", "kind", "start", "end", "days", "status")
ENTRY = ("employee_id", "kind", "on", "days")


def request(fact: Event) -> dict[str, Any]:
    """The request after this fact."""
    assert isinstance(fact, told.RequestEvent)
    return {"id": fact.request_id, **_of(fact, REQUEST)}


def employee(fact: Event) -> dict[str, Any]:
    """What colleagues may know too: the name. That days of absence are others is told without the days."""
    assert isinstance(fact, told.EmployeeEvent | told.AbsenceChanged)
    name = {"name": fact.name} if isinstance(fact, told.EmployeeEvent) else {}
    return {"id": fact.employee_id, **name}


def entry(fact: Event) -> dict[str, Any]:
    """The entry of the ledger."""
    assert isinstance(fact, told.EntryPosted)
    return {"id": fact.entry_id, **_of(fact, ENTRY)}


def holiday(fact: Event) -> dict[str, Any]:
    """The day of the calendar after this fact."""
    assert isinstance(fact, told.HolidayEvent)
    return {"id": fact.holiday_id, **_of(fact, ("day", "kind", "name"))}


def _of(fact: Event, names: tuple[str, ...]) -> dict[str, Any]:
    facts = dump(fact)
    return {name: facts[name] for name in names}
