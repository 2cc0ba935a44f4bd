"""`angarium beat`: the schedule."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from angarium.config.celery import app
from angarium.kernel.checks import OURS


class Command(BaseCommand):
    help = "Start an operation for every slot of the schedule. Any number may run."
    requires_system_checks = (OURS,)

    def handle(self, *args: Any, **options: Any) -> None:
        app.start(["beat", "--loglevel", "info", "--pidfile", ""])
