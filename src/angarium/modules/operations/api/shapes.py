"""What operations look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from angarium.engine.api.public import Integer, Moment, Shape, SingleLineText
from angarium.engine.ledger.public import Operation, State, Transition
from angarium.modules.operations.progress import Eta, percent

from .fields import Json, JsonObject

#: How many lines of its history come with an operation, the newest ones.
LINES = 500


class Progress(serializers.Serializer[Any]):
    """`done` of `total` in this unit; `total` is null when it is not known."""

    done = serializers.FloatField(source="progress_done", allow_null=True)
    total = serializers.FloatField(source="progress_total", allow_null=True)
    unit = serializers.CharField(source="progress_unit")


class ProgressNow(Progress):
    """The same, and when a running operation will probably be done: by its own rate, else as the median of what others
    of its kind took (`eta_late`: nine of ten). Null where nothing is known."""

    percent = serializers.SerializerMethodField()
    eta = serializers.SerializerMethodField()
    eta_late = serializers.SerializerMethodField()

    def get_percent(self, operation: Operation) -> float | None:
        return percent(operation.progress_done, operation.progress_total)

    def get_eta(self, operation: Operation) -> datetime | None:
        eta = self._eta(operation)
        return eta.at if eta else None

    def get_eta_late(self, operation: Operation) -> datetime | None:
        eta = self._eta(operation)
        return eta.late if eta else None

    def _eta(self, operation: Operation) -> Eta | None:
        found: Eta | None = self.context.get("expected", {}).get(operation.id)
        return found


class TransitionShape(serializers.ModelSerializer[Transition]):
    """One line of the history. `verdict` is `late` for what arrived after something newer."""

    progress = Progress(source="*")
    metadata, output, error = Json(read_only=True), Json(read_only=True), Json(read_only=True)

    class Meta:
        model = Transition
        fields = (
            "epoch", "seq", "state", "stage", "progress", "message", "metadata", "output", "error", "worker",
            "event_id", "verdict", "at",
        )  # fmt: skip


class OperationShape(serializers.ModelSerializer[Operation]):
    """Where an operation stands. `name` and `done` are those of a long-running operation (AIP-151); one that succeeded
    has no `error`, one that failed or was cancelled always has."""

    name = serializers.SerializerMethodField()
    done = serializers.SerializerMethodField()
    progress = ProgressNow(source="*")
    metadata = JsonObject(read_only=True)
    error = Json(required=False)

    class Meta:
        model = Operation
        fields = (
            "name", "done", "id", "kind", "state", "stage", "progress", "message", "epoch", "seq", "claims",
            "max_claims", "worker", "metadata", "error", "actor", "event_id", "retry_of", "parent", "created_at",
            "started_at", "updated_at", "finished_at",
        )  # fmt: skip

    def get_name(self, operation: Operation) -> str:
        return f"operations/{operation.id}"

    def get_done(self, operation: Operation) -> bool:
        return not operation.is_open

    def to_representation(self, operation: Operation) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(operation)
        if operation.state == State.SUCCEEDED:
            del shown["error"]
        elif not operation.is_open and not shown["error"]:
            shown["error"] = {"code": operation.state, "message": operation.message}
        return shown


class OperationWithHistory(OperationShape):
    """Where an operation stands, what it was given and what it gave, and how it came there. Once it has succeeded
    `response` is its output, as an object where there is none."""

    input = JsonObject(read_only=True)
    output = Json(read_only=True)
    response = Json(source="output", required=False)
    transitions = serializers.SerializerMethodField()
    earlier_transitions = serializers.SerializerMethodField()

    class Meta(OperationShape.Meta):
        fields = (*OperationShape.Meta.fields, "input", "output", "response", "transitions", "earlier_transitions")  # type: ignore[assignment]

    @extend_schema_field(TransitionShape(many=True))
    def get_transitions(self, operation: Operation) -> list[dict[str, Any]]:
        """In the order of (epoch, seq), of a long history the last ones."""
        rows = operation.transitions.order_by("-epoch", "-seq")[:LINES]
        return list(TransitionShape(list(reversed(rows)), many=True).data)

    def get_earlier_transitions(self, operation: Operation) -> int:
        """How many there are before those."""
        return max(0, operation.transitions.count() - LINES)

    def to_representation(self, operation: Operation) -> dict[str, Any]:
        shown = super().to_representation(operation)
        if operation.state != State.SUCCEEDED:
            del shown["response"]
        elif shown["response"] is None:
            shown["response"] = {}
        return shown


class NewOperation(Shape):
    """Work for a service. The `kind` is the name of a type of task; asked twice with one `key` it is one operation."""

    kind = SingleLineText(max_length=100)
    input = JsonObject(required=False)
    key = SingleLineText(max_length=200, required=False)
    run_at = Moment(required=False)
    metadata = JsonObject(required=False)


class Because(Shape):
    """Why, for whoever reads the history."""

    because = SingleLineText(max_length=500, required=False, allow_blank=True)


class OperationFilter(Shape):
    """The query string of the list. `created_before` itself is no more among them."""

    kind = SingleLineText(max_length=200, required=False)
    state = serializers.ChoiceField(choices=State.choices, required=False)
    stage = SingleLineText(max_length=100, required=False)
    worker = SingleLineText(max_length=200, required=False)
    retry_of = serializers.UUIDField(required=False)
    parent = serializers.UUIDField(required=False)  # type: ignore[assignment]
    created_after = Moment(required=False)
    created_before = Moment(required=False)


class Patience(Shape):
    """The query string of one operation: `wait=30s` answers when it has ended, or after that time."""

    wait = serializers.RegexField(r"^([0-9]|[1-5][0-9]|60)s?$", required=False)


class SpanShape(serializers.Serializer[Any]):
    """A stretch of time in which it waited, ran or was paused. Without `ended_at` it goes on."""

    phase = serializers.ChoiceField(choices=["waiting", "running", "paused"])
    state = serializers.CharField()
    attempt = Integer()
    retry = serializers.BooleanField()
    stage = serializers.CharField()
    worker = serializers.CharField()
    started_at = Moment()
    ended_at = Moment(allow_null=True)
    seconds = serializers.FloatField()


class ShareShape(serializers.Serializer[Any]):
    """Seconds of one stage or one worker."""

    name = serializers.CharField()
    waiting = serializers.FloatField()
    running = serializers.FloatField()
    paused = serializers.FloatField()


class TimelineShape(serializers.Serializer[Any]):
    """The course of an operation, with the sums of its spans in seconds."""

    operation = serializers.UUIDField()
    spans = SpanShape(many=True)
    waiting = serializers.FloatField()
    running = serializers.FloatField()
    paused = serializers.FloatField()
    stages = ShareShape(many=True)
    workers = ShareShape(many=True)
