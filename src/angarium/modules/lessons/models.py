"""The rows: lessons, and the students and teachers that they belong to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
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

from . import lifecycle, moments, reminders
from .conflicts import OCCUPYING, PARTICIPANTS, Claim, Span, claims_of, first_conflict
from .errors import BadTime, LessonConflict, SameTime
from .lifecycle import LIFECYCLE, LessonSnapshot, Status

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


def refuse_conflicts(changes: Sequence[tuple[LessonSnapshot | None, LessonSnapshot | None]]) -> None:
    """Refuse changes after which a student or a teacher would be in two lessons at once; called on every ORM path.

    The participants are locked in one order before it is looked what else they have, so that of two lessons written at
    the same time the second one sees the first. On SQLite the write lock does that. Fixtures and raw SQL are outside.
    """
    claims = list(claims_of(changes))
    models_of: tuple[type[Student] | type[Teacher], ...] = (Student, Teacher)
    for field, model in zip(PARTICIPANTS, models_of, strict=True):
        keys = {claim.participant for claim in claims if claim.field == field}
        list(model.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    for field in PARTICIPANTS:
        _refuse_overlaps(field, [claim for claim in claims if claim.field == field])


def _refuse_overlaps(field: str, claims: Sequence[Claim]) -> None:
    if not claims:
        return
    taken: dict[int, list[Span]] = {}
    others = Lesson.objects.filter(
        **{f"{field}__in": {claim.participant for claim in claims}},
        status__in=OCCUPYING,
        starts_at__gt=min(claim.new.start for claim in claims) - timedelta(minutes=LONGEST_MINUTES),
        starts_at__lt=max(claim.new.end for claim in claims),
    )
    for key, id, start, minutes, zone in others.values_list(field, "id", "starts_at", "duration_minutes", "timezone"):
        taken.setdefault(key, []).append(Span(id, start, start + timedelta(minutes=minutes), zone))
    for claim in claims:
        if other := first_conflict(claim, taken.get(claim.participant, ())):
            raise _conflict(claim, other)


def _conflict(claim: Claim, other: Span) -> LessonConflict:
    model = Student if claim.field == "student_id" else Teacher
    name = model.objects.values_list("name", flat=True).get(pk=claim.participant)
    minutes = (other.end - other.start) // timedelta(minutes=1)
    when = f"{moments.span(other.start, minutes, reader=other.timezone, lesson=other.timezone)} ({other.timezone})"
    return LessonConflict(
        gettext("%(name)s already has another lesson then: %(when)s.") % {"name": name, "when": when},
        other=other.lesson,
        field=claim.field,
        starts_at=f"{other.start:%Y-%m-%dT%H:%M:%SZ}",
        ends_at=f"{other.end:%Y-%m-%dT%H:%M:%SZ}",
    )


@tracked(by=lifecycle.events_of, snapshot=LessonSnapshot, guard=refuse_conflicts)
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
        indexes = [
            models.Index(fields=["status", "id"], name="lessons_lesson_by_status"),
            models.Index(fields=["starts_at", "id"], name="lessons_lesson_by_start"),
            models.Index(fields=["student", "starts_at"], name="lessons_lesson_of_student"),
            models.Index(fields=["teacher", "starts_at"], name="lessons_lesson_of_teacher"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.duration_minutes)

    @property
    def snapshot(self) -> LessonSnapshot:
        """The columns that events and reminders are made of."""
        return LessonSnapshot(**{field.name: getattr(self, field.name) for field in fields(LessonSnapshot)})

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


class Reminder(models.Model):
    """What somebody is to be told at a time before or after a lesson: one row for each lesson, person, kind and version
    of what it reminds of (`reminders` says what that version is). `participant` is 0 for everyone, `operation` the one
    that waits for `due_at`, `because` why it was not sent."""

    id = models.BigAutoField(primary_key=True)
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="reminders", verbose_name=_("lesson"))
    lesson_version = models.PositiveBigIntegerField(_("version of the lesson"))
    kind = models.CharField(_("kind"), max_length=20, choices=reminders.Kind.choices)
    role = models.CharField(_("to whom"), max_length=10, choices=reminders.Role.choices)
    participant = models.BigIntegerField(_("number of the person"), default=0)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=10, choices=reminders.State.choices, default=reminders.State.PLANNED
    )
    because = models.CharField(_("reason"), max_length=20, choices=reminders.Because.choices, blank=True)
    operation = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, editable=False)
    #: Whom it tells by name; filled by the query that reads them for people.
    name: str = ""

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "role", "participant", "kind", "lesson_version"], name="lessons_reminder_once"
            ),
            models.CheckConstraint(condition=models.Q(state__in=reminders.State.values), name="lessons_reminder_state"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_role_display()}"

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What makes it this reminder among those of its lesson."""
        return (self.kind, self.role, self.participant, self.lesson_version)

    def settle(self, state: str, because: str = "") -> None:
        """Bring it to another state and say why. The caller holds the lesson's lock and saves."""
        self.state, self.because, self.settled_at = state, because, now()
