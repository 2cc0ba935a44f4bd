"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Lessons(AppConfig):
    name = "angarium.modules.lessons"
    label = "lessons"
    verbose_name = _("Lessons")

    def ready(self) -> None:
        from angarium.engine.console.public import section

        section("lessons", _("Lessons"), "lessons_pages:list", icon="lessons", order=20)
