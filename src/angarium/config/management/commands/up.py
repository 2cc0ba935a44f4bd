"""`angarium up`: the whole product in one process."""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from angarium.config import demo
from angarium.config.cli import loopback
from angarium.config.settings import env


class Command(BaseCommand):
    help = "Run web, worker, beat and relay in one process; honours HOST, PORT, ANGARIUM_HOME and DEMO."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000, least=0, most=65535)
        wants_demo = env.flag("DEMO", default=True)
        if wants_demo and not loopback(host):
            raise ImproperlyConfigured(
                f"Demo accounts are refused on {host}, which others can reach. Set DEMO=0, or HOST=127.0.0.1."
            )
        listening = listen(host, port)
        os.umask(0o077)
        name = "localhost" if loopback(host) else host
        address = f"http://{name}:{listening.getsockname()[1]}"
        self.prepare(wants_demo=wants_demo, host=host, address=address)
        self.tell(host)
        from angarium.config.embedded import serve

        # In one write: other threads log lines of their own, and `print` would write the end of the line apart.
        serve(listening, on_ready=lambda: (sys.stdout.write(f"ready: {address}\n"), sys.stdout.flush()))

    def tell(self, host: str) -> None:
        """What is true of this start and easily overlooked."""
        if settings.ANGARIUM_OPEN:
            self.stdout.write("open: requests without a token act as the account `user`; ANGARIUM_OPEN=0 ends that")
        if not loopback(host):
            self.stdout.write(f"answers to the names in ALLOWED_HOSTS: {', '.join(settings.ALLOWED_HOSTS)}")
        self.stdout.flush()

    def prepare(self, *, wants_demo: bool, host: str, address: str) -> None:
        """Migrate; fill a new embedded database with demo data, or say how to make the first administrator."""
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.check(databases=["default"])
        if is_behind():
            call_command("migrate", verbosity=0, interactive=False)
        from angarium.engine.identity.public import Person

        if not loopback(host) and demo.credentials_present():
            raise ImproperlyConfigured(
                f"This database has demo accounts with known passwords; refused on {host}. Change their passwords."
            )
        if Person.objects.exists():
            return
        if wants_demo and connection.vendor == "sqlite":
            demo.make()
        elif not wants_demo:
            from .setup import setup_address

            self.stdout.write(f"Make the first administrator: {setup_address(address)}")
            self.stdout.write("(once, within a day; or with .venv/bin/angarium createsuperuser)")
            sys.stdout.flush()


def is_behind() -> bool:
    """Are there migrations that this database has not seen? To ask takes half of the time of migrating nothing."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. ImproperlyConfigured with one sentence when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ImproperlyConfigured(
                f"Port {port} is in use. Stop what uses it, or set PORT to another one."
            ) from None
        raise ImproperlyConfigured(f"Cannot listen on {host}:{port}: {error.strerror}. Set HOST and PORT.") from None
    listening.set_inheritable(True)
    return listening
