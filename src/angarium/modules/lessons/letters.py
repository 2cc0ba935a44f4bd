"""Letters to students and teachers: what each kind says, to whom, in whose language, zone and calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from angarium.contracts.lessons import LessonEvent
from angarium.engine.delivery.public import Attachment, Delivery, Recipient, send
from angarium.engine.identity.public import Person
from angarium.kernel.clock import now

from . import moments
from .invitations import Entry, Method, Party, calendar
from .lifecycle import Status
from .lifecycle import facts as facts_of
from .models import Lesson, Student, Teacher
from .reminders import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

#: Each kind's heading and sentence. `other` is the teacher for a student, the student for a teacher.
WORDS: dict[str, tuple[_StrOrPromise, _StrOrPromise]] = {
    "created": (_("Lesson planned: %(title)s"), _("A lesson with %(other)s is planned.")),
    "rescheduled": (
        _("Lesson moved: %(title)s"),
        _("The lesson with %(other)s has another time. It was to be: %(was)s."),
    ),
    "updated": (_("Lesson changed: %(title)s"), _("Something about the lesson with %(other)s has changed.")),
    "cancelled": (_("Lesson cancelled: %(title)s"), _("The lesson with %(other)s will not be held.")),
    "handed_over": (_("Lesson handed over: %(title)s"), _("Somebody else has this lesson now.")),
    "completed": (_("Lesson completed: %(title)s"), _("The lesson with %(other)s was held.")),
    "day_before": (_("Reminder: %(title)s"), _("You have a lesson with %(other)s.")),
    "hour_before": (_("Reminder: %(title)s"), _("Your lesson with %(other)s begins soon.")),
    "feedback": (
        _("How was the lesson? %(title)s"),
        _("You had a lesson with %(other)s. Tell them how it was for you: that is how the next one gets better."),
    ),
}
#: What one can unsubscribe from. A change of time always goes.
TOPICS = {
    "completed": "lessons.completed",
    "day_before": "lessons.reminder",
    "hour_before": "lessons.reminder",
    "feedback": "lessons.feedback",
}
METHODS: dict[str, Method] = {
    "created": "REQUEST",
    "rescheduled": "REQUEST",
    "updated": "REQUEST",
    "cancelled": "CANCEL",
    "handed_over": "CANCEL",
}


@dataclass(frozen=True, slots=True)
class Both:
    """The two participants of a lesson."""

    student: Student
    teacher: Teacher

    def one(self, role: str) -> Student | Teacher:
        return self.student if role == Role.STUDENT else self.teacher

    def other(self, role: str) -> Student | Teacher:
        return self.teacher if role == Role.STUDENT else self.student


def recipient(row: Student | Teacher) -> Recipient:
    """A participant as whom to tell: in the language of the person who signs in as this one, else the instance's."""
    language = Person.objects.filter(id=row.person).values_list("language", flat=True).first() if row.person else ""
    return Recipient(
        kind=str(row._meta.model_name),
        id=str(row.id),
        name=row.name,
        address=row.email,
        language=language or settings.LANGUAGE_CODE,
        timezone=row.timezone,
        person=row.person,
    )


def write(
    kind: str,
    facts: LessonEvent,
    to: Student | Teacher,
    both: Both,
    *,
    key: str,
    version: int,
    was: tuple[datetime, str] | None = None,
    because: str = "",
    not_after: datetime | None = None,
) -> Delivery:
    """Have one letter sent: `facts` about the lesson at its `version`, `was` the start and zone that it had before."""
    role, reader = str(to._meta.model_name), recipient(to)
    with override(reader.language):
        when = moments.span(facts.starts_at, facts.duration_minutes, reader=to.timezone, lesson=facts.timezone)
        old = moments.point(was[0], reader=to.timezone, lesson=was[1]) if was else ""
        words = {"title": facts.title, "other": both.other(role).name, "was": old}
        heading, sentence = (str(text) % words for text in WORDS[kind])
    context = {"heading": heading, "sentence": sentence, "title": facts.title, "when": when, "because": because}
    return send(
        to=reader,
        template="lessons/letter",
        channel="email",
        key=key,
        subject=facts.subject,
        context=context,
        topic=TOPICS.get(kind, ""),
        not_after=not_after,
        attachments=_enclosed(kind, facts, [both.student, both.teacher], version, f"{sentence}\n{when}"),
    )


def _enclosed(
    kind: str, facts: LessonEvent, parties: Sequence[Student | Teacher], version: int, description: str
) -> tuple[Attachment, ...]:
    method = METHODS.get(kind)
    if method is None:
        return ()
    text = calendar(entry(facts, parties, version, description, cancelled=method == "CANCEL"), method)
    return (Attachment("lesson.ics", f"text/calendar; method={method}", text),)


def published(lesson: Lesson) -> str:
    """The lesson as a calendar object for who fetches it."""
    event, parties = LessonEvent(**facts_of(lesson.snapshot)), (lesson.student, lesson.teacher)
    shown = entry(event, parties, lesson.version, "", cancelled=lesson.status == Status.CANCELLED)
    return calendar(shown, "PUBLISH")


def entry(
    facts: LessonEvent, parties: Sequence[Student | Teacher], version: int, description: str, *, cancelled: bool
) -> Entry:
    """The lesson as calendars know it."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return Entry(
        lesson=facts.lesson_id,
        sequence=version,
        stamp=now(),
        title=facts.title,
        start=facts.starts_at,
        minutes=facts.duration_minutes,
        organizer=Party(name or "Angarium", address),
        attendees=[Party(row.name, row.email) for row in parties],
        description=description,
        cancelled=cancelled,
    )


def key_of(event: UUID | None, role: str, participant: int) -> str:
    """One letter for each event and participant, whatever is tried again."""
    return f"{event}:{role}:{participant}"
