"""Rows that nobody edits: rates as they were known, steps of requests, the ledger of days. And days of the calendar.

Rates and entries are appended: a change of what is known supersedes a rate and records another; an error in the ledger
is set right by an entry that says so. The database itself refuses to change an entry or a step.
"""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from angarium.engine.events.public import TrackedModel, TrackedQuerySet, tracked
from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

from . import lifecycle
from .lifecycle import DayKind, EntryKind, Verdict


class RateQuerySet(TrackedQuerySet["Rate"]):
    """A class of its own, by which the types find `employee.rates`."""


@tracked(by=lifecycle.rate_events, snapshot=lifecycle.RateSnapshot)
class Rate(TrackedModel):
    """How much of a full post somebody holds, and the monthly salary of a full one, from `valid_from` to `valid_to`
    inclusive (None: until further notice). Known from `recorded_at` to `superseded_at`."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey("timeoff.Employee", models.PROTECT, related_name="rates", verbose_name=_("employee"))
    share = models.DecimalField(_("share of a full post"), max_digits=4, decimal_places=3)
    salary = models.DecimalField(_("monthly salary of a full post"), max_digits=12, decimal_places=2)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("last day"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), default=now, editable=False)
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True, editable=False)
    recorded_by = models.UUIDField(null=True, editable=False)
    because = models.CharField(_("reason"), max_length=500, blank=True)

    objects: ClassVar[models.Manager[Rate]] = models.Manager.from_queryset(RateQuerySet)()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering: ClassVar = ["employee", "valid_from", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=2), name="timeoff_rate_share"),
            models.CheckConstraint(condition=Q(salary__gte=0), name="timeoff_rate_salary"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="timeoff_rate_period"
            ),
            models.UniqueConstraint(
                fields=["employee", "valid_from"], condition=Q(superseded_at__isnull=True), name="timeoff_rate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id}: {self.valid_from}"


@tracked(by=lifecycle.holiday_events, snapshot=lifecycle.HolidaySnapshot)
class Holiday(TrackedModel):
    """A day that is not as its weekday says, and where that is written (`source`)."""

    id = models.AutoField(primary_key=True)
    country = models.CharField(_("country"), max_length=2, default="RU")
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=20, choices=DayKind.choices)
    name = models.CharField(_("name"), max_length=200)
    source = models.CharField(_("source"), max_length=300)

    objects: ClassVar[models.Manager[Holiday]] = models.Manager.from_queryset(TrackedQuerySet["Holiday"])()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "day"], name="timeoff_holiday_once"),
            models.CheckConstraint(condition=Q(kind__in=DayKind.values), name="timeoff_holiday_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Approval(models.Model):
    """One step of a request: who did what, and for whom, where somebody stood in for another. `employee` and
    `on_behalf_of` are employees, `person` is whoever was signed in; escalations have none of them."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey("timeoff.Request", models.CASCADE, related_name="steps", verbose_name=_("request"))
    verdict = models.CharField(_("what was done"), max_length=10, choices=Verdict.choices)
    person = models.UUIDField(_("person"), null=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    on_behalf_of = models.ForeignKey(
        "timeoff.Employee", models.SET_NULL, null=True, related_name="+", verbose_name=_("on behalf of")
    )
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    at = models.DateTimeField(_("at"), default=now, editable=False)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="timeoff_approval_verdict")
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.verdict}"


class Delegation(models.Model):
    """From `start` to `end` inclusive `deputy` decides for `manager`."""

    id = models.AutoField(primary_key=True)
    manager = models.ForeignKey(
        "timeoff.Employee", models.CASCADE, related_name="delegations", verbose_name=_("manager")
    )
    deputy = models.ForeignKey("timeoff.Employee", models.CASCADE, related_name="+", verbose_name=_("deputy"))
    start = models.DateField(_("first day"))
    end = models.DateField(_("last day"))
    created_at = models.DateTimeField(_("made"), default=now, editable=False)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering: ClassVar = ["start", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="timeoff_delegation_period"),
            models.CheckConstraint(condition=~Q(manager=F("deputy")), name="timeoff_delegation_another"),
        ]

    def __str__(self) -> str:
        return f"{self.manager_id} → {self.deputy_id}: {self.start} – {self.end}"


class Entry(models.Model):
    """Days added to somebody's balance (or taken from it, below 0) as of `on`. `key` says what it is, so that nothing
    is entered twice; `rule` and `facts` say by which rule, from what; `person` who entered it."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey("timeoff.Employee", models.PROTECT, related_name="entries", verbose_name=_("employee"))
    on = models.DateField(_("as of"))
    kind = models.CharField(_("kind"), max_length=12, choices=EntryKind.choices)
    days = models.DecimalField(_("days"), max_digits=7, decimal_places=2)
    request = models.ForeignKey(
        "timeoff.Request", models.PROTECT, null=True, related_name="entries", verbose_name=_("request")
    )
    rule = models.CharField(_("rule"), max_length=60, blank=True)
    because = models.CharField(_("reason"), max_length=500, blank=True)
    facts = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    person = models.UUIDField(_("person"), null=True)
    recorded_at = models.DateTimeField(_("recorded"), default=now, editable=False)
    key = models.CharField(_("key"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering: ClassVar = ["on", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="timeoff_entry_kind"),
            models.CheckConstraint(condition=~Q(days=0), name="timeoff_entry_something"),
        ]
        indexes: ClassVar = [models.Index(fields=["employee", "on", "id"], name="timeoff_entry_of")]

    def __str__(self) -> str:
        return f"{self.employee_id}: {self.days:+} {self.on}"


class Change(models.Model):
    """What somebody changed of a row that is edited in place (`subject`, as in the event log): the columns that differ,
    before and after. Without `before` the row was entered, without `after` it was removed. Only appended."""

    id = models.BigAutoField(primary_key=True)
    subject = models.CharField(_("subject"), max_length=60)
    before = models.JSONField(_("before"), null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), null=True, encoder=DjangoJSONEncoder)
    person = models.UUIDField(_("person"), null=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    at = models.DateTimeField(_("at"), default=now, editable=False)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["subject", "id"], name="timeoff_change_of")]

    def __str__(self) -> str:
        return f"{self.subject} {self.at:%Y-%m-%d %H:%M}"


class Feed(models.Model):
    """A calendar that a program of this person fetches by a signed address until it is ended: of their own absences, or
    of a department's. The row holds nothing that lets anybody in (`feeds`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.UUIDField(_("person"))
    department = models.ForeignKey(
        "timeoff.Department", models.CASCADE, null=True, related_name="+", verbose_name=_("department")
    )
    created_at = models.DateTimeField(_("made"), default=now, editable=False)
    fetched_at = models.DateTimeField(_("last fetched"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["person", "created_at"], name="timeoff_feed_of")]

    def __str__(self) -> str:
        return str(self.id)
