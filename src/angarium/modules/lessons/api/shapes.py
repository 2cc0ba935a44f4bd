"""What lessons, students and teachers look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework import serializers

from angarium.engine.api.public import Email, Integer, Moment, Shape, SingleLineText, Timezone
from angarium.modules.lessons.errors import BadTime
from angarium.modules.lessons.lifecycle import Status
from angarium.modules.lessons.models import LONGEST_MINUTES, instant
from angarium.modules.lessons.reminders import Because, Kind, Role, State


class Start(Moment):
    """When a lesson begins. With an offset it is that instant; without one it is the wall clock of `timezone`, and
    a time that this clock skips, or shows twice, is refused with a sentence that says so."""

    def _in_zone(self, local: datetime) -> datetime:
        zone = self._zone_name()
        if not zone:
            self.fail("naive")
        try:
            return instant(local, zone)
        except BadTime as refusal:
            raise serializers.ValidationError(refusal.message, code=refusal.code) from None


class LessonShape(Shape):
    """A lesson. `starts_at` is shown in UTC; `timezone` is the lesson's own zone.

    `id`, `version`, `created_at`, `updated_at` and `cancelled_because` are read-only and ignored in a body. `status`
    is read-only too, but a body that contradicts it is refused: a status changes by its verb (`…/completion/`).
    """

    id = Integer(read_only=True)
    title = SingleLineText()
    student_id = Integer(min_value=1)
    teacher_id = Integer(min_value=1)
    starts_at = Start(zone_from="timezone")
    timezone = Timezone(required=False, help_text="IANA; UTC when a new lesson names none.")
    duration_minutes = Integer(min_value=1, max_value=LONGEST_MINUTES, required=False, help_text="60 unless given.")
    status = serializers.ChoiceField(choices=Status.choices, read_only=True)
    cancelled_because = SingleLineText(read_only=True)
    version = Integer(read_only=True)
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        status = getattr(self.instance, "status", Status.PLANNED)
        if self.initial_data.get("status", status) != status:
            sentence = _("A status changes by its verb, such as POST …/completion/; here it is %(status)s.")
            raise serializers.ValidationError({"status": [sentence % {"status": status}]}, code="read_only")
        return attrs


class ReminderShape(Shape):
    """A reminder. `because` says why it was not sent; `participant_id` is 0 for `everyone`, who hear an event."""

    id = Integer(read_only=True)
    kind = serializers.ChoiceField(choices=Kind.choices, read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)
    participant_id = Integer(source="participant", read_only=True)
    lesson_version = Integer(read_only=True)
    due_at = Moment(read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    because = serializers.ChoiceField(choices=Because.choices, read_only=True)
    settled_at = Moment(read_only=True)


class LessonFilter(Shape):
    """The query string of the list; `q` is a part of the title or of a name; lessons that start at `from` or later,
    and before `to`."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    student_id = Integer(required=False)
    teacher_id = Integer(required=False)
    q = SingleLineText(required=False, allow_blank=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python and cannot be written as the others."""
        bounds = {"from": Moment(required=False, source="since"), "to": Moment(required=False, source="until")}
        return {**super().get_fields(), **bounds}


class ReschedulingShape(Shape):
    """The new start; without an offset it is the wall clock of `timezone`, or of the lesson's zone."""

    starts_at = Start(zone_from="timezone")
    timezone = Timezone(required=False)


class CancellationShape(Shape):
    """Why, if somebody wants to know."""

    because = SingleLineText(required=False, allow_blank=True, max_length=500)


class PersonId(serializers.UUIDField):
    """The UUID of the account that signs in as this one."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class ParticipantShape(Shape):
    """A student or a teacher."""

    id = Integer(read_only=True)
    name = SingleLineText(max_length=200)
    email = Email()
    timezone = Timezone(required=False, help_text="IANA; UTC unless given.")
    person = PersonId(required=False, allow_null=True)
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)


class StudentShape(ParticipantShape):
    """Who is taught."""


class TeacherShape(ParticipantShape):
    """Who teaches."""
