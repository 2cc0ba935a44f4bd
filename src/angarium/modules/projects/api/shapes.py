"""What projects, tasks and comments look like over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from rest_framework import serializers

from angarium.engine.api.public import Integer, Moment, Shape, SingleLineText, Text
from angarium.modules.projects.lifecycle import Role, Status

#: As much as a description or a comment may hold.
LONGEST_TEXT = 100_000


class Due(Moment):
    """When a task is due. Without an offset it is UTC."""

    def _in_zone(self, local: datetime) -> datetime:
        return local.replace(tzinfo=UTC)


class ProjectShape(Shape):
    """A project. `id` and both times are read-only and ignored in a body."""

    id = Integer(read_only=True)
    name = SingleLineText()
    description = Text(required=False, allow_blank=True, allow_null=True, max_length=LONGEST_TEXT)
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)


class ProjectFilter(Shape):
    """The query string of the list; `q` is a part of the name."""

    q = SingleLineText(required=False, allow_blank=True)


class ProjectTaskShape(Shape):
    """A task of a project. `due_date` is shown in UTC, and read in UTC where it names no offset."""

    id = Integer(read_only=True)
    project = Integer(min_value=1, source="project_id")
    title = SingleLineText()
    description = Text(required=False, allow_blank=True, allow_null=True, max_length=LONGEST_TEXT)
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)
    due_date = Due()


class TaskFilter(Shape):
    """The query string of the list; `q` is a part of the title; tasks due at `due_from` or later, before `due_to`."""

    project = Integer(required=False)
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    assignee = serializers.UUIDField(required=False)
    q = SingleLineText(required=False, allow_blank=True)
    due_from = Due(required=False)
    due_to = Due(required=False)


class CommentShape(Shape):
    """A comment. Its task is that of its address."""

    id = Integer(read_only=True)
    task = Integer(read_only=True, source="task_id")
    author = SingleLineText()
    content = Text(max_length=LONGEST_TEXT)
    created_at = Moment(read_only=True)


class PlaceShape(Shape):
    """Where a card goes: in front of the task `before`, or to the end of the column."""

    status = serializers.ChoiceField(choices=Status.choices)
    before = Integer(min_value=1, required=False, allow_null=True)


class AssignmentShape(Shape):
    """Whose the task is; null for nobody."""

    person = serializers.UUIDField(allow_null=True)


class MemberShape(Shape):
    """Somebody who may see a project, and as what."""

    person = serializers.UUIDField()
    role = serializers.ChoiceField(choices=Role.choices)
