"""`angarium doctor`: is anything set so that work gets lost, doubled or late?"""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from angarium.config.doctor.check import checks
from angarium.config.doctor.examination import examine
from angarium.config.doctor.telling import as_json, as_text
from angarium.engine.observability.public import logs_aside


class Command(BaseCommand):
    help = (
        "Looks at settings, broker, database and processes. Exit code 0: nothing found; 1: something; 2: it could not "
        "look somewhere. Each code is explained in docs/reference/doctor.md."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings for programs, and nothing else")
        parser.add_argument("--skip", action="append", default=[], metavar="CODE", help="leave this check out")

    def handle(self, *args: Any, **options: Any) -> None:
        skip = {code.upper() for code in options["skip"]}
        if unknown := skip - {check.code for check in checks()}:
            raise CommandError(
                f"There is no check {', '.join(sorted(unknown))}; docs/reference/doctor.md has them all."
            )
        with logs_aside():
            report = examine(skip | set(settings.SILENCED_SYSTEM_CHECKS))
        tell = as_json if options["json"] else as_text
        self.stdout.write(tell(report.findings, report.looked, report.exit_code), ending="")
        self.stdout.flush()
        sys.exit(report.exit_code)
