"""The routes of the forecast, of a mailing that there is and of one that is only thought of, and of its preview."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import Integer, Moment, Shape, SingleLineText, View
from angarium.modules.mailings import queries
from angarium.modules.mailings.errors import NotYours
from angarium.modules.mailings.forecast import Forecast, draft, examples, forecast
from angarium.modules.mailings.preview import preview
from angarium.modules.mailings.windows import mask_of

from .shapes import ClockTime, Instant, OperatorCode


@extend_schema_field({"type": "string", "pattern": "^[1-7](,[1-7])*$", "example": "1,2,3,4,5"})
class Weekdays(serializers.Field[list[int], Any, str, Any]):
    """`1,2,5`: days of the week, Monday 1 to Sunday 7."""

    default_error_messages = {"weekdays": _("Name each day of the week once, and at least one.")}

    def to_internal_value(self, data: Any) -> list[int]:
        days = str(data).split(",")
        if len(set(days)) != len(days) or not set(days) <= set("1234567"):
            self.fail("weekdays")
        return [int(day) for day in days]


class DraftFilter(Shape):
    """A mailing as far as a form has been filled in. Without a start it is now; without a finish nothing expires."""

    start = Instant(required=False)
    finish = Instant(required=False)
    tag = SingleLineText(required=False, allow_blank=True, max_length=100)
    operator_code = OperatorCode(required=False)
    window_start = ClockTime(required=False)
    window_end = ClockTime(required=False)
    weekdays = Weekdays(required=False)


class LaterShape(Shape):
    """So many clients wait until the clocks on their walls show `local`; that is from `first_at` to `last_at`."""

    local = serializers.CharField(read_only=True)
    number = Integer(read_only=True)
    first_at = Moment(read_only=True)
    last_at = Moment(read_only=True)
    zones = Integer(read_only=True)


class ZoneShape(Shape):
    """So many clients of one zone may be written to from `at` on; null when it never comes before the finish."""

    zone = serializers.CharField(read_only=True)
    number = Integer(read_only=True)
    at = Moment(read_only=True, source="chance.at", allow_null=True)


class ExampleShape(Shape):
    """Somebody who would get it, the number masked."""

    id = Integer(read_only=True)
    phone = serializers.CharField(source="masked", read_only=True)
    tag = serializers.CharField(read_only=True)
    timezone = serializers.CharField(read_only=True)


class ForecastShape(Shape):
    """What would become of it if it were planned now. `matching` clients fit; of them `now` go at `first_at`, `later`
    when their windows open, `expired` never, since no window opens before the finish; `late` are those whom the time is
    too short for at `per_second` messages a second. `opted_out` are not to be written to, `handed_over` have been given
    to the sender, or refused by it. `last_at` is when the last one goes."""

    asked_at = Moment(read_only=True)
    first_at = Moment(read_only=True)
    matching = Integer(read_only=True)
    now = Integer(source="at_once", read_only=True)
    later = LaterShape(many=True, read_only=True)
    expired = Integer(source="expires", read_only=True)
    late = Integer(source="pace.late", read_only=True)
    opted_out = Integer(read_only=True)
    handed_over = Integer(read_only=True)
    per_second = serializers.FloatField(source="pace.per_second", read_only=True)
    last_at = Moment(source="pace.last_at", read_only=True, allow_null=True)
    zones = ZoneShape(source="groups", many=True, read_only=True)


class DraftShape(ForecastShape):
    """The same with some of those who would get it."""

    examples = ExampleShape(many=True, read_only=True)


class OfMailer(View):
    """What would become of this mailing if it were planned now; nothing is changed by asking."""

    shows, literal = ForecastShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(forecast(queries.mailer_seen_by(self.principal, id)))


class OfDraft(View):
    """The same of a mailing that is only thought of, for a form that is being filled in."""

    shows, filters, literal = DraftShape, DraftFilter, True

    @extend_schema(operation_id="api_mailings_mailer_forecast_of_draft_retrieve")
    def get(self, request: Request) -> HttpResponseBase:
        if not queries.reads_all(self.principal):
            raise NotYours
        asked = self.query()
        if days := asked.pop("weekdays", None):
            asked["weekdays"] = mask_of(days)
        mailer = draft(**asked)
        found: Forecast = forecast(mailer)
        shown = dict(ForecastShape(found).data)
        return Response({**shown, "examples": ExampleShape(examples(mailer), many=True).data})


class PreviewFilter(Shape):
    """`client` is who would read it; without one the first client that fits."""

    client = Integer(required=False, min_value=1)


class EmptyShape(Shape):
    """How many of the clients that fit have nothing to fill in there."""

    name = serializers.CharField(read_only=True)
    clients = Integer(read_only=True)


class PreviewShape(Shape):
    """The text as this client would read it. `fits` says whether the mailing means this client, `unknown` what looks as
    if it was to be filled in and stays as it is, `empty` what is filled in with nothing for some."""

    client = Integer(read_only=True, allow_null=True)
    phone = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    fits = serializers.BooleanField(read_only=True)
    unknown = serializers.ListField(child=serializers.CharField(), read_only=True)
    empty = EmptyShape(many=True, read_only=True)


class Preview(View):
    """What a real client would read, and what may be missing in it."""

    shows, filters, literal = PreviewShape, PreviewFilter, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        mailer = queries.mailer_seen_by(self.principal, id)
        asked = self.query().get("client")
        client = None if asked is None else queries.client_seen_by(self.principal, asked)
        return self.answer(preview(mailer, client))
