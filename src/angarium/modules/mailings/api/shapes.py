"""What clients, mailings and messages look like over HTTP."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from angarium.engine.api.public import Integer, Moment, Shape, SingleLineText, Text, Timezone
from angarium.modules.mailings.lifecycle import MessageState, Reason, State
from angarium.modules.mailings.models import LONGEST_CONTENT
from angarium.modules.mailings.windows import weekdays_of

_clock = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.0+)?)?", re.ASCII)


@extend_schema_field({"type": "string", "pattern": "^7[0-9]{10}$", "example": "79001234567"})
class Phone(serializers.Field[str, Any, str, str]):
    """`7XXXXXXXXXX`, as a text or as a number."""

    default_error_messages = {"phone": _("A phone number has 11 digits and begins with 7.")}

    def to_internal_value(self, data: Any) -> str:
        text = str(data) if isinstance(data, int) and not isinstance(data, bool) else data
        if not isinstance(text, str) or not re.fullmatch(r"7[0-9]{10}", text, re.ASCII):
            self.fail("phone")
        return text

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field({"type": "string", "pattern": "^([0-9]{3})?$", "example": "900"})
class OperatorCode(serializers.Field[str, Any, str, str]):
    """Three digits, as a text or as a number; empty where none is asked for."""

    default_error_messages = {"operator_code": _("An operator code has three digits.")}

    def to_internal_value(self, data: Any) -> str:
        text = str(data) if isinstance(data, int) and not isinstance(data, bool) else data
        if not isinstance(text, str) or not re.fullmatch(r"(?:[0-9]{3})?", text, re.ASCII):
            self.fail("operator_code")
        return text

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field(OpenApiTypes.TIME)
class ClockTime(serializers.Field[time, Any, str, time]):
    """`09:00` or `09:00:00`: a time of the day by the clock on the client's wall."""

    default_error_messages = {"clock": _("Write a time of the day such as 09:00.")}

    def to_internal_value(self, data: Any) -> time:
        found = _clock.fullmatch(data.strip()) if isinstance(data, str) else None
        if found is None:
            self.fail("clock")
        hour, minute, second = (int(part or 0) for part in found.groups())
        return time(hour, minute, second)

    def to_representation(self, value: time) -> str:
        return value.isoformat()


class Instant(Moment):
    """A moment; without an offset it is the wall clock of the instance's zone (TIME_ZONE, UTC unless set)."""

    def _zone_name(self) -> str:
        return str(settings.TIME_ZONE)


class ClientShape(Shape):
    """Somebody who may be written to. `operator_code` is the second to the fourth digit of the phone; one that differs
    from that is refused."""

    id = Integer(read_only=True)
    phone = Phone()
    operator_code = OperatorCode(required=False)
    tag = SingleLineText(max_length=100, required=False, allow_blank=True)
    timezone = Timezone(required=False, help_text="IANA; UTC unless given.")
    opted_out_at = Moment(read_only=True, allow_null=True)
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)


class ClientFilter(Shape):
    """The query string of the list of clients; what is empty asks for nothing."""

    phone = SingleLineText(required=False, allow_blank=True)
    tag = SingleLineText(required=False, allow_blank=True)
    operator_code = OperatorCode(required=False)
    timezone = SingleLineText(required=False, allow_blank=True)


