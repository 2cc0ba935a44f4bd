"""`angarium restored`: this database was restored from a copy."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from angarium.engine.events.public import begin_generation


class Command(BaseCommand):
    help = (
        "Say that this database was restored from a copy: whoever resumes by a position of before loads anew instead."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Positions of before mean nothing any more; the generation is now {begin_generation()}.")
