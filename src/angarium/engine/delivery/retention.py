"""Ends that no worker wrote, and letting go of what ended long ago."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from angarium.engine.ledger.public import TERMINAL, Operation
from angarium.engine.ledger.public import State as Work

from .errors import Overtaken
from .models import Delivery, DeliveryStep, Provider
from .moves import move
from .states import OPEN, State


def end_abandoned(*, batch: int = 500) -> int:
    """End open deliveries whose operation has ended without them: it was cancelled as an operation, or its workers
    died until its attempts were spent. Returns how many."""
    ended, last = 0, UUID(int=0)
    while rows := list(Delivery.objects.filter(state__in=OPEN, id__gt=last).order_by("id")[:batch]):
        last = rows[-1].id
        ended += _end(rows)
    return ended


def _end(rows: Iterable[Delivery]) -> int:
    waiting = {row.operation: row for row in rows if row.operation}
    gone = 0
    for operation in Operation.objects.filter(id__in=waiting, state__in=TERMINAL):
        to = State.CANCELLED if operation.state == Work.CANCELLED else State.FAILED
        try:
            with transaction.atomic():
                move(waiting[operation.id], to, because=operation.message or "Its operation ended without it.")
        except Overtaken:
            continue
        gone += 1
    return gone


def prune(before: datetime, *, batch: int = 500) -> int:
    """Delete deliveries that were asked for before `before` and have ended, with their timelines; returns how many."""
    old = Delivery.objects.filter(created_at__lt=before).exclude(state__in=OPEN).order_by("id")
    gone = 0
    while ids := list(old.values_list("id", flat=True)[:batch]):
        with transaction.atomic():
            DeliveryStep.objects.filter(delivery__in=ids).delete()
            gone += Delivery.objects.filter(id__in=ids).delete()[0]
    return gone


def forget_providers(before: datetime) -> int:
    """Delete what is known of single hosts that nothing has changed about since then; returns how many."""
    rows = Provider.objects.filter(name__contains=" ", changed_at__lt=before)
    return rows.filter(open_until__isnull=True).delete()[0] + rows.filter(open_until__lt=before).delete()[0]
