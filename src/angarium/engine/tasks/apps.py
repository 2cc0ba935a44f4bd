"""The Django app: finds every app's `tasks.py` and makes its tasks known."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Tasks(AppConfig):
    name = "angarium.engine.tasks"
    label = "tasks"

    def ready(self) -> None:
        from . import presence, react, worker  # noqa: F401
        from .celery import install
        from .forward import begin

        begin()
        autodiscover_modules("tasks")
        install()
