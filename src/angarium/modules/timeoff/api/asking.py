"""What requests, their steps and absences look like over HTTP."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from angarium.engine.api.public import Boolean, Integer, Moment, Shape, Text
from angarium.modules.timeoff.lifecycle import Kind, Status
from angarium.modules.timeoff.queries import Absence

from .fields import Day, Exact
from .shapes import key


class DraftBody(Shape):
    """What of a draft can be written."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    start = Day()
    end = Day()
    minutes = Integer(required=False, allow_null=True)
    comment = Text(required=False, allow_blank=True, max_length=1000)


class RequestBody(DraftBody):
    """What is asked for, from `start` to `end` inclusive; for oneself without an `employee_id`; submitted at once
    unless it is a `draft`. `minutes` a day are for work on a holiday."""

    employee_id = key(required=False)
    draft = Boolean(required=False)


class RequestShape(Shape):
    """A request. `days` is what it takes of the balance."""

    id = Integer(read_only=True)
    employee_id = Integer(read_only=True)
    employee = serializers.CharField(source="employee.name", read_only=True)
    kind = serializers.CharField(read_only=True)
    start = Day(read_only=True)
    end = Day(read_only=True)
    minutes = Integer(read_only=True)
    days = Exact(read_only=True)
    status = serializers.CharField(read_only=True)
    comment = serializers.CharField(read_only=True)
    author = serializers.UUIDField(read_only=True)
    created_at = Moment(read_only=True)
    submitted_at = Moment(read_only=True)
    escalated_at = Moment(read_only=True)
    decided_at = Moment(read_only=True)
    decided_by = serializers.CharField(read_only=True)
    decision = serializers.CharField(read_only=True)
    version = Integer(read_only=True)


class RequestFilter(Shape):
    """The query string of the list: some of the days lie `from` to `to`; `mine` and `to_decide` are what they say."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    employee = key(required=False)
    mine = Boolean(required=False)
    to_decide = Boolean(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own."""
        days = {"from": Day(required=False, source="since"), "to": Day(required=False, source="until")}
        return {**super().get_fields(), **days}


class DecisionBody(Shape):
    """Why, for whoever asked."""

    comment = Text(required=False, allow_blank=True, max_length=1000)


class RequestStepShape(Shape):
    """Who did what with a request, and for which employee they stood in."""

    id = Integer(read_only=True)
    verdict = serializers.CharField(read_only=True)
    person = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    on_behalf_of = Integer(source="on_behalf_of_id", read_only=True)
    comment = serializers.CharField(read_only=True)
    at = Moment(read_only=True)


class CalendarFilter(Shape):
    """The query string of the calendar: its first and its last day."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own."""
        return {"from": Day(source="since"), "to": Day(source="until")}


class AbsenceShape(Shape):
    """Days on which somebody is away, or asked to be. `request` and `kind` are there for who may see the request."""

    employee_id = Integer(read_only=True)
    name = serializers.CharField(read_only=True)
    start = Day(read_only=True)
    end = Day(read_only=True)
    status = serializers.CharField(read_only=True)
    request = Integer(read_only=True)
    kind = serializers.CharField(read_only=True)

    def to_representation(self, instance: Absence) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.request is None:
            del shown["request"], shown["kind"]
        return shown
