"""The Django app: finds every app's `exports.py` and makes its datasets known."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Exports(AppConfig):
    name = "angarium.engine.exports"
    label = "exports"

    def ready(self) -> None:
        from . import metrics  # noqa: F401  what is counted is there from the start, also at nought

        autodiscover_modules("exports")
