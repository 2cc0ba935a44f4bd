"""The rows: lessons, and the students and teachers that they belong to."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from angarium.engine.events.public import TrackedModel, TrackedQuerySet, tracked
from angarium.engine.identity.public import validate_timezone
from angarium.kernel.clock import now
from angarium.kernel.transitions import IllegalMove

from . import lifecycle
from .errors import BadTime, SameTime
from .lifecycle import LIFECYCLE, Status

LONGEST_MINUTES = 24 * 60
_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def single_line(text: str) -> None:
    """Refuse what could break a line or hide in one: control characters and line separators."""
    if _control.search(text):
        raise ValidationError(_("Control characters and line breaks do not belong here."), code="single_line")


def instant(moment: datetime, zone: str) -> datetime:
    """The moment in UTC; without an offset it is read as the wall clock of `zone`.

    BadTime when the clock of that zone skips it or shows it twice, and outside the years 1970 to 9998.
    """
    if not 1970 <= moment.year <= 9998:
        raise BadTime(gettext("The year must be from 1970 to 9998."), field="starts_at")
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first, second = (moment.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        shown = first.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment
        sentence = str(_SHOWN_TWICE if shown else _SKIPPED)
        raise BadTime(sentence.format(moment=f"{moment:%Y-%m-%d %H:%M}", zone=zone), field="starts_at")
    return first


_SHOWN_TWICE = _("{moment} happens twice in {zone}, when the clocks go back; add the offset to say which one is meant.")
_SKIPPED = _("{moment} does not exist in {zone}: the clocks go forward over it; choose another time.")


class Dated(models.Model):
    """When the row was made and last changed, whichever columns a save writes."""

    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=now, editable=False)

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        self.updated_at = now()
        if options.get("update_fields"):
            options["update_fields"] = {*options["update_fields"], "updated_at"}
        super().save(**options)


class Participant(Dated):
    """Somebody a lesson belongs to. `person` is who signs in as this one; empty when nobody does."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=200, validators=[single_line])
    email = models.EmailField(_("e-mail"), max_length=254)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    person = models.UUIDField(_("person"), null=True, blank=True, unique=True)

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [models.UniqueConstraint(Lower("email"), name="%(app_label)s_%(class)s_email")]

    def __str__(self) -> str:
        return self.name


class Student(Participant):
    class Meta(Participant.Meta):
        verbose_name = _("student")
        verbose_name_plural = _("students")


class Teacher(Participant):
    class Meta(Participant.Meta):
        verbose_name = _("teacher")
        verbose_name_plural = _("teachers")


class LessonQuerySet(TrackedQuerySet["Lesson"]):
    """Bulk changes carry the time of the change, as a save does."""

    def update(self, **values: Any) -> int:
        return super().update(**{"updated_at": now(), **values})

    update.alters_data = True  # type: ignore[attr-defined]


@tracked(by=lifecycle.events_of, snapshot=lifecycle.LessonSnapshot)
class Lesson(TrackedModel, Dated):
    """A lesson: an instant (`starts_at`, UTC) and the zone whose wall clock it was agreed in."""

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(_("title"), max_length=255, validators=[single_line])
    student = models.ForeignKey(Student, models.PROTECT, related_name="lessons", verbose_name=_("student"))
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="lessons", verbose_name=_("teacher"))
    starts_at = models.DateTimeField(_("starts at"))
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    duration_minutes = models.PositiveIntegerField(
        _("minutes"), default=60, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MINUTES)]
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.PLANNED)
    cancelled_because = models.CharField(_("reason"), max_length=500, blank=True, validators=[single_line])

    objects: ClassVar[models.Manager[Lesson]] = models.Manager.from_queryset(LessonQuerySet)()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=LIFECYCLE.states), name="lessons_lesson_status"),
            models.CheckConstraint(
                condition=models.Q(duration_minutes__range=(1, LONGEST_MINUTES)), name="lessons_lesson_duration"
            ),
            models.CheckConstraint(condition=~models.Q(title=""), name="lessons_lesson_title"),
        ]
        indexes = [models.Index(fields=["status", "id"], name="lessons_lesson_by_status")]

    def __str__(self) -> str:
        return self.title

    @property
    def allowed(self) -> tuple[str, ...]:
        """The statuses that may follow."""
        return LIFECYCLE.moves[self.status]

    def move(self, to: str) -> None:
        """Take the lesson to another status. IllegalMove names what would be allowed."""
        LIFECYCLE.check(self.status, to)
        self.status = to

    def move_start(self, start: datetime) -> None:
        """Give the lesson another start. IllegalMove when it is past being rescheduled, SameTime when it has it."""
        LIFECYCLE.check(self.status, Status.RESCHEDULED)
        if start == self.starts_at:
            raise SameTime(field="starts_at")
        self.status, self.starts_at = Status.RESCHEDULED, start

    def start(self) -> None:
        """Begin. IllegalMove for a completed lesson, which is reopened instead."""
        if self.status == Status.COMPLETED:
            raise self._illegal(gettext("A completed lesson is reopened, not started again."))
        self.move(Status.IN_PROGRESS)

    def reopen(self) -> None:
        """Take a completed lesson up again. IllegalMove for any other."""
        if self.status != Status.COMPLETED:
            raise self._illegal(gettext("Only a completed lesson can be reopened."))
        self.move(Status.IN_PROGRESS)

    def cancel(self, because: str) -> None:
        self.move(Status.CANCELLED)
        self.cancelled_because = because

    def _illegal(self, sentence: str) -> IllegalMove:
        requested, allowed = str(Status.IN_PROGRESS), [to for to in self.allowed if to != Status.IN_PROGRESS]
        return IllegalMove(sentence, current=self.status, requested=requested, allowed=allowed)
