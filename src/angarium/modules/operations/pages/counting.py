"""How many operations are in each state: from the ledger's own counters and from what is open, never by counting
history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import TERMINAL, State, counts
from angarium.modules.operations.queries import operations_for, reads_all

from .filters import OPEN, STATES, Filters


@dataclass(frozen=True, slots=True)
class Counted:
    """A state as a link; `number` is None where it is not known without counting history."""

    state: str
    label: str
    number: int | None
    query: str
    here: bool


def counted(form: Filters, principal: Principal) -> list[Counted]:
    """Every state, with the rest of the filter as it is. Of a filter that says more than kind and state only links."""
    numbers = _numbers(form, principal)
    here = form.said.get("state", "")
    return [
        Counted(state, str(label), numbers.get(state), form.query(state=state), state == here)
        for state, label in STATES
    ]


def _numbers(form: Filters, principal: Principal) -> Mapping[str, int]:
    if not form.is_valid() or form.more or form.identifier is not None:
        return {}
    words = form.cleaned_data["q"]
    if reads_all(principal):
        return _with_sums(_counters(form.kind, words), ends=True)
    rows = operations_for(principal).filter(due__isnull=False)
    rows = rows.filter(kind=form.kind) if form.kind else rows.filter(kind__istartswith=words) if words else rows
    return _with_sums(Counter(dict(rows.values_list("state").annotate(Count("id")))), ends=False)


def _counters(kind: str, begins: str) -> Counter[str]:
    totals: Counter[str] = Counter()
    for one, states in counts().items():
        if one == kind if kind else one.lower().startswith(begins.lower()):
            totals.update(states)
    return totals


def _with_sums(found: Counter[str], *, ends: bool) -> dict[str, int]:
    still_open = [state for state in State.values if state not in TERMINAL]
    numbers = {state: found[state] for state in (State.values if ends else still_open)}
    numbers[OPEN] = sum(found[state] for state in still_open)
    return {**numbers, "": sum(found.values())} if ends else numbers
