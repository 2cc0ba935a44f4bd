"""The Django app: hears of commits, in this process and from the relay."""

from django.apps import AppConfig


class Caches(AppConfig):
    name = "angarium.engine.caches"
    label = "caches"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from . import hearing  # noqa: F401
        from .looking import forget_all

        post_migrate.connect(forget_all, sender=self)
