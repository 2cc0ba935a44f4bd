"""The Django app."""

from django.apps import AppConfig


class Delivery(AppConfig):
    name = "angarium.engine.delivery"
    label = "delivery"

    def ready(self) -> None:
        from . import checks  # noqa: F401
