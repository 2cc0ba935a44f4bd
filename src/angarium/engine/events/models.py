"""The event log's rows: facts in the order in which the relay saw them committed."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q

from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7


def new_generation() -> str:
    return secrets.token_hex(8)


class Event(models.Model):
    """One fact, inserted by the transaction that made it true. `position` is empty until the relay has seen it."""

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    type = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    subject_version = models.PositiveBigIntegerField(null=True)
    data = models.JSONField()
    actor = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=now)
    position = models.BigIntegerField(null=True, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "subject_version", "type"],
                condition=Q(subject_version__isnull=False),
                name="events_event_once_per_version",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "id"], name="events_event_subject"),
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="events_event_unstamped"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class LogPosition(models.Model):
    """The last position given out in a log. Locked while stamping: two relays are slow together, never wrong.

    Positions of one generation can be compared. A database that was restored from a copy begins another one.
    """

    log = models.CharField(max_length=20, primary_key=True)
    value = models.BigIntegerField(default=0)
    generation = models.CharField(max_length=32, default=new_generation)

    def __str__(self) -> str:
        return f"{self.log} {self.value}"
