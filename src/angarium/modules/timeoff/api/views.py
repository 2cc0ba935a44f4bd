"""Departments, employees, rates, the calendar's days and delegations. Each reads a shape, calls an action, answers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, RowView, View, idempotent
from angarium.modules.timeoff import actions, queries
from angarium.modules.timeoff.models import Delegation, Department, Employee, Holiday, Rate

from .shapes import (
    DelegationShape,
    DepartmentShape,
    DismissalShape,
    EmployeeBody,
    EmployeeFilter,
    EmployeeShape,
    HolidayFilter,
    HolidayShape,
    RateBody,
    RateFilter,
    RateShape,
)


class Departments(ListView):
    """The departments."""

    shows, literal, paging = DepartmentShape, True, BareList()

    def rows(self) -> QuerySet[Department]:
        self.query()
        return queries.departments_seen_by(self.principal)

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        made = actions.create_department(by=self.principal, **_named(self.read()))
        return self.answer(made, 201, location=reverse("timeoff_api:department", args=[made.pk]))


class OneDepartment(View):
    """A department."""

    shows, literal = DepartmentShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(queries.department_seen_by(self.principal, id))

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_department(id, by=self.principal, **_named(self.read())))

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_department(id, by=self.principal, **_named(self.read(partial=True))))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_department(id, by=self.principal)
        return HttpResponse(status=204)


class Employees(ListView):
    """The employees of whom you see anything; of each, what you may see."""

    shows, reads, filters, literal, paging = EmployeeShape, EmployeeBody, EmployeeFilter, True, BareList()

    def rows(self) -> QuerySet[Employee]:
        return queries.find_employees(self.principal, **self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        made = actions.hire(by=self.principal, **_named(self.read()))
        return self.answer(made, 201, location=reverse("timeoff_api:employee", args=[made.pk]))


class OneEmployee(RowView):
    """An employee, as far as you may see."""

    shows, reads, literal = EmployeeShape, EmployeeBody, True

    def current(self) -> Employee:
        return queries.employee_seen_by(self.principal, self.kwargs["id"])

    def edit(self, id: int, **words: Any) -> Employee:
        return actions.edit_employee(id, **_named(words))

    def remove(self, id: int, **words: Any) -> None:
        actions.delete_employee(id, **words)


class Dismissal(View):
    """POST sets the last day of work, DELETE takes the dismissal back."""

    shows, reads, literal, conditional = EmployeeShape, {"POST": DismissalShape}, True, ("POST", "DELETE")
    answers_with = {"POST": 200, "DELETE": 200}

    def current(self) -> Employee:
        return queries.employee_seen_by(self.principal, self.kwargs["id"])

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.dismiss(id, by=self.principal, expected_version=self.if_match(), **self.read()))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.reinstate(id, by=self.principal, expected_version=self.if_match()))


class Rates(ListView):
    """The rates that you may see, as known now or at an instant. One that is recorded supersedes what it covers."""

    shows, reads, filters, literal, paging = RateShape, RateBody, RateFilter, True, BareList()

    def rows(self) -> QuerySet[Rate]:
        asked = self.query()
        rates = queries.rates_seen_by(self.principal)
        if (employee := asked.get("employee")) is not None:
            rates = rates.filter(employee_id=employee)
        if (on := asked.get("on")) is not None:
            rates = queries.valid_on(rates, on)
        return rates if asked.get("history") else queries.known(rates, asked.get("as_known_at"))

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        made = actions.record_rate(by=self.principal, **self.read())
        return self.answer(made, 201, location=reverse("timeoff_api:rate", args=[made.pk]))


class OneRate(View):
    """A rate. Nothing changes it; another one supersedes it."""

    shows, literal = RateShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(queries.rate_seen_by(self.principal, id))


class Holidays(ListView):
    """The calendar's days that are not as their weekday says."""

    shows, filters, literal, paging = HolidayShape, HolidayFilter, True, BareList()

    def rows(self) -> QuerySet[Holiday]:
        return queries.holidays_seen_by(self.principal).filter(**self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        made = actions.create_holiday(by=self.principal, **self.read())
        return self.answer(made, 201, location=reverse("timeoff_api:holiday", args=[made.pk]))


class OneHoliday(RowView):
    """A day of the calendar. Requests over it follow when it changes."""

    shows, literal = HolidayShape, True

    def current(self) -> Holiday:
        return queries.holiday_seen_by(self.principal, self.kwargs["id"])

    def edit(self, id: int, **words: Any) -> Holiday:
        return actions.edit_holiday(id, **words)

    def remove(self, id: int, **words: Any) -> None:
        actions.delete_holiday(id, **words)


class Delegations(ListView):
    """Who stands in for whom, where you are one of them."""

    shows, literal, paging = DelegationShape, True, BareList()

    def rows(self) -> QuerySet[Delegation]:
        self.query()
        return queries.delegations_seen_by(self.principal)

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        made = actions.create_delegation(by=self.principal, **_named(self.read()))
        return self.answer(made, 201, location=reverse("timeoff_api:delegation", args=[made.pk]))


class OneDelegation(View):
    """A delegation. Deleted, it ends at once."""

    shows, literal = DelegationShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(queries.delegation_seen_by(self.principal, id))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_delegation(id, by=self.principal)
        return HttpResponse(status=204)


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """The columns of foreign keys have other names than the words of an action."""
    return {name.removesuffix("_id"): value for name, value in body.items()}
