"""What operations look like over HTTP."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from angarium.engine.api.public import Shape, SingleLineText
from angarium.engine.ledger.public import Operation, State, Transition


class Progress(serializers.Serializer[Any]):
    """`done` of `total` in any unit; `total` is null when it is not known."""

    done = serializers.FloatField(source="progress_done", allow_null=True)
    total = serializers.FloatField(source="progress_total", allow_null=True)


class TransitionShape(serializers.ModelSerializer[Transition]):
    """One line of the history. `verdict` is `late` for what arrived after something newer."""

    progress = Progress(source="*")

    class Meta:
        model = Transition
        fields = (
            "epoch", "seq", "state", "stage", "progress", "message", "metadata", "output", "error", "worker",
            "verdict", "at",
        )  # fmt: skip


class OperationShape(serializers.ModelSerializer[Operation]):
    """Where an operation stands."""

    progress = Progress(source="*")

    class Meta:
        model = Operation
        fields = (
            "id", "kind", "state", "stage", "progress", "message", "epoch", "seq", "claims", "max_claims", "worker",
            "metadata", "error", "actor", "event_id", "retry_of", "created_at", "updated_at", "finished_at",
        )  # fmt: skip


class OperationWithHistory(OperationShape):
    """Where an operation stands, what it was given and what it gave, and how it came there."""

    transitions = serializers.SerializerMethodField()

    class Meta(OperationShape.Meta):
        fields = (*OperationShape.Meta.fields, "input", "output", "transitions")  # type: ignore[assignment]

    def get_transitions(self, operation: Operation) -> list[dict[str, Any]]:
        """In the order of (epoch, seq)."""
        rows = operation.transitions.order_by("epoch", "seq")
        return list(TransitionShape(rows, many=True).data)


class OperationFilter(Shape):
    """The query string of the list."""

    kind = SingleLineText(required=False)
    state = serializers.ChoiceField(choices=State.choices, required=False)
