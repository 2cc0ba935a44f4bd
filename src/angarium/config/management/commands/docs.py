"""`angarium docs`: write the reference pages that are drawn from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from angarium.config.generated import PAGES


class Command(BaseCommand):
    help = "Write the pages of docs/reference that come from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path("docs/reference")
        folder.mkdir(parents=True, exist_ok=True)
        for name, page in PAGES.items():
            (folder / name).write_text(page())
            self.stdout.write(f"wrote {folder / name}")
