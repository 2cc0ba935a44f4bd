"""One row per message, person and channel, with a precise state; its timeline; who is not written to; providers."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

from .channel import Attachment, Recipient
from .quiet import QuietHours
from .states import OPEN, State


class AbstractDelivery(models.Model):
    """A message to one person through one channel. (channel, key) is unique: asked twice it is sent once.

    `subject` is what it is about (`lessons.lesson:7`), `because` why it is where it is, `due_at` until when it is
    deferred, `slot` when its provider's rate lets it go.
    """

    State = State

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=50)
    key = models.CharField(max_length=300)
    template = models.CharField(max_length=200)
    subject = models.CharField(max_length=200, blank=True)
    topic = models.CharField(max_length=100, blank=True)
    context = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    attachments = models.JSONField(default=list)
    recipient_kind = models.CharField(max_length=50)
    recipient_id = models.CharField(max_length=100)
    recipient_name = models.CharField(max_length=255, blank=True)
    person = models.UUIDField(null=True)
    address = models.CharField(max_length=320, blank=True)
    language = models.CharField(max_length=10, default="ru")
    timezone = models.CharField(max_length=64, default="UTC")
    quiet = models.CharField(max_length=11, blank=True)
    urgent = models.BooleanField(default=False)
    not_before = models.DateTimeField(null=True)
    not_after = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(null=True)
    slot = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    because = models.CharField(max_length=1000, blank=True)
    provider_id = models.CharField(max_length=300, blank=True)
    operation = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "key"], name="%(app_label)s_%(class)s_once"),
        ]

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
            person=self.person,
            quiet=QuietHours.parse(self.quiet),
        )

    @property
    def enclosed(self) -> tuple[Attachment, ...]:
        return tuple(Attachment(**one) for one in self.attachments)


class Delivery(AbstractDelivery):
    """A message of the instance's own."""

    class Meta(AbstractDelivery.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes: ClassVar = [
            models.Index(fields=["subject", "id"], name="delivery_delivery_subject"),
            models.Index(fields=["recipient_kind", "recipient_id", "id"], name="delivery_delivery_recipient"),
            models.Index(fields=["person", "id"], condition=Q(person__isnull=False), name="delivery_delivery_person"),
            models.Index(fields=["state", "id"], condition=Q(state__in=sorted(OPEN)), name="delivery_delivery_open"),
        ]


class DeliveryStep(models.Model):
    """One line of a delivery's timeline; never changed. `delivery` may be a row of any table made of
    AbstractDelivery, hence no foreign key. `answer` is what the provider said."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.UUIDField()
    at = models.DateTimeField(default=now)
    state = models.CharField(max_length=12, choices=State.choices)
    because = models.CharField(max_length=1000, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["delivery", "id"], name="delivery_step_of")]

    def __str__(self) -> str:
        return f"{self.delivery} {self.state}: {self.because}"


class Suppression(models.Model):
    """An address that is not written to. `topic` is a kind of message, `*` every kind that one can unsubscribe from,
    empty everything: the address is dead."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=50)
    address = models.CharField(max_length=320)
    topic = models.CharField(max_length=100, blank=True)
    because = models.CharField(max_length=1000)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "address", "topic"], name="delivery_suppression_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.address} {self.topic or '-'}"


class Provider(models.Model):
    """What all workers share about a provider: its circuit, and when its rate lets the next message go.

    `slot` counts microseconds since 1970, so that one UPDATE can reckon with it on every database.
    """

    name = models.CharField(max_length=50, primary_key=True)
    slot = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    openings = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    because = models.CharField(max_length=1000, blank=True)
    changed_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.name}: {self.failures} failures"
