"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Projects(AppConfig):
    name = "angarium.modules.projects"
    label = "projects"
    verbose_name = _("Projects")

    def ready(self) -> None:
        from angarium.engine.console.public import section

        from . import caching  # noqa: F401

        section("projects", _("Projects"), "projects_pages:list", icon="projects", order=40)
