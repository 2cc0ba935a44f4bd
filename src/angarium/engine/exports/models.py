"""One row per export that somebody asked for."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.engine.ledger.public import State
from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7


class Format(models.TextChoices):
    XLSX = "xlsx", "Excel (.xlsx)"
    CSV = "csv", "CSV (.csv)"


class Export(models.Model):
    """`asker` is who asked (`person:<id>`), by `token` if by one; `ended` is the state that it ended in, and empty
    while its operation is open. `same` is what is asked for, while it is open: whoever asks for the same gets this row.
    `seat` numbers what an asker has open at once. `extent` is what the asker could read when the file was built.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dataset = models.CharField(max_length=100)
    format = models.CharField(max_length=8, choices=Format.choices)
    filters = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    email = models.CharField(max_length=254, blank=True)
    asker = models.CharField(max_length=60)
    person = models.UUIDField(null=True)
    token = models.UUIDField(null=True)
    is_open = models.BooleanField(default=False)
    language = models.CharField(max_length=10)
    timezone = models.CharField(max_length=64)
    site = models.CharField(max_length=200, blank=True)
    same = models.CharField(max_length=64, null=True, unique=True)
    seat = models.PositiveSmallIntegerField(null=True)
    operation = models.UUIDField(null=True)
    ended = models.CharField(max_length=12, blank=True)
    because = models.CharField(max_length=1000, blank=True)
    rows = models.BigIntegerField(null=True)
    total = models.BigIntegerField(null=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    extent = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now)
    snapshot_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    #: What its operation says, where the query asked (`seeing`).
    at_work: str | None = None
    progress_done: float | None = None
    progress_total: float | None = None
    begun_at: datetime | None = None
    stage: str | None = None
    said: str | None = None

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints: ClassVar = [models.UniqueConstraint(fields=["asker", "seat"], name="exports_export_seat")]
        indexes: ClassVar = [
            models.Index(fields=["asker", "id"], name="exports_export_asker"),
            models.Index(fields=["expires_at"], condition=~models.Q(file=""), name="exports_export_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.format} {self.id}"

    @property
    def state(self) -> str:
        """Where it stands, in the words of the ledger. An open row whose operation was forgotten has failed."""
        return self.ended or self.at_work or State.FAILED

    @property
    def name(self) -> str:
        """What the file is called where it is saved."""
        return f"{self.dataset.replace('.', '-')}-{self.created_at:%Y%m%d-%H%M%S}.{self.format}"

    def has_file(self, at: datetime) -> bool:
        """Is there a file that may still be handed out?"""
        return bool(self.file) and self.revoked_at is None and self.expires_at is not None and at < self.expires_at


def key_of(export: UUID, epoch: int, format: str) -> str:
    """What the storage calls the file that the worker of this epoch makes: no two of them write to one."""
    return f"{export}.{epoch}.{format}"
