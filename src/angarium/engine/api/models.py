"""Answers that were given under an Idempotency-Key."""

from django.db import models

from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7


class IdempotencyKey(models.Model):
    """One answered request. Written in the transaction of its effect: both are there, or neither."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    principal = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    request = models.TextField()
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="api_idempotency_key")]

    def __str__(self) -> str:
        return self.key
