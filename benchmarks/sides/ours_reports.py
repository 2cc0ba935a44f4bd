"""Angarium's way in for reports as a fleet runs it: `angarium live`, and `angarium relay` where that is wanted."""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from angarium.engine.identity.public import create_token  # noqa: E402


def seed() -> None:
    """An empty database; the token that may report goes to BENCH_TOKEN."""
    call_command("migrate", verbosity=0)
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        file.write(create_token("bench", ["operations:report"])[1])


if sys.argv[1] == "seed":
    seed()
else:
    call_command(sys.argv[1])
