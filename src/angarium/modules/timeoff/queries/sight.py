"""What a principal sees of each of many employees: `rights.fields_of`, asked once for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.models import Employee

from .people import staff_of


@dataclass(frozen=True, slots=True)
class Sight:
    """`everything`, or oneself (`me`) and the `staff` for whom one decides; of the same department, what
    colleagues see."""

    everything: bool
    me: Employee | None
    staff: frozenset[int]

    def fields_of(self, employee: Employee) -> frozenset[str]:
        """As `rights.fields_of`."""
        if self.everything or (self.me is not None and self.me.pk == employee.pk):
            return rights.OF_ONESELF
        if employee.pk in self.staff:
            return rights.OF_STAFF
        mine = self.me is not None and self.me.department_id
        return rights.OF_COLLEAGUES if mine and mine == employee.department_id else frozenset()


def sight_of(by: Principal) -> Sight:
    """Three queries, however many employees are then asked about."""
    if rights.reads_all(by):
        return Sight(True, None, frozenset())
    me = rights.employee_of(by) if rights.reads_at_all(by) else None
    return Sight(False, me, frozenset(staff_of(by).values_list("pk", flat=True)))
