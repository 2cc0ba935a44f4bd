"""How far each schedule has been worked through, and which processes are there."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

#: A process that was not heard of for so long is shown as silent.
SILENT_AFTER = timedelta(seconds=30)


class Schedule(models.Model):
    """The last slot of a scheduled task for which an operation was started."""

    task = models.CharField(max_length=200, primary_key=True)
    last_slot = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.task} up to {self.last_slot:%Y-%m-%d %H:%M}"


class Process(models.Model):
    """A process that works for this instance, by its own word. `busy` counts the messages it has in hand. Of those
    that serve the API the row stays when they end, with `left_at`: for how long nobody did says how long others may
    have been unable to reach us."""

    class Role(models.TextChoices):
        WORKER = "worker", _("worker")
        BEAT = "beat", _("beat")
        RELAY = "relay", _("relay")
        EMBEDDED = "embedded", _("all in one")
        WEB = "web", _("web")
        LIVE = "live", _("live")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.CharField(max_length=12, choices=Role.choices)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=50)
    queues = models.JSONField(default=list)
    concurrency = models.PositiveIntegerField(default=0)
    busy = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    left_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return f"{self.role} {self.host}:{self.pid}"

    @property
    def silent(self) -> bool:
        """Has it not been heard of for too long? Then it was killed, is stuck, or cannot reach the database."""
        return now() - self.seen_at > SILENT_AFTER
