"""How services get work and keep it: claim one, fetch what is due, renew leases. All of it needs a token."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import BearerToken, View
from angarium.engine.ledger.public import Claim
from angarium.modules.operations import actions

from .claim_shapes import (
    Claims,
    ClaimShape,
    HeldLeases,
    LeaseShape,
    LeaseTerms,
    NewClaim,
    NewClaims,
    RenewalShape,
)


class ByToken(View):
    """A route of services: a session or the open form is not enough. Nor is it counted how often they ask, since who
    cannot renew its leases in time loses its work; they are limited by what there is to do."""

    scope = "operations:report"
    authentication_classes, throttle_classes = (BearerToken,), ()
    answers_with: ClassVar[dict[str, int]] = {"POST": 200}


class ClaimOne(ByToken):
    """Claim one operation for a while. Not claimable (409) is what runs, has ended, is paused or not due yet."""

    shows, reads = ClaimShape, NewClaim

    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        claim, seconds = actions.claim_operation(id, by=self.principal, **self.read())
        return Response(ClaimShape(_members(claim, seconds)).data)


class ClaimDue(ByToken):
    """Claim what is due of some kinds that have no queue, for services that no broker calls."""

    shows, reads = Claims, NewClaims

    def post(self, request: Request) -> HttpResponseBase:
        claims, seconds = actions.claim_due_operations(by=self.principal, **self.read())
        return Response({"claims": ClaimShape([_members(one, seconds) for one in claims], many=True).data})


class Lease(ByToken):
    """Keep an operation for longer. 409 `lease_lost`, with the head, says that the work is somebody else's now."""

    shows, reads = LeaseShape, LeaseTerms

    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        until = actions.renew_lease(id, by=self.principal, **self.read())
        return Response(LeaseShape({"lease_until": until}).data)


class Leases(ByToken):
    """Keep many operations for longer."""

    shows, reads = RenewalShape, HeldLeases

    def post(self, request: Request) -> HttpResponseBase:
        asked = self.read()
        leases = [(one["operation"], one["epoch"]) for one in asked["leases"]]
        renewal = actions.renew_leases(leases, by=self.principal, lease_seconds=asked["lease_seconds"])
        return Response(RenewalShape(renewal).data)


def _members(claim: Claim, seconds: int) -> dict[str, Any]:
    return {**{one.name: getattr(claim, one.name) for one in dataclasses.fields(claim)}, "lease_seconds": seconds}
