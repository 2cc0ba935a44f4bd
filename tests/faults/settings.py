"""The product's settings with one app more: work whose effects can be counted (DJANGO_SETTINGS_MODULE names this).

FAULTS_CLOCK sets the clock of a process wrong by so many seconds; settings are read before anybody knows the clock.
"""

import os
from datetime import UTC, datetime, timedelta

from angarium.config.settings import *  # noqa: F403
from angarium.config.settings import INSTALLED_APPS as _PRODUCT
from angarium.kernel import clock

INSTALLED_APPS = [*_PRODUCT, "tests.faults.work"]

if _wrong := float(os.environ.get("FAULTS_CLOCK", "0")):
    clock.now = lambda: datetime.now(UTC) + timedelta(seconds=_wrong)
