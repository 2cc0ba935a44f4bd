"""Rows of who is told by webhook of what happens in a project, or in all of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.engine.delivery.public import LONGEST_URL
from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7


class Hook(models.Model):
    """An address that hears the `events` (empty: all) of a project, or of all without one.

    Its secret is kept nowhere: `seed` stands for it, `old_seed` for the one before, which signs as well until
    `old_until`. It belongs to its project and outlives it for a day, since it hears of the end as well (`ended_at`);
    `person` is who entered it. `off_at` says since when nothing is sent, `because` why.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(
        "projects.Project",
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="hooks",
        verbose_name=_("project"),
        db_constraint=False,
    )
    url = models.CharField(_("address"), max_length=LONGEST_URL)
    note = models.CharField(_("what it is for"), max_length=255, blank=True)
    events = models.JSONField(_("events"), default=list, blank=True)
    seed = models.CharField(max_length=64, editable=False)
    old_seed = models.CharField(max_length=64, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)
    person = models.UUIDField(_("entered by"), null=True, editable=False)
    off_at = models.DateTimeField(_("off since"), null=True, editable=False)
    because = models.CharField(_("reason"), max_length=500, blank=True, editable=False)
    ended_at = models.DateTimeField(_("project deleted"), null=True, editable=False)
    created_at = models.DateTimeField(_("entered"), default=now, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.note or self.pk}"

    @property
    def enabled(self) -> bool:
        return self.off_at is None

    @property
    def subject(self) -> str:
        """What its deliveries are about."""
        return f"projects.hook:{self.pk}"

    def hears(self, kind: str) -> bool:
        """Was this kind (`task.created`) asked for?"""
        return not self.events or kind in self.events
