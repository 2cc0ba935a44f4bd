"""What deliveries and suppressions look like over HTTP. Neither text nor context is shown: they may hold a secret."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from angarium.engine.api.public import Shape, SingleLineText

from .channels import CHANNELS
from .models import Delivery, Suppression
from .seeing import delivery_timeline
from .states import State


class DeliveryStepShape(serializers.Serializer[Any]):
    """One line of a timeline: a move, why, at which attempt, and what the provider said."""

    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=State.choices)
    because = serializers.CharField()
    attempt = serializers.IntegerField()
    answer = serializers.CharField()


class DeliveryShape(serializers.ModelSerializer[Delivery]):
    """Where a message stands. `recipient` is the kind and id of whom it is for."""

    recipient = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (
            "id", "channel", "key", "template", "subject", "topic", "recipient", "recipient_name", "person", "address",
            "urgent", "not_before", "not_after", "state", "because", "due_at", "attempts", "provider_id", "operation",
            "event_id", "created_at", "sent_at",
        )  # fmt: skip

    def get_recipient(self, delivery: Delivery) -> str:
        return f"{delivery.recipient_kind}:{delivery.recipient_id}"


class DeliveryWithTimeline(DeliveryShape):
    """Where a message stands, and how it came there."""

    timeline = serializers.SerializerMethodField()

    class Meta(DeliveryShape.Meta):
        fields = (*DeliveryShape.Meta.fields, "timeline")  # type: ignore[assignment]

    def get_timeline(self, delivery: Delivery) -> list[dict[str, Any]]:
        return list(DeliveryStepShape(delivery_timeline(delivery.id), many=True).data)


class DeliveryFilter(Shape):
    """The query string of the list. `recipient` is written `student:7`."""

    subject = SingleLineText(required=False, max_length=200)
    state = serializers.ChoiceField(choices=State.choices, required=False)
    channel = serializers.ChoiceField(choices=sorted(CHANNELS), required=False)
    recipient = SingleLineText(required=False, max_length=151)


class SuppressionShape(serializers.ModelSerializer[Suppression]):
    """An address that is not written to."""

    class Meta:
        model = Suppression
        fields = ("id", "channel", "address", "topic", "because", "by", "at")


class NewSuppression(Shape):
    """Whom not to write to: on a `topic`, on `*` (every topic), or not at all without one."""

    channel = serializers.ChoiceField(choices=sorted(CHANNELS))
    address = SingleLineText(max_length=320)
    topic = SingleLineText(max_length=100, required=False, default="")
    because = SingleLineText(max_length=500)


class SuppressionFilter(Shape):
    """The query string of the list."""

    channel = serializers.ChoiceField(choices=sorted(CHANNELS), required=False)
    address = SingleLineText(required=False, max_length=320)
