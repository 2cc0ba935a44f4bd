"""How far each schedule has been worked through."""

from django.db import models


class Schedule(models.Model):
    """The last slot of a scheduled task for which an operation was started."""

    task = models.CharField(max_length=200, primary_key=True)
    last_slot = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.task} up to {self.last_slot:%Y-%m-%d %H:%M}"
