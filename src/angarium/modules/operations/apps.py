"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Operations(AppConfig):
    name = "angarium.modules.operations"
    label = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from angarium.engine.console.public import section

        work = ("/app/schedules/", "/app/workers/")
        section("operations", _("Operations"), "operations_pages:list", icon="relay", order=90, also=work)
