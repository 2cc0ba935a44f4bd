"""`angarium setup`: the link with which somebody becomes the first administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from angarium.config.settings import env
from angarium.engine.identity.public import Link, key_of, make_setup_link
from angarium.engine.observability.public import logs_aside
from angarium.kernel.errors import AngariumError


def setup_address(site: str) -> str:
    """A new link, which works once within a day; the one made before works no more. AlreadySetUp with people there."""
    link = make_setup_link()
    return f"{site.rstrip('/')}{reverse('console:setup')}?key={key_of(link.id, Link.Purpose.SETUP)}"


class Command(BaseCommand):
    help = "Prints a link that makes whoever opens it the first administrator, once, as long as nobody is there."

    def add_arguments(self, parser: CommandParser) -> None:
        default = f"http://localhost:{env.integer('PORT', 8000, least=0, most=65535)}"
        parser.add_argument("--site", default=default, help=f"where the pages answer; {default} unless given")

    def handle(self, *args: Any, site: str, **options: Any) -> None:
        try:
            with logs_aside():
                self.stdout.write(setup_address(site))
        except AngariumError as error:
            raise CommandError(error.message) from error
