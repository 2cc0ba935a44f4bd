"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Mailings(AppConfig):
    name = "angarium.modules.mailings"
    label = "mailings"
    verbose_name = _("Mailings")
