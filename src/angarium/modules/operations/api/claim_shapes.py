"""What services send and get that claim work, renew its lease and fetch what is due."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from angarium.engine.api.public import Integer, Moment, Shape, SingleLineText
from angarium.modules.operations.models import LONGEST_LEASE

from .fields import JsonObject

MOST_LEASES, MOST_CLAIMS, MOST_KINDS = 1000, 100, 50


def _lease(**options: Any) -> Integer:
    return Integer(min_value=1, max_value=LONGEST_LEASE, **options)


class NewClaim(Shape):
    """Who wants it, and for how long; without `lease_seconds` for as long as its type says (30 where it says nothing).
    With the same `key` one who never got the answer gets the same claim again."""

    worker = SingleLineText(max_length=200)
    lease_seconds = _lease(required=False)
    key = SingleLineText(max_length=200, required=False)


class NewClaims(NewClaim):
    """The same for at most `limit` operations of these kinds, each of them without a queue."""

    kinds = serializers.ListField(child=SingleLineText(max_length=200), min_length=1, max_length=MOST_KINDS)
    limit = Integer(min_value=1, max_value=MOST_CLAIMS, required=False)


class ClaimShape(serializers.Serializer[Any]):
    """What was claimed. The epoch goes with every report; `attempt` counts claims from 1."""

    operation = serializers.UUIDField()
    kind = serializers.CharField()
    epoch = Integer()
    attempt = Integer()
    max_claims = Integer()
    lease_until = Moment()
    lease_seconds = Integer()
    input = JsonObject()
    metadata = JsonObject()
    stage = serializers.CharField()
    actor = serializers.UUIDField(allow_null=True)
    event_id = serializers.UUIDField(allow_null=True)
    retry_of = serializers.UUIDField(allow_null=True)
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]


class Claims(serializers.Serializer[Any]):
    """The longest waiting first; an empty list when nothing is due."""

    claims = ClaimShape(many=True)


class LeaseTerms(Shape):
    """For how much longer, from now on."""

    epoch = Integer(min_value=1, max_value=2**31 - 1)
    lease_seconds = _lease()


class LeaseShape(serializers.Serializer[Any]):
    lease_until = Moment()


class HeldLease(Shape):
    """One operation that is held, and in which epoch."""

    operation = serializers.UUIDField()
    epoch = Integer(min_value=1, max_value=2**31 - 1)


class HeldLeases(Shape):
    """Many of them; of one that is named twice the newest epoch counts."""

    leases = serializers.ListField(child=HeldLease(), min_length=1, max_length=MOST_LEASES)
    lease_seconds = _lease()


class RenewalShape(serializers.Serializer[Any]):
    """Which are still held, and which are not."""

    held = serializers.ListField(child=serializers.UUIDField())
    lost = serializers.ListField(child=serializers.UUIDField())