class MailerShape(Shape):
    """A mailing. A time without an offset is the wall clock of the instance's zone. `tag` and `operator_code` choose
    clients that fit both; empty, or left out, they ask for nothing. The window is by each client's own clock: its start
    belongs to it, its end does not, an end before its start means over midnight, equal bounds mean the whole day; give
    both or neither. `weekdays` are those on which it opens, Monday 1 to Sunday 7; all of them unless given.

    `id`, `state`, `counts`, `version` and the times of change are read-only and ignored in a body.
    """

    id = Integer(read_only=True)
    start = Instant()
    finish = Instant()
    content = Text(max_length=LONGEST_CONTENT)
    tag = SingleLineText(max_length=100, required=False, allow_blank=True)
    operator_code = OperatorCode(required=False)
    window_start = ClockTime(required=False, allow_null=True)
    window_end = ClockTime(required=False, allow_null=True)
    weekdays = serializers.ListField(child=Integer(min_value=1, max_value=7), required=False, max_length=7)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    version = Integer(read_only=True)
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The row keeps its weekdays as bits."""
        fields = [field for field in self._readable_fields if field.field_name != "weekdays"]
        shown = {str(field.field_name): _shown(field, instance) for field in fields}
        return {**shown, "weekdays": sorted(weekdays_of(instance.weekdays))}

    def validate_weekdays(self, value: list[int]) -> list[int]:
        if not value or len(set(value)) != len(value):
            raise serializers.ValidationError(_("Name each day of the week once, and at least one."))
        return value


def _shown(field: Any, instance: Any) -> Any:
    value = field.get_attribute(instance)
    return None if value is None else field.to_representation(value)


class MailerFilter(Shape):
    """The query string of the list of mailings; what is empty asks for nothing."""

    state = serializers.ChoiceField(choices=State.choices, required=False)
    tag = SingleLineText(required=False, allow_blank=True)


class MessageShape(Shape):
    """What one client gets of one mailing. `due_at` is when it is looked at again, `reason` why it is where it is,
    `answer` what the sender said last."""

    id = Integer(read_only=True)
    mailer = Integer(source="mailer_id", read_only=True)
    client = Integer(source="client_id", read_only=True)
    status = serializers.ChoiceField(choices=MessageState.choices, source="state", read_only=True)
    reason = serializers.ChoiceField(choices=Reason.choices, read_only=True)
    attempts = Integer(read_only=True)
    answer = serializers.CharField(read_only=True)
    due_at = Moment(read_only=True, allow_null=True)
    created_at = Moment(read_only=True)
    sent_at = Moment(read_only=True, allow_null=True)


class MessageFilter(Shape):
    """The query string of the list of messages."""

    mailer = Integer(required=False)
    client = Integer(required=False)
    status = serializers.ChoiceField(choices=MessageState.choices, required=False)
    reason = SingleLineText(required=False)


class CountsShape(Shape):
    """How many messages are in each state, also where that is none; `total` is their sum."""

    queued = Integer(read_only=True)
    deferred = Integer(read_only=True)
    sending = Integer(read_only=True)
    sent = Integer(read_only=True)
    failed = Integer(read_only=True)
    expired = Integer(read_only=True)
    suppressed = Integer(read_only=True)
    cancelled = Integer(read_only=True)
    total = Integer(read_only=True)


class StatShape(CountsShape):
    """The numbers of one mailing."""

    mailer = Integer(read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    start = Moment(read_only=True)
    finish = Moment(read_only=True)


class StatFilter(Shape):
    """`deleted=true` adds the mailings that were deleted: what they sent was sent."""

    deleted = serializers.BooleanField(required=False, default=False)


class FailureShape(Shape):
    """How many messages are in a state for a reason."""

    status = serializers.ChoiceField(choices=MessageState.choices, read_only=True)
    reason = serializers.ChoiceField(choices=Reason.choices, read_only=True)
    number = Integer(read_only=True)


class MinuteShape(Shape):
    """What was done in one minute."""

    at = Moment(read_only=True)
    sent = Integer(read_only=True)
    failed = Integer(read_only=True)


class DetailFilter(Shape):
    """`status` chooses among the messages."""

    status = serializers.ChoiceField(choices=MessageState.choices, required=False)


class DetailShape(StatShape):
    """The numbers of one mailing, why its messages are where they are, what was done in the last hours, and a page of
    its messages; `next` is the path of the page after it."""

    reasons = FailureShape(many=True, read_only=True)
    minutes = MinuteShape(many=True, read_only=True)
    messages = MessageShape(many=True, read_only=True)
    next = serializers.CharField(read_only=True, allow_null=True)
