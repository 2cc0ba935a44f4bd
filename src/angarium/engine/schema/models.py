"""How far a migration of data has come, so that it goes on where it was stopped."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Backfill(models.Model):
    """Rows of a table up to `position`, the text of a primary key, have been changed; all of them when `done`. A line
    stands here until its migration is recorded."""

    id = models.BigAutoField(primary_key=True)
    app = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    backwards = models.BooleanField(default=False)
    position = models.TextField(blank=True)
    rows = models.BigIntegerField(default=0)
    done = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["app", "name", "backwards"], name="schema_backfill_once")
        ]

    def __str__(self) -> str:
        return f"{self.app}.{self.name}: {self.rows}"
