"""The Django app."""

from django.apps import AppConfig


class Events(AppConfig):
    name = "angarium.engine.events"
    label = "events"

    def ready(self) -> None:
        from . import checks  # noqa: F401
