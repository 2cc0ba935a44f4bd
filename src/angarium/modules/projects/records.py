"""Rows of what people were told and want to be told: reminders, reports, notices for the daily letter, choices."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.kernel.clock import now

from .choices import HOUR, Reason, Way
from .reminders import Because, Kind, State


class Reminder(models.Model):
    """That a task is due soon, for one of those who are told: one row for each task, person or address, kind and due
    version. `to` is the person's UUID, an address, or empty for nobody; `task_version` the task's when it was told."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey("projects.Task", models.CASCADE, related_name="reminders", verbose_name=_("task"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.DUE_SOON)
    to = models.CharField(_("to whom"), max_length=320, blank=True)
    person = models.UUIDField(_("person"), null=True)
    due_at = models.DateTimeField(_("due"))
    due_version = models.PositiveIntegerField(_("version of the due date"), default=1)
    task_version = models.PositiveBigIntegerField(_("version of the task"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.TOLD)
    because = models.CharField(_("reason"), max_length=20, choices=Because.choices, blank=True)
    way = models.CharField(_("way"), max_length=10, choices=Way.choices, blank=True)
    created_at = models.DateTimeField(_("made"), default=now, editable=False)
    voided_at = models.DateTimeField(_("voided"), null=True, editable=False)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "to", "kind", "due_version"], name="projects_reminder_once"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="projects_reminder_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.to}: {self.state}"

    @property
    def key(self) -> str:
        """What its letter, or its notice, is known by."""
        return f"projects.reminder:{self.pk}"


class Report(models.Model):
    """How a project stood on one day; the first that needs it makes it. `operation` is which one that was."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="reports", verbose_name=_("project"))
    day = models.DateField(_("day"))
    pending = models.PositiveIntegerField(_("pending"))
    in_progress = models.PositiveIntegerField(_("in progress"))
    completed = models.PositiveIntegerField(_("completed"))
    overdue = models.PositiveIntegerField(_("overdue"))
    operation = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("made"), default=now, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering: ClassVar = ["-day", "project"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "day"], name="projects_report_once")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.day}"


class Notice(models.Model):
    """Something kept for somebody's daily letter; `key` says what, so that nothing is kept twice. `letter` is the
    delivery that told it; past `until` it is worth nothing. No foreign keys: what it tells is true without its task."""

    id = models.BigAutoField(primary_key=True)
    person = models.UUIDField(_("person"))
    key = models.CharField(max_length=200)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    project = models.BigIntegerField(_("project"))
    task = models.BigIntegerField(_("task"))
    words = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("kept"), default=now, editable=False)
    until = models.DateTimeField(_("until"), null=True)
    letter = models.UUIDField(_("letter"), null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "key"], name="projects_notice_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "id"], condition=models.Q(letter__isnull=True), name="projects_notice_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.key}"


class Preference(models.Model):
    """When somebody's daily letter comes, by their own clock, and whether they hear of their own changes."""

    person = models.UUIDField(_("person"), primary_key=True)
    hour = models.PositiveSmallIntegerField(_("hour"), default=HOUR, validators=[MaxValueValidator(23)])
    own_changes = models.BooleanField(_("own changes"), default=False)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(hour__range=(0, 23)), name="projects_preference_hour")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.hour}:00"


class Choice(models.Model):
    """How somebody wants to be told of one reason, in one project, or in all that have no choice of their own."""

    id = models.BigAutoField(primary_key=True)
    person = models.UUIDField(_("person"), db_index=True)
    project = models.ForeignKey("projects.Project", models.CASCADE, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    way = models.CharField(_("way"), max_length=10, choices=Way.choices)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "project", "reason"], name="projects_choice_once"),
            models.UniqueConstraint(
                fields=["person", "reason"], condition=models.Q(project__isnull=True), name="projects_choice_for_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.reason}: {self.way}"
