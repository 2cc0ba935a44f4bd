"""Who acts: the request's principal, the one given, else the system."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from angarium.engine.identity.middleware import BoundPrincipal
from angarium.engine.identity.public import NOBODY, SYSTEM, acting_as, current_principal, of_person, principal_of
from angarium.engine.identity.testing import make_person, principal
from angarium.engine.observability.public import bind, bound

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_request_s_ids():
    """What is noted about a request is forgotten with it."""
    with bind():
        yield


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_outside_of_requests_the_system_acts():
    assert current_principal() == SYSTEM


def test_acting_as_holds_inside_and_binds_the_actor_for_the_log():
    anna = principal(username="anna")
    with acting_as(anna):
        assert current_principal() == anna
        assert bound()["actor"] == str(anna.id)
    assert current_principal() == SYSTEM
    assert "actor" not in bound()


def test_a_request_acts_as_the_person_of_its_session():
    person = make_person()
    assert principal_of(request_of(person)) == of_person(person)


@pytest.mark.parametrize("user", [AnonymousUser(), None])
def test_a_request_without_a_person_is_nobodys(user):
    assert principal_of(request_of(user)) == NOBODY


def test_somebody_who_was_shut_out_is_nobody():
    assert principal_of(request_of(make_person(is_active=False))) == NOBODY


def test_the_middleware_asks_for_nobody_until_somebody_wants_to_know(django_assert_num_queries):
    person = make_person()
    seen = []
    view = BoundPrincipal(lambda request: seen.append(current_principal()) or HttpResponse())
    with django_assert_num_queries(0):
        BoundPrincipal(lambda request: HttpResponse())(request_of(person))
    view(request_of(person))
    assert seen == [of_person(person)]


def test_the_request_s_lines_say_who_sent_it_and_those_of_others_do_not():
    person, other = make_person(), request_of(make_person())
    seen = []

    def view(request):
        principal_of(other)
        seen.append(bound())
        principal_of(request)
        seen.append(bound())
        return HttpResponse()

    with bind(request_id="r"):
        BoundPrincipal(view)(request_of(person))
    assert seen == [{"request_id": "r"}, {"request_id": "r", "actor": str(person.id), "person_id": str(person.id)}]
    assert bound() == {}
