"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Console(AppConfig):
    name = "angarium.engine.console"
    label = "console"

    def ready(self) -> None:
        from angarium.engine.identity.public import may_administer

        from .audit import metrics  # noqa: F401
        from .sections import section
        from .subjects import subject_page

        section("home", _("Overview"), "console:home", icon="home", order=0)
        section("deliveries", _("Messages"), "console:deliveries", icon="messages", order=80)
        section("exports", _("Exports"), "console:exports", icon="exports", order=85)
        section("people", _("People"), "console:people", icon="person", order=95, may_see=may_administer)
        subject_page("identity.person", "console:person")
        subject_page("exports.export", "console:export")
