"""The Django app."""

from django.apps import AppConfig


class Events(AppConfig):
    name = "angarium.engine.events"
    label = "events"

    def ready(self) -> None:
        from angarium.engine.identity.public import keep_facts

        from . import checks  # noqa: F401
        from .log import publish

        keep_facts(publish)
