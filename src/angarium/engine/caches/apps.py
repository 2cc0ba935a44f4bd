"""The Django app: hears of commits, in this process and from the relay."""

from django.apps import AppConfig, apps


class Caches(AppConfig):
    name = "angarium.engine.caches"
    label = "caches"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from . import hearing  # noqa: F401
        from .looking import forget_all

        post_migrate.connect(forget_all, sender=apps.get_app_config("events"))  # an app without models is not told
