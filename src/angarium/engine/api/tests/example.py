"""A small API over people, written as a module would write one, and views that refuse in every way there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.http import Http404
from django.urls import include, path
from rest_framework.exceptions import Throttled

from angarium.engine.api.public import (
    BareList,
    Boolean,
    Email,
    Integer,
    ListView,
    Moment,
    PagedList,
    Shape,
    SingleLineText,
    Text,
    Timezone,
    View,
    idempotent,
)
from angarium.engine.identity.public import Person
from angarium.kernel.errors import Conflict, Forbidden, Invalid, Missing, Stale, Unavailable, Unprocessable
from angarium.kernel.transitions import Lifecycle


class PersonShape(Shape):
    id = SingleLineText(read_only=True)
    username = SingleLineText(max_length=150)
    full_name = SingleLineText(required=False)


class PersonFilter(Shape):
    username = SingleLineText(required=False)


class People(ListView):
    shows, filters, literal = PersonShape, PersonFilter, True

    def rows(self):
        return Person.objects.filter(**self.query())

    @idempotent
    def post(self, request):
        return self.answer(Person.objects.create_user(**self.read()), 201, location="/api/example/people/1/")


class BarePeople(People):
    paging = BareList()


class NewestPeople(People):
    paging = PagedList(newest_first=True)


@dataclass
class Card:
    number: int = 7
    version: int = 3


class CardShape(Shape):
    number = Integer()
    version = Integer(read_only=True)


class OneCard(View):
    shows, conditional = CardShape, ("PUT",)

    def current(self) -> Card:
        return Card()

    def get(self, request):
        return self.answer(self.current())

    def put(self, request):
        seen = self.if_match()
        if seen not in (None, self.current().version):
            raise Stale
        return self.answer(Card(version=4, **self.read()))

    def post(self, request):
        raise Stale


class EveryField(Shape):
    line = SingleLineText(required=False)
    text = Text(required=False)
    email = Email(required=False)
    zone = Timezone(required=False)
    whole = Integer(required=False, max_value=10)
    truth = Boolean(required=False)
    at = Moment(required=False)
    local = Moment(required=False, zone_from="zone")
    inner = PersonShape(many=True, required=False)


class Echo(View):
    shows = EveryField

    def post(self, request):
        return self.answer(self.read())


def moved() -> None:
    Lifecycle("lesson", {"planned": ["done"], "done": []}, initial=["planned"]).check("done", "planned")


def refuse(error: Exception) -> Any:
    def raise_it() -> None:
        raise error

    return raise_it


REFUSALS = {
    "invalid": refuse(Invalid("The title is empty.", field="title")),
    "missing": refuse(Missing()),
    "forbidden": refuse(Forbidden()),
    "conflict": refuse(Conflict("Taken.", holder="anna")),
    "move": moved,
    "unprocessable": refuse(Unprocessable()),
    "unavailable": refuse(Unavailable()),
    "http404": refuse(Http404()),
    "no_row": refuse(Person.DoesNotExist()),
    "model": refuse(ValidationError({"title": ["Too long.", "Too dull."]})),
    "throttled": refuse(Throttled(wait=3.2)),
    "integrity": refuse(IntegrityError("secret")),
    "data": refuse(DataError("secret")),
    "away": refuse(OperationalError("secret")),
    "fault": refuse(ZeroDivisionError("secret")),
}


class Refusal(View):
    def get(self, request, name):
        REFUSALS[name]()


class Effect(View):
    """Makes a person, then refuses: nothing may be left."""

    reads = {}

    @idempotent
    def post(self, request, name):
        with transaction.atomic():
            Person.objects.create_user(username=f"made-by-{name}")
        REFUSALS[name]()


class Narrow(View):
    scope, shows = "operations:report", CardShape

    def get(self, request):
        return self.answer(Card())


routes = [
    path("people/", People.as_view()),
    path("bare/", BarePeople.as_view()),
    path("newest/", NewestPeople.as_view()),
    path("card/", OneCard.as_view()),
    path("echo/", Echo.as_view()),
    path("refusals/<name>/", Refusal.as_view()),
    path("effects/<name>/", Effect.as_view()),
    path("narrow/", Narrow.as_view()),
]
urlpatterns = [
    path("api/example/", include(routes)),
    path("", include("angarium.engine.api.urls")),
    path("", include("angarium.engine.observability.urls")),
    path("", include("angarium.engine.console.urls")),
]
handler400 = "angarium.engine.api.faults.bad_request"
handler403 = "angarium.engine.api.faults.forbidden"
handler404 = "angarium.engine.api.faults.not_found"
handler500 = "angarium.engine.api.faults.server_error"
