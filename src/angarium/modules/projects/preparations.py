"""Which task was made for which lesson. The lesson lives in another module, perhaps on another machine: here it is a
number."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Preparation(models.Model):
    """One row for each lesson that a task was made for. It stays when the task is taken away, so that nobody makes
    another one."""

    lesson = models.BigIntegerField(_("number of the lesson"), primary_key=True)
    task = models.IntegerField(_("number of the task"), unique=True)

    class Meta:
        verbose_name = _("preparation")
        verbose_name_plural = _("preparations")
        ordering: ClassVar = ["lesson"]

    def __str__(self) -> str:
        return f"{self.lesson}: {self.task}"
