"""`angarium web`: pages and API under granian."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from angarium.config.settings import env
from angarium.engine.observability.public import share_metrics


class Command(BaseCommand):
    help = "Serve pages and API; honours HOST, PORT and WEB_WORKERS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, default=env.integer("WEB_WORKERS", 2, least=1, most=64))
        parser.add_argument("--threads", type=int, default=4)

    def handle(self, *args: Any, **options: Any) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        share_metrics()
        granian = Path(sys.executable).with_name("granian")
        host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000, least=1, most=65535)
        words = [
            "--interface",
            "wsgi",
            "--host",
            host,
            "--port",
            str(port),
            "--workers",
            str(options["workers"]),
        ]
        words += ["--blocking-threads", str(options["threads"]), "--respawn-failed-workers", "--no-ws"]
        os.execv(granian, [str(granian), *words, "angarium.config.web:application"])  # noqa: S606
