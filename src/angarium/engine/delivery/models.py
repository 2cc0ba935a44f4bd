"""One row per message, person and channel, with a precise state."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

from .channel import Recipient


class Delivery(models.Model):
    """A message to one person through one channel. (channel, key) is unique: asked twice it is sent once."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=50)
    key = models.CharField(max_length=300)
    template = models.CharField(max_length=200)
    subject = models.CharField(max_length=200, blank=True)
    context = models.JSONField(default=dict)
    recipient_kind = models.CharField(max_length=50)
    recipient_id = models.CharField(max_length=100)
    recipient_name = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=320, blank=True)
    language = models.CharField(max_length=10, default="ru")
    timezone = models.CharField(max_length=64, default="UTC")
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=1000, blank=True)
    operation = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="delivery_delivery_once")]
        indexes = [models.Index(fields=["subject", "id"], name="delivery_delivery_subject")]

    def __str__(self) -> str:
        return f"{self.channel} {self.recipient_kind} {self.recipient_id}: {self.state}"

    @property
    def to(self) -> Recipient:
        return Recipient(
            kind=self.recipient_kind,
            id=self.recipient_id,
            name=self.recipient_name,
            address=self.address,
            language=self.language,
            timezone=self.timezone,
        )
