"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Mailings(AppConfig):
    name = "angarium.modules.mailings"
    label = "mailings"
    verbose_name = _("Mailings")

    def ready(self) -> None:
        from angarium.engine.api.public import large_body
        from angarium.engine.console.public import section

        from .importing.files import MOST_BYTES
        from .queries import reads_all

        for ending in ("/client/import", "/app/mailings/import"):
            large_body(ending, MOST_BYTES + 2**16)  # and what multipart adds

        section("mailings", _("Mailings"), "mailings_pages:list", icon="mailings", order=30, may_see=reads_all)
