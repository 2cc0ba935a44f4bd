"""Rates as they were known, days of the calendar, delegations, entries of the ledger."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.errors import NoDelegation, NoHoliday, NoRate
from angarium.modules.timeoff.models import Delegation, Entry, Holiday, Rate

from .one import only
from .people import staff_of


def rates_seen_by(by: Principal) -> QuerySet[Rate]:
    """Everybody's for human resources and other readers of everything, else one's own."""
    if rights.reads_all(by):
        return Rate.objects.all()
    me = rights.employee_of(by) if rights.reads_at_all(by) else None
    return Rate.objects.filter(employee=me) if me else Rate.objects.none()


def rate_seen_by(by: Principal, id: int) -> Rate:
    """NoRate when there is none or it is not for this principal."""
    return only(rates_seen_by(by), id, NoRate)


def known(rates: QuerySet[Rate], as_known_at: datetime | None = None) -> QuerySet[Rate]:
    """Of these, what is known now, or was known at that instant."""
    if as_known_at is None:
        return rates.filter(superseded_at=None)
    since = Q(superseded_at=None) | Q(superseded_at__gt=as_known_at)
    return rates.filter(since, recorded_at__lte=as_known_at)


def rates_of(employee_id: int, as_known_at: datetime | None = None, on: date | None = None) -> QuerySet[Rate]:
    """An employee's rates in the order of their dates, as known now or then; with `on`, the one valid that day."""
    rates = known(Rate.objects.filter(employee_id=employee_id), as_known_at)
    return (valid_on(rates, on) if on else rates).order_by("valid_from")


def valid_on(rates: QuerySet[Rate], on: date) -> QuerySet[Rate]:
    """Of these, what is valid on that day."""
    return rates.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)


def holidays_seen_by(by: Principal) -> QuerySet[Holiday]:
    """The calendar, for everybody who may read at all."""
    return Holiday.objects.all() if rights.reads_at_all(by) else Holiday.objects.none()


def holiday_seen_by(by: Principal, id: int) -> Holiday:
    """NoHoliday when the calendar has none."""
    return only(holidays_seen_by(by), id, NoHoliday)


def holiday_for_update(id: int) -> Holiday:
    """The day, locked until the transaction ends. NoHoliday."""
    return only(Holiday.objects.select_for_update(), id, NoHoliday)


def delegations_seen_by(by: Principal) -> QuerySet[Delegation]:
    """Everybody's, or those by which one stands in for somebody or is stood in for."""
    if rights.reads_all(by):
        return Delegation.objects.all()
    me = rights.employee_of(by) if rights.reads_at_all(by) else None
    return Delegation.objects.filter(Q(manager=me) | Q(deputy=me)) if me else Delegation.objects.none()


def delegation_seen_by(by: Principal, id: int) -> Delegation:
    """NoDelegation when there is none or it is not for this principal."""
    return only(delegations_seen_by(by).select_related("manager", "deputy"), id, NoDelegation)


def entries_seen_by(by: Principal) -> QuerySet[Entry]:
    """The entries of those whose balance this principal sees."""
    return Entry.objects.filter(employee__in=staff_of(by))
