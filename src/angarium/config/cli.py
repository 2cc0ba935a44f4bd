"""The command line: Django's commands with our settings, and ours: `up`, and a fleet's roles from `web` to `relay`."""

from __future__ import annotations

import atexit
import errno
import gc
import ipaddress
import os
import sys
from pathlib import Path

from dotenv import load_dotenv

#: What PostgreSQL calls it when a table is not there.
UNDEFINED_TABLE = "42P01"


def main() -> None:
    if sys.argv[1:2] == ["processor"]:
        process(sys.argv[2:])
        return
    gc.disable()  # until all apps are there: nothing that is loaded is garbage, and looking takes a tenth of a second
    atexit.register(gc.freeze)  # nor is it looked at in the end, which takes two
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    if sys.argv[1:2] == ["up"]:
        embedded_defaults()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if sys.argv[1:2] == ["doctor"]:
            from angarium.config.doctor.refusal import tell_refusal

            sys.exit(tell_refusal(str(error), sys.argv[2:]))
        sys.exit(f"angarium: {error}")
    except DatabaseError as error:
        if "no such table" in str(error) or getattr(error.__cause__, "sqlstate", None) == UNDEFINED_TABLE:
            sys.exit("angarium: This database has no tables. Is ANGARIUM_HOME or DATABASE_URL right? Else migrate.")
        if "disk is full" not in str(error) and "disk I/O" not in str(error):
            raise
        sys.exit("angarium: The disk is full. Free some space or set ANGARIUM_HOME to another disk.")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.exit("angarium: The disk is full. Free some space or set ANGARIUM_HOME to another disk.")


def process(words: list[str]) -> None:
    """The one role that has no database, and for which Django is not even loaded."""
    from angarium.processor.worker import main as processor

    processor(words)


def embedded_defaults() -> None:
    """What the one process assumes when nothing else is said. Open only with demo data on a loopback address."""
    load_dotenv(Path(".env"))
    os.environ.setdefault("DEMO", "1")
    os.environ.setdefault("HOST", "127.0.0.1")
    os.environ.setdefault("LEASE_SECONDS", "10")
    os.environ.setdefault("LEASE_GRACE_SECONDS", "6")
    if not loopback(os.environ["HOST"]) and os.environ["HOST"] not in {"0.0.0.0", "::"}:  # noqa: S104
        os.environ.setdefault("ALLOWED_HOSTS", f"localhost,.localhost,127.0.0.1,[::1],{os.environ['HOST']}")
    if loopback(os.environ["HOST"]) and os.environ["DEMO"] not in {"0", "no", "off", "false", ""}:
        os.environ.setdefault("ANGARIUM_OPEN", "1")


def loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
