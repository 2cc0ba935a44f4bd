"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Identity(AppConfig):
    name = "angarium.engine.identity"
    label = "identity"
    verbose_name = _("People and tokens")

    def ready(self) -> None:
        from . import signing_out, uses

        uses.connect()
        signing_out.connect()
