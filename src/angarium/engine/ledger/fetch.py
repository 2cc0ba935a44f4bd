"""Fetching: claiming what is due of some kinds, for services that no broker calls."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

from .claim import Claim, claim, claim_digest, claim_held
from .errors import NoOperation, NotClaimable
from .fresh import claim_fresh
from .kinds import kind_named
from .models import Due


def claim_due(kinds: Collection[str], *, worker: str, lease_seconds: float, limit: int, key: str = "") -> list[Claim]:
    """Claim at most `limit` operations of these kinds that are due, the longest waiting first.

    With a `key` that was used before: what it was given then, as far as it is still held and nothing was reported.
    UnknownKind, and Invalid for a kind that a broker calls for.
    """
    for name in kinds:
        if kind_named(name).queue:
            raise Invalid(f"{name} is called for through the queue {kind_named(name).queue}.", field="kinds")
    claim_key = claim_digest(worker, key)
    if claim_key and (held := _held(claim_key, lease_seconds)):
        return held
    ids = _waiting(kinds, limit)
    terms = {"worker": worker, "lease_seconds": lease_seconds}
    claims = claim_fresh(ids, claim_key=claim_key, **terms)  # type: ignore[arg-type]
    for id in set(ids) - {one.operation for one in claims}:
        try:
            claims.append(claim(id, key=key, **terms))  # type: ignore[arg-type]
        except (NotClaimable, NoOperation):
            continue
    return claims


def _waiting(kinds: Collection[str], limit: int) -> list[UUID]:
    due = Q(due_at__lte=now()) | Q(publishes__gt=0)
    rows = Due.objects.filter(due, queue="", claimed=False, kind__in=kinds, due_at__isnull=False)
    return list(rows.order_by("since").values_list("pk", flat=True)[:limit])


def _held(claim_key: str, lease_seconds: float) -> list[Claim]:
    ids = Due.objects.filter(claim_key=claim_key, claimed=True).values_list("pk", flat=True)
    held = (claim_held(id, claim_key, lease_seconds) for id in ids)
    return [one for one in held if one is not None]
