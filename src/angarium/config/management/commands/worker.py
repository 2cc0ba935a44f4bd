"""`angarium worker`: a Celery worker with the relay inside."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from angarium.config.celery import app
from angarium.kernel.checks import OURS


class Command(BaseCommand):
    help = "Run a Celery worker on every queue (or on those of -Q), with the relay as a thread."
    requires_system_checks = (OURS,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("-Q", "--queues", default="")
        parser.add_argument("-c", "--concurrency", type=int, default=4)
        parser.add_argument("-P", "--pool", default="prefork")

    def handle(self, *args: Any, **options: Any) -> None:
        # RabbitMQ lets nobody else have a worker's own queue: two on one machine need two names.
        words = [
            "worker",
            "--hostname",
            f"celery@%h-{os.getpid()}",
            "--loglevel",
            "info",
            "--concurrency",
            str(options["concurrency"]),
            "--pool",
            options["pool"],
            "--without-mingle",
            "--without-gossip",
        ]
        app.worker_main([*words, *(["--queues", options["queues"]] if options["queues"] else [])])
