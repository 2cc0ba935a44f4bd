"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Operations(AppConfig):
    name = "angarium.modules.operations"
    label = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from angarium.engine.console.public import section
        from angarium.engine.ledger.public import Kind, find_kinds_by, on_end, register

        from . import metrics  # noqa: F401  what is counted is there from the start, also at nought
        from .models import TASK
        from .queries import kind_of
        from .runs import start_next_stages

        register(Kind(TASK, "processor", remote=True))
        find_kinds_by(kind_of)
        on_end(start_next_stages)

        work = ("/app/schedules/", "/app/workers/")
        section("operations", _("Operations"), "operations_pages:list", icon="relay", order=90, also=work)
