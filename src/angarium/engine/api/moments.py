"""Instants of time as text: ISO 8601 with an offset, or read in a zone that the body names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from angarium.engine.identity.public import timezones

YEARS = range(1970, 9999)
_form = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)?", re.ASCII)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field[datetime, str, str, datetime]):
    """An instant. Read as an aware datetime in UTC, shown as `2026-03-01T09:00:00Z`.

    A value without an offset is refused, unless `zone_from` names the field of the same body (or of the row being
    changed) whose IANA zone it is read in. A local time that the zone skips is refused; of one that comes twice the
    first is meant (RFC 5545, 3.3.5).
    """

    default_error_messages = {
        "not_moment": _("Write a date and time such as 2026-03-01T09:00:00+03:00."),
        "naive": _("This time does not say its zone; add an offset (+03:00) or Z."),
        "skipped": _("There is no such time in {zone}: the clocks jump over it."),
        "range": _("The year is out of range; it lies between 1970 and 9998."),
    }

    def __init__(self, *, zone_from: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.zone_from = zone_from

    def to_internal_value(self, data: Any) -> datetime:
        moment = self._parsed(data)
        if moment.year not in YEARS:
            self.fail("range")
        if moment.tzinfo is None:
            moment = self._in_zone(moment)
        moment = moment.astimezone(UTC)
        if moment.year not in YEARS:
            self.fail("range")
        return moment

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _parsed(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _form.fullmatch(data.strip()):
            self.fail("not_moment")
        try:
            return datetime.fromisoformat(data.strip().upper().replace(",", "."))
        except ValueError:
            self.fail("not_moment")

    def _in_zone(self, local: datetime) -> datetime:
        name = self._zone_name()
        if name not in timezones():
            self.fail("naive")
        aware = local.replace(tzinfo=ZoneInfo(name))
        if aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) != local:
            self.fail("skipped", zone=name)
        return aware

    def _zone_name(self) -> str:
        if self.zone_from is None or self.parent is None:
            return ""
        given = getattr(self.parent, "initial_data", None)
        named = given.get(self.zone_from) if isinstance(given, dict) else None
        named = named or getattr(self.parent.instance, self.zone_from, "")
        return named.strip() if isinstance(named, str) else ""
