"""The composition root as a Django app, so that its commands and checks are found."""

from django.apps import AppConfig


class Composition(AppConfig):
    name = "angarium.config"
    label = "composition"

    def ready(self) -> None:
        import gc

        from django.core.checks import register

        from . import checks  # noqa: F401
        from .doctor.system import settings_fit

        register(settings_fit)
        if not gc.isenabled():  # by the command line, while things were loaded
            gc.freeze()
            gc.enable()
