"""Who changed what of a row that is edited in place: when, from what, to what. Rates, entries and steps are such a
history themselves."""

from __future__ import annotations

from typing import Literal

from django.db.models import QuerySet

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.models import Change

from .people import employees_seen_by
from .requests import requests_seen_by

Subject = Literal["employee", "request", "holiday", "department", "delegation"]


def history_of(by: Principal, subject: Subject, id: int) -> QuerySet[Change]:
    """The changes, the oldest first: for who reads everything; of an employee also for themselves, of a request for
    whoever sees it, of a day of the calendar for everybody. Nothing for others, and of what is not there."""
    changes = Change.objects.filter(subject=f"timeoff.{subject}:{id}").order_by("id")
    return changes if _may_look(by, subject, id) else changes.none()


def _may_look(by: Principal, subject: Subject, id: int) -> bool:
    if rights.reads_all(by):
        return True
    if subject == "employee":
        me = rights.employee_of(by)
        return me is not None and me.pk == id and employees_seen_by(by).filter(pk=id).exists()
    if subject == "request":
        return requests_seen_by(by).filter(pk=id).exists()
    return subject == "holiday" and rights.reads_at_all(by)
