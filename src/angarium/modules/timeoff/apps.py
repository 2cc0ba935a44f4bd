"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TimeOff(AppConfig):
    name = "angarium.modules.timeoff"
    label = "timeoff"
    verbose_name = _("Time off")

    def ready(self) -> None:
        from angarium.engine.console.public import section

        section("timeoff", _("Time off"), "timeoff_pages:mine", icon="timeoff", order=50)
