"""What one is told and how: one's choices, and the ledger of a task's reminders."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request

from angarium.engine.api.public import BareList, Boolean, Integer, ListView, Moment, Shape, View
from angarium.modules.projects.choices import Reason, Way, Wishes
from angarium.modules.projects.choosing import choose, person_of, wishes_of
from angarium.modules.projects.due_soon import reminders_of
from angarium.modules.projects.models import Reminder
from angarium.modules.projects.queries import reads_all

#: As many choices as one body may have.
MOST = 5000


class ChoiceShape(Shape):
    """How to tell of one reason; `project` null for all projects that have no choice of their own."""

    project = Integer(min_value=1, max_value=2**31 - 1, allow_null=True)
    reason = serializers.ChoiceField(choices=Reason.choices)
    way = serializers.ChoiceField(choices=Way.choices)


class ChoicesShape(Shape):
    """`hour` is that of the daily letter by your own clock. PUT puts these `choices` in the place of all others; hour
    and own changes stay when they are left out. Without a choice: assigned, commented, due_soon and summary by email,
    status in the digest."""

    hour = Integer(min_value=0, max_value=23, required=False)
    own_changes = Boolean(required=False)
    choices = ChoiceShape(many=True)

    def validate_choices(self, choices: list[Any]) -> list[Any]:
        if len(choices) > MOST:
            raise serializers.ValidationError(f"{MOST} choices at most.")
        return choices


class TaskReminderShape(Shape):
    """One reminder. `person` is null for an address; addresses are shown to those who see all projects."""

    id = Integer(read_only=True)
    kind = serializers.CharField(read_only=True)
    person = serializers.UUIDField(read_only=True)
    address = serializers.SerializerMethodField()
    due_at = Moment(read_only=True)
    due_version = Integer(read_only=True)
    state = serializers.CharField(read_only=True)
    because = serializers.CharField(read_only=True)
    way = serializers.CharField(read_only=True)
    created_at = Moment(read_only=True)
    voided_at = Moment(read_only=True)

    def get_address(self, row: Reminder) -> str:
        return row.to if row.person is None and reads_all(self.context["view"].principal) else ""


class Choices(View):
    """How you want to be told of what happens to your tasks."""

    shows = ChoicesShape

    def get(self, request: Request) -> HttpResponseBase:
        person = person_of(self.principal)
        return self.answer(_shown(wishes_of([person.pk])[person.pk]))

    def put(self, request: Request) -> HttpResponseBase:
        return self.answer(_shown(choose(self.principal, **self.read())))


class Reminders(ListView):
    """Who was reminded that the task is due, of which due date, and why not."""

    shows, paging = TaskReminderShape, BareList()

    def rows(self) -> QuerySet[Reminder]:
        self.query()
        return reminders_of(self.principal, self.kwargs["id"])


def _shown(wishes: Wishes) -> dict[str, Any]:
    chosen = sorted(wishes.chosen.items(), key=lambda one: (one[0][0] or 0, one[0][1]))
    choices = [{"project": project, "reason": reason, "way": way} for (project, reason), way in chosen]
    return {"hour": wishes.hour, "own_changes": wishes.own_changes, "choices": choices}
