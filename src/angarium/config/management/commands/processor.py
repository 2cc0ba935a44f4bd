"""`manage.py processor`: "service B". `angarium processor` is the same, started before Django is loaded."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Take ids of operations from the queue, claim them over HTTP, run their handlers, report over HTTP."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """The words are the processor's own, and nothing of Django's is needed for them."""
        from angarium.processor.worker import main

        main(argv[2:])

    def handle(self, *args: Any, **options: Any) -> None:
        from angarium.processor.worker import main

        main([])
