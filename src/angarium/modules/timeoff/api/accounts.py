"""Balances over HTTP, with the lines that they are the sum of, and what human resources enter in the ledger."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.timezone import localdate
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import BareList, Integer, ListView, Moment, Shape, SingleLineText, View, idempotent
from angarium.modules.timeoff import actions, queries, rights
from angarium.modules.timeoff.balances import balance_seen_by, balances_of, sentence
from angarium.modules.timeoff.derivation import Line
from angarium.modules.timeoff.errors import OutOfRange
from angarium.modules.timeoff.models import Employee

from .fields import Day, Exact

#: So far ahead a balance can be asked for.
AHEAD = timedelta(days=3660)


class LineShape(Shape):
    """One line. It counts from the end of `on`; `rule` is the rule's name and version, `holidays` what was left out."""

    on = Day(read_only=True)
    kind = serializers.CharField(read_only=True)
    days = Exact(read_only=True)
    rule = serializers.CharField(read_only=True)
    article = serializers.CharField(read_only=True)
    because = serializers.SerializerMethodField()
    period = serializers.SerializerMethodField()
    holidays = serializers.ListField(child=Day(), read_only=True)
    request = Integer(read_only=True)

    def get_because(self, line: Line) -> str:
        return sentence(line.because)

    def get_period(self, line: Line) -> dict[str, date] | None:
        return {"start": line.period.start, "end": line.period.end} if line.period else None


class BalanceSum(Shape):
    """Days at the end of `on`; `reserved` by vacations that nobody has decided; `available` for a vacation that begins
    then, so that no later day is overdrawn either."""

    employee_id = Integer(read_only=True)
    on = Day(read_only=True)
    days = Exact(read_only=True)
    reserved = Exact(read_only=True)
    available = Exact(read_only=True)


class BalanceShape(BalanceSum):
    """A balance with the lines whose sum its days are, and those that reserve."""

    derivation = LineShape(many=True)
    reserves = LineShape(many=True)


class OnDay(Shape):
    """The query string: which day; today when it is left out."""

    on = Day(required=False)


class EntryBody(Shape):
    """Days that are added (below 0: taken), as of a day, and why."""

    days = Exact()
    on = Day(required=False)
    because = SingleLineText(max_length=500)


class OpeningBody(Shape):
    """The balance that somebody brings along, as of the end of a day."""

    days = Exact()
    on = Day()
    because = SingleLineText(required=False, allow_blank=True, max_length=500)


class EntryShape(Shape):
    """An entry of the ledger. Nothing changes it any more."""

    id = Integer(read_only=True)
    employee_id = Integer(read_only=True)
    on = Day(read_only=True)
    kind = serializers.CharField(read_only=True)
    days = Exact(read_only=True)
    because = serializers.CharField(read_only=True)
    request = Integer(source="request_id", read_only=True)
    recorded_at = Moment(read_only=True)


class Balances(ListView):
    """The balances that you may see, by employee, without their lines."""

    shows, filters, literal, paging = BalanceSum, OnDay, True, BareList()

    def rows(self) -> QuerySet[Employee]:
        return queries.staff_of(self.principal)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        on = _day(self.query(), localdate())
        show = BalanceSum
        return self.paging.answer(request, self.rows(), lambda rows: list(show(balances_of(rows, on), many=True).data))


class OneBalance(View):
    """Somebody's balance on a day, past or future, and how it comes about."""

    shows, filters, literal = BalanceShape, OnDay, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        employee = queries.employee_seen_by(self.principal, id)
        on = _day(self.query(), rights.today_of(employee))
        return Response(BalanceShape(balance_seen_by(self.principal, id, on)).data)


class Corrections(View):
    """A correction by hand. The ledger keeps what it corrects."""

    shows, reads, literal = EntryShape, EntryBody, True

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.correct_balance(id, by=self.principal, **self.read()), 201)


class Opening(View):
    """What somebody brings along from elsewhere. Once."""

    shows, reads, literal = EntryShape, OpeningBody, True

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.open_balance(id, by=self.principal, **self.read()), 201)


def _day(query: dict[str, Any], today: date) -> date:
    on: date = query.get("on", today)
    if on > today + AHEAD:
        raise OutOfRange(field="on", most=today + AHEAD)
    return on
