"""Who stands in for a manager, and when."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import Invalid
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.calendar import FIRST, LAST
from angarium.modules.timeoff.errors import NotYours, OutOfRange, UnknownEmployee
from angarium.modules.timeoff.models import Delegation, Employee
from angarium.modules.timeoff.queries import delegation_seen_by, employees_seen_by, myself

from .checks import check_order
from .keeping import keep, remove


def create_delegation(*, by: Principal, deputy: int, start: date, end: date, manager: int | None = None) -> Delegation:
    """From `start` to `end` inclusive `deputy` decides for `manager`, which is oneself unless human resources say
    otherwise. NotYours, UnknownEmployee, EndsBeforeItStarts, OutOfRange, Invalid for oneself as the deputy."""
    if not by.may("timeoff:write"):
        raise NotYours
    for name, day in (("start", start), ("end", end)):
        if not FIRST <= day <= LAST:
            raise OutOfRange(field=name, least=FIRST, most=LAST)
    check_order(start, end)
    with transaction.atomic():
        of = _manager(by, manager)
        other = _seen(by, deputy, "deputy_id")
        if other.pk == of.pk:
            raise Invalid(_("Nobody stands in for themselves."), field="deputy_id")
        made = Delegation(manager=of, deputy=other, start=start, end=end)
        keep(made, by)
    return made


def delete_delegation(id: int, *, by: Principal) -> None:
    """End a delegation; what was decided by it stays. NoDelegation, NotYours for the deputy."""
    with transaction.atomic():
        found = delegation_seen_by(by, id)
        me = rights.employee_of(by)
        mine = me is not None and me.pk == found.manager_id and by.may("timeoff:write")
        if not (mine or rights.is_hr(by)):
            raise NotYours
        remove(found, by)


def _manager(by: Principal, id: int | None) -> Employee:
    me = rights.employee_of(by)
    if id is None or (me is not None and me.pk == id):
        return me or myself(by)
    if not rights.is_hr(by):
        raise NotYours
    return _seen(by, id, "manager_id")


def _seen(by: Principal, id: int, field: str) -> Employee:
    found = employees_seen_by(by).filter(pk=id).first()
    if found is None:
        raise UnknownEmployee(field=field)
    return found
