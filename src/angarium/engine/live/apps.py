"""The Django app: finds every app's `live.py` and makes its topics known."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Live(AppConfig):
    name = "angarium.engine.live"
    label = "live"

    def ready(self) -> None:
        from . import hints, metrics  # noqa: F401

        autodiscover_modules("live")
