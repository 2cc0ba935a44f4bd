"""What rates come to, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import Integer, Moment, Shape, View
from angarium.modules.timeoff.earnings import PayLine
from angarium.modules.timeoff.pay import pay_seen_by

from .fields import Day, Exact


class PayLineShape(Shape):
    """A rate in some days of a month: `worked` of its `of` working days are paid."""

    period = serializers.SerializerMethodField()
    share = Exact(places=3, source="rate.share", read_only=True)
    salary = Exact(source="rate.salary", read_only=True)
    worked = Integer(read_only=True)
    of = Integer(read_only=True)
    amount = Exact(read_only=True)

    def get_period(self, line: PayLine) -> dict[str, date]:
        return {"start": line.period.start, "end": line.period.end}


class PayShape(Shape):
    """The pay from `start` to `end` inclusive by working days, and the lines whose sum it is."""

    employee_id = Integer(read_only=True)
    start = Day(read_only=True)
    end = Day(read_only=True)
    amount = Exact(read_only=True)
    lines = PayLineShape(many=True)


class PayFilter(Shape):
    """The query string: its first and its last day, by the rates as known now or at an instant."""

    as_known_at = Moment(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own."""
        return {"from": Day(source="start"), "to": Day(source="end"), **super().get_fields()}


class Pay(View):
    """What somebody's rates come to, for human resources and the person."""

    shows, filters, literal = PayShape, PayFilter, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return Response(PayShape(pay_seen_by(self.principal, id, **self.query())).data)
