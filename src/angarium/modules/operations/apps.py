"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Operations(AppConfig):
    name = "angarium.modules.operations"
    label = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from angarium.engine.console.public import section

        section("operations", title=_("Operations"), url_name="operations_pages:list", icon="relay", order=90)
