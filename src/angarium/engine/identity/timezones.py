"""IANA time zones by name."""

from __future__ import annotations

import zoneinfo
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@cache
def timezones() -> frozenset[str]:
    """Every name that means the same on every machine, aliases included."""
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime", "posixrules"})


def validate_timezone(name: str) -> None:
    """Django validator. Raises ValidationError for what is not in the IANA database, case included."""
    if name not in timezones():
        raise ValidationError(
            _("%(name)s is not an IANA time zone; write one such as Europe/Moscow."),
            code="timezone",
            params={"name": repr(name[:64])},
        )
