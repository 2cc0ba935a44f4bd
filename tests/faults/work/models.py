"""The effects that tasks leave in the database."""

from __future__ import annotations

import os
import time

from django.db import models


class Effect(models.Model):
    """One effect. Nothing forbids a second one: that there is none is what the tests show."""

    task = models.CharField(max_length=100)
    operation = models.UUIDField()
    event = models.UUIDField(null=True)
    pid = models.IntegerField(default=os.getpid)
    at = models.FloatField(default=time.monotonic)

    def __str__(self) -> str:
        return f"{self.task} {self.operation}"
