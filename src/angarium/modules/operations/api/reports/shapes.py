"""What reports and their answers look like, for the OpenAPI document; they are read by `wire`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from angarium.engine.ledger.public import State

_kept = {"required": False, "help_text": "Any JSON, at most 64 KiB and 32 deep."}


class ProgressShape(serializers.Serializer[Any]):
    """`done` of `total` in this unit. Within an epoch it never falls."""

    done = serializers.FloatField(min_value=0)
    total = serializers.FloatField(min_value=0, required=False, allow_null=True)
    unit = serializers.CharField(max_length=20, required=False)


class ReportShape(serializers.Serializer[Any]):
    """What the holder of an epoch says. `seq` counts up from 1 within the epoch, gaps are normal; order and arrival in
    time never decide. `metadata` is merged key by key."""

    epoch = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    seq = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    state = serializers.ChoiceField(
        choices=["running", "retrying", "scheduled", "succeeded", "failed", "cancelled"], required=False
    )
    stage = serializers.CharField(max_length=100, required=False)
    progress = ProgressShape(required=False, allow_null=True)
    message = serializers.CharField(max_length=1000, required=False)
    metadata = serializers.DictField(required=False, help_text="At most 64 KiB.")
    output = serializers.JSONField(**_kept)  # type: ignore[arg-type]
    error = serializers.JSONField(**_kept)  # type: ignore[arg-type]
    run_at = serializers.DateTimeField(required=False, allow_null=True, help_text="For `retrying` and `scheduled`.")
    event_id = serializers.UUIDField(required=False, allow_null=True)


class ReportOfShape(ReportShape):
    """The same among reports on many operations."""

    operation = serializers.UUIDField()


class BatchShape(serializers.Serializer[Any]):
    """At most a thousand reports. Those of one operation are taken in the order of (epoch, seq)."""

    transitions = serializers.ListField(child=ReportOfShape(), min_length=1, max_length=1000)


class HeadShape(serializers.Serializer[Any]):
    """Where an operation stands."""

    state = serializers.ChoiceField(choices=State.choices)
    epoch = serializers.IntegerField()
    seq = serializers.IntegerField()


class AnswerShape(serializers.Serializer[Any]):
    """`applied` says whether it changed the head; a repeat says so again."""

    applied = serializers.BooleanField()
    verdict = serializers.ChoiceField(choices=["applied", "late", "repeat"])
    head = HeadShape()


class ResultShape(serializers.Serializer[Any]):
    """What became of one item, with the status that it would have had alone."""

    status = serializers.ChoiceField(choices=[200, 400, 404, 409])
    applied = serializers.BooleanField(required=False)
    verdict = serializers.CharField(required=False)
    head = HeadShape(required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    field = serializers.CharField(required=False, allow_null=True)


class ResultsShape(serializers.Serializer[Any]):
    """One for each item, in their order."""

    results = ResultShape(many=True)
