"""The Django app: sets up logging and the checks that every process needs."""

from django.apps import AppConfig
from django.conf import settings


class Observability(AppConfig):
    name = "angarium.engine.observability"
    label = "observability"

    def ready(self) -> None:
        from . import database
        from .logs import configure
        from .readiness import readiness

        configure(getattr(settings, "LOG_FORMAT", "console"), getattr(settings, "LOG_LEVEL", "INFO"))
        readiness("database", database.answers)
        readiness("migrations", database.is_migrated)
