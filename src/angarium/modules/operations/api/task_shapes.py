"""What the literal tasks look like over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from angarium.engine.api.public import Integer, Shape, SingleLineText
from angarium.modules.operations.lifecycle import Status
from angarium.modules.operations.models import Task

#: Seconds; less than any broker waits for a message to be acknowledged.
LONGEST_PROCESSING = 3600


class NewTask(Shape):
    """A name, and for how many seconds the task is to be processed."""

    name = SingleLineText()
    processing_time = Integer(min_value=0, max_value=LONGEST_PROCESSING)


class TaskId(serializers.Serializer[Any]):
    """What is told of a new task."""

    task_id = serializers.UUIDField()


class TaskShape(serializers.Serializer[Any]):
    """A task. `status` is 1 NEW, 2 PROCESSING, 3 COMPLETED or 4 ERROR."""

    task_id = serializers.UUIDField()
    name = serializers.CharField()
    processing_time = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[(one.value, one.name) for one in Status])


def shown(tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """The same for many, at a tenth of the cost."""
    return [
        {
            "task_id": str(task.id),
            "name": task.name,
            "processing_time": task.processing_time,
            "status": int(task.status),
        }
        for task in tasks
    ]
