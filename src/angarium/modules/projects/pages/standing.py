"""How projects stand: how many of their tasks have which status, and how many are overdue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from angarium.modules.projects.lifecycle import Status
from angarium.modules.projects.models import Project, Task

SHADES = {Status.COMPLETED: "good", Status.IN_PROGRESS: "running", Status.PENDING: "waiting"}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, from `x` on, in percent of the whole."""

    label: str
    number: int
    shade: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Standing:
    """One project and its counts."""

    project: Project
    counts: dict[str, int]
    overdue: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.counts[Status.COMPLETED]

    @property
    def parts(self) -> list[Part]:
        """What is done first, as on a road."""
        parts: list[Part] = []
        x = 0.0
        for status, shade in SHADES.items():
            number = self.counts[status]
            width = 100 * number / self.total if self.total else 0.0
            parts.append(Part(str(status.label), number, shade, round(x, 2), round(width, 2)))
            x += width
        return parts

    @property
    def spoken(self) -> str:
        """What a screen reader gets of the bar."""
        return ", ".join(f"{part.label}: {part.number}" for part in self.parts)


def standings_of(projects: Iterable[Project], at: datetime) -> list[Standing]:
    """These projects as they stand at `at`, in their order. One query."""
    rows = list(projects)
    columns = {status.value: Count("pk", filter=Q(status=status)) for status in Status}
    late = Count("pk", filter=Q(due_date__lt=at) & ~Q(status=Status.COMPLETED))
    counted = Task.objects.filter(project__in=rows).order_by().values("project").annotate(late=late, **columns)
    found: dict[int, dict[str, int]] = {row["project"]: dict(row) for row in counted}  # type: ignore[arg-type]
    empty: dict[str, int] = {"late": 0, **dict.fromkeys(columns, 0)}
    return [_standing(row, found.get(row.pk, empty), list(columns)) for row in rows]


def _standing(project: Project, row: dict[str, int], names: list[str]) -> Standing:
    return Standing(project, {name: row[name] for name in names}, row["late"])
