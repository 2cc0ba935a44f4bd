"""Departments, by human resources."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import Conflict
from angarium.modules.timeoff.errors import InUse, Roundabout, UnknownDepartment
from angarium.modules.timeoff.models import Department
from angarium.modules.timeoff.queries import access_department_for_update, employee_named
from angarium.modules.timeoff.rights import parts

from .checks import clean, only_hr
from .keeping import keep, remove


class DepartmentChanges(TypedDict, total=False):
    """What of a department can be edited; what is left out stays."""

    name: str
    head: int | None
    parent: int | None


def create_department(*, by: Principal, name: str, head: int | None = None, parent: int | None = None) -> Department:
    """Enter a department. NotYours, UnknownEmployee, UnknownDepartment, Invalid, Conflict for a name that is taken."""
    only_hr(by)
    with transaction.atomic():
        return _saved(Department(), by, name=name, head=head, parent=parent)


def edit_department(id: int, *, by: Principal, **changes: Unpack[DepartmentChanges]) -> Department:
    """Change a department. NoDepartment, NotYours, Roundabout when it would be a part of itself, and as on entering."""
    with transaction.atomic():
        department = access_department_for_update(id, by)
        if (parent := changes.get("parent")) is not None and parent in parts([id]):
            raise Roundabout(_("A department cannot be a part of itself."), field="parent_id")
        return _saved(department, by, **changes)


def delete_department(id: int, *, by: Principal) -> None:
    """Remove a department. NoDepartment, NotYours, InUse while it has employees or parts."""
    with transaction.atomic():
        department = access_department_for_update(id, by)
        if department.employees.exists() or department.parts.exists():
            raise InUse(_("The department has employees or parts; move them first."))
        remove(department, by)


def _saved(department: Department, by: Principal, **changes: Unpack[DepartmentChanges]) -> Department:
    department.name = changes.get("name", department.name).strip()
    if "head" in changes:
        head = changes["head"]
        department.head = None if head is None else employee_named(by, head, "head_id")
    if "parent" in changes:
        department.parent_id = changes["parent"]
        if department.parent_id is not None and not Department.objects.filter(pk=department.parent_id).exists():
            raise UnknownDepartment(field="parent_id")
    clean(department)
    try:
        with transaction.atomic():
            keep(department, by)
    except IntegrityError:
        raise Conflict(_("There is a department of that name."), field="name") from None
    return department
