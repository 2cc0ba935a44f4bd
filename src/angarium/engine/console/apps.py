"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Console(AppConfig):
    name = "angarium.engine.console"
    label = "console"

    def ready(self) -> None:
        from .sections import section

        section("home", _("Overview"), "console:home", icon="home", order=0)
