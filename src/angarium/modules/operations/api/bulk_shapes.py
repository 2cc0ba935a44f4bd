"""What cancelling and retrying of many looks like over HTTP."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from angarium.engine.api.public import Boolean, Integer, Moment, Shape, SingleLineText
from angarium.engine.ledger.public import State


class BulkFilter(Shape):
    """The operations that are meant; at least one of these. `reason` is a part of the reason of a dead letter."""

    kind = SingleLineText(max_length=200, required=False)
    state = serializers.ChoiceField(choices=State.choices, required=False)
    stage = SingleLineText(max_length=100, required=False)
    worker = SingleLineText(max_length=200, required=False)
    created_after = Moment(required=False)
    created_before = Moment(required=False)
    reason = SingleLineText(max_length=200, required=False)


class BulkRequest(Shape):
    """With `preview` they are only counted."""

    filter = BulkFilter()
    preview = Boolean(required=False)
    because = SingleLineText(max_length=500, required=False, allow_blank=True)


class BulkCount(serializers.Serializer[Any]):
    """How many they are now."""

    count = Integer()
