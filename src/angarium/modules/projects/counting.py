"""How projects stand: their tasks by status, and those overdue; and the reports that keep that for each day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from angarium.contracts.projects import ReportGenerated
from angarium.engine.events.public import publish

from .lifecycle import Status
from .models import Project, Report

#: Rows in one statement.
TOGETHER = 500
WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many tasks of a project have which status, and how many of those that are to be done are overdue."""

    project: int
    name: str
    pending: int
    in_progress: int
    completed: int
    overdue: int

    @property
    def total(self) -> int:
        return self.pending + self.in_progress + self.completed

    @property
    def counts(self) -> dict[str, int]:
        """By status, as reports and events name them, and `overdue`."""
        return {name: getattr(self, name) for name in (*Status.values, "overdue")}


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: tasks completed, open with time left, and overdue; all 0 for a day without a report."""

    day: date
    done: int
    open: int
    overdue: int


def standings(projects: QuerySet[Project], at: datetime) -> list[Standing]:
    """How they stand, in the order of their names; one query."""
    numbers = {status: Count("tasks", filter=Q(tasks__status=status)) for status in Status.values}
    late = Count("tasks", filter=Q(tasks__due_date__lt=at) & ~Q(tasks__status=Status.COMPLETED))
    rows = projects.annotate(**numbers, overdue=late).order_by("name", "id")
    names = ("id", "name", *Status.values, "overdue")
    return [
        Standing(project=id, name=name, pending=pending, in_progress=going, completed=done, overdue=overdue)
        for id, name, pending, going, done, overdue in rows.values_list(*names)
    ]


def report(found: Sequence[Standing], day: date, operation: UUID) -> int:
    """Keep how they stand as the reports of that day, and tell of each; those that are there already stay as they are.
    How many are new. The caller's transaction holds them all, or none."""
    made = 0
    for first in range(0, len(found), TOGETHER):
        some = found[first : first + TOGETHER]
        rows = [Report(project_id=one.project, day=day, operation=operation, **one.counts) for one in some]
        Report.objects.bulk_create(rows, ignore_conflicts=True)
        names = {one.project: one.name for one in some}
        ours = Report.objects.filter(day=day, operation=operation, project__in=names).order_by("id")
        new = [_told(row, names[row.project_id]) for row in ours]
        publish(*new)
        made += len(new)
    return made


def week(found: Collection[Standing], day: date) -> list[Bar]:
    """The seven days that end with this one, which is as it is found; the others by their reports."""
    sums = {name: Sum(name) for name in (*Status.values, "overdue")}
    begin = day - timedelta(days=WEEK - 1)
    before = Report.objects.filter(project__in=[one.project for one in found], day__gte=begin, day__lt=day)
    kept = {row[0]: _bar(*row) for row in before.order_by("day").values_list("day").annotate(**sums)}
    today = _bar(day, *(sum(one.counts[name] for one in found) for name in (*Status.values, "overdue")))
    days = [begin + timedelta(days=number) for number in range(WEEK)]
    return [today if one == day else kept.get(one, Bar(one, 0, 0, 0)) for one in days]


def sums_of(found: Iterable[Standing]) -> dict[str, int]:
    """All of them together, by status, and `overdue`."""
    rows = list(found)
    return {name: sum(one.counts[name] for one in rows) for name in (*Status.values, "overdue")}


def _told(row: Report, name: str) -> ReportGenerated:
    counts = {field: getattr(row, field) for field in (*Status.values, "overdue")}
    return ReportGenerated(report_id=row.pk, project_id=row.project_id, name=name, day=row.day, **counts)


def _bar(day: date, pending: int, in_progress: int, completed: int, overdue: int) -> Bar:
    return Bar(day, completed, pending + in_progress - overdue, overdue)
