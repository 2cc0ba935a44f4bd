"""The rows: departments, employees and their requests. `records` has what is only ever appended."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from angarium.engine.events.public import TrackedModel, TrackedQuerySet, tracked
from angarium.kernel.clock import now

from . import lifecycle
from .lifecycle import LIFECYCLE, Kind, Role
from .records import Approval as Approval
from .records import Change as Change
from .records import Delegation as Delegation
from .records import Entry as Entry
from .records import Feed as Feed
from .records import Holiday as Holiday
from .records import Rate as Rate

__all__ = [
    "Approval",
    "Change",
    "Delegation",
    "Department",
    "Employee",
    "Entry",
    "Feed",
    "Holiday",
    "Rate",
    "Request",
]


class Department(models.Model):
    """Who stands at its `head` decides for everybody in it who has no manager of their own."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=200, unique=True)
    head = models.ForeignKey(
        "timeoff.Employee", models.SET_NULL, null=True, blank=True, related_name="heads", verbose_name=_("head")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="timeoff_department_name")]

    def __str__(self) -> str:
        return self.name


class EmployeeQuerySet(TrackedQuerySet["Employee"]):
    """A class of its own, by which the types find `department.employees`."""


@tracked(by=lifecycle.employee_events, snapshot=lifecycle.EmployeeSnapshot)
class Employee(TrackedModel):
    """Somebody who works here from `hired_on` to `dismissed_on` inclusive; `person` is who they sign in as. Without a
    `language` they are written to in the instance's."""

    id = models.AutoField(primary_key=True)
    person = models.UUIDField(_("person"), null=True, blank=True, unique=True)
    name = models.CharField(_("name"), max_length=255)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("department")
    )
    manager = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="staff", verbose_name=_("manager")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.EMPLOYEE)
    hired_on = models.DateField(_("first day"))
    dismissed_on = models.DateField(_("last day"), null=True, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="Europe/Moscow")
    language = models.CharField(_("language"), max_length=10, blank=True)
    vacation_days = models.PositiveSmallIntegerField(_("days of vacation a year"), default=28)

    objects: ClassVar[models.Manager[Employee]] = models.Manager.from_queryset(EmployeeQuerySet)()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="timeoff_employee_name"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="timeoff_employee_role"),
            models.CheckConstraint(
                condition=Q(dismissed_on__isnull=True) | Q(dismissed_on__gte=F("hired_on")),
                name="timeoff_employee_period",
            ),
            models.CheckConstraint(
                condition=Q(manager__isnull=True) | ~Q(manager=F("id")), name="timeoff_employee_another"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RequestQuerySet(TrackedQuerySet["Request"]):
    """A class of its own, by which the types find `employee.requests`."""


@tracked(by=lifecycle.request_events, snapshot=lifecycle.RequestSnapshot)
class Request(TrackedModel):
    """What somebody asks for, from `start` to `end` inclusive. `minutes` is a day's work on a holiday, `days` what it
    takes of the balance; `author` is whoever entered it."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="requests", verbose_name=_("employee"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    start = models.DateField(_("first day"))
    end = models.DateField(_("last day"))
    minutes = models.PositiveSmallIntegerField(_("minutes a day"), null=True, blank=True)
    days = models.DecimalField(_("days of the balance"), max_digits=6, decimal_places=2, default=Decimal(0))
    status = models.CharField(
        _("status"), max_length=10, choices=lifecycle.Status.choices, default=lifecycle.Status.SUBMITTED
    )
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    author = models.UUIDField(_("author"), null=True, editable=False)
    created_at = models.DateTimeField(_("made"), default=now, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    escalated_at = models.DateTimeField(_("escalated"), null=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.CharField(_("decided by"), max_length=255, blank=True, editable=False)
    decision = models.CharField(_("reason of the decision"), max_length=1000, blank=True, editable=False)

    objects: ClassVar[models.Manager[Request]] = models.Manager.from_queryset(RequestQuerySet)()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=LIFECYCLE.states), name="timeoff_request_status"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="timeoff_request_kind"),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="timeoff_request_period"),
            models.CheckConstraint(condition=Q(days__gte=0), name="timeoff_request_days"),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gt=0, minutes__lte=1440), name="timeoff_request_minutes"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["employee", "start"], name="timeoff_request_of"),
            models.Index(fields=["status", "submitted_at"], name="timeoff_request_open"),
            models.Index(fields=["kind", "start"], name="timeoff_request_kinds"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.start} – {self.end}"
