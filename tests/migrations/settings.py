"""The product's settings with one app more, for its command line in a process (DJANGO_SETTINGS_MODULE names this)."""

from angarium.config.settings import *  # noqa: F403
from angarium.config.settings import INSTALLED_APPS as _PRODUCT

INSTALLED_APPS = [*_PRODUCT, "tests.migrations.parcels"]
