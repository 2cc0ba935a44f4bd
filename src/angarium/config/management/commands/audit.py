"""`angarium audit`: is anything lost?"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from angarium.engine.console.public import EXPLANATIONS, last_look, look
from angarium.engine.observability.public import logs_aside


class Command(BaseCommand):
    help = "Compares the two logs and the ledger's side tables. Exit code 0: all is accounted for; 1: something is not."

    def handle(self, *args: Any, **options: Any) -> None:
        with logs_aside():
            last = last_look()
            found = look(last.position if last else None)
        for code, number in sorted(found.numbers.items()):
            self.stdout.write(f"{number}\t{EXPLANATIONS[code]}\t{' '.join(found.examples[code])}")
        if found.lost:
            sys.exit(1)
        self.stdout.write(f"All is accounted for, events up to position {found.position}.")
