"""Deciding by the link in a letter: as whoever was asked, for this one request, by the rights that hold then."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.signing import TimestampSigner
from django.test import Client

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person
from angarium.kernel.clock import now
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.deciding import key_of, submission_of
from angarium.modules.timeoff.models import Delegation, Employee, Request
from angarium.modules.timeoff.templatetags.deciding import decision_key

from .telling import as_, ask, post_office, somebody

PATH = "/app/timeoff/decide/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def boris(db: None) -> Employee:
    return somebody("boris")


@pytest.fixture
def anna(boris: Employee) -> Employee:
    return somebody("anna", manager=boris)


@pytest.fixture
def request_(anna: Employee) -> Request:
    return ask(anna, comment="To the sea.")


def key(request: Request, who: Employee) -> str:
    return key_of(request.pk, who.pk, submission_of(request.submitted_at))


def press(verdict: str, key: str, client: Client | None = None, **more: Any) -> Any:
    """The button, in a browser that has never been here and asks for no leave."""
    browser = client or Client(enforce_csrf_checks=True)
    return browser.post(PATH, {"key": key, "verdict": verdict, **more})


def now_is(request: Request) -> str:
    return str(Request.objects.get(pk=request.pk).status)


def test_hr_b5_looking_changes_nothing_and_shows_what_the_decision_depends_on(
    request_: Request, boris: Employee
) -> None:
    count = Event.objects.count()
    for method in ("get", "head"):
        answer = getattr(Client(), method)(PATH, {"key": key(request_, boris)})
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies
    page = Client().get(PATH, {"key": key(request_, boris)}).content.decode()
    for words in ("Anna", "Vacation", "7–20 July 2031", "To the sea.", "Balance before and after", "Away then"):
        assert words in page
    assert re.findall(r'name="verdict" value="(\w+)"', page) == ["approve", "reject"]
    assert (now_is(request_), Event.objects.count()) == ("submitted", count)


def test_hr_b5_a_button_decides_as_whoever_was_asked_and_again_it_is_the_same(
    request_: Request, boris: Employee
) -> None:
    for _ in range(2):
        answer = press("approve", key(request_, boris), comment="Have a rest.", version=str(request_.version))
        assert answer.status_code == 200, answer.content.decode()
        assert "Approved" in answer.content.decode()
    request_.refresh_from_db()
    assert (request_.status, request_.decided_by, request_.decision) == ("approved", "boris", "Have a rest.")
    assert request_.steps.filter(verdict="approved").get().person == boris.person
    approved = Event.objects.get(type="timeoff.request_approved.v1")
    assert (approved.actor, approved.actor_name) == (boris.person, "boris")


def test_hr_b5_who_comes_after_another_has_decided_is_told_by_whom(request_: Request, boris: Employee) -> None:
    harriet = somebody("harriet", role="hr")
    assert press("reject", key(request_, harriet), comment="Not now.").status_code == 200
    answer = press("approve", key(request_, boris))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Rejected, harriet" in page
    assert "This request has been decided." in page
    assert 'name="verdict"' not in page
    assert now_is(request_) == "rejected"
    assert "Rejected, harriet" in Client().get(PATH, {"key": key(request_, boris)}).content.decode()


def test_hr_b5_whoever_decides_no_more_is_refused_and_shown_nothing(
    request_: Request, boris: Employee, anna: Employee
) -> None:
    link = key(request_, boris)
    Employee.objects.filter(pk=anna.pk).update(manager=somebody("other"))
    for answer in (Client().get(PATH, {"key": link}), press("approve", link)):
        assert answer.status_code == 403
        assert "You are not asked to decide about this request any more." in answer.content.decode()
        assert "Anna" not in answer.content.decode()
    own = press("approve", key(request_, anna))
    assert (own.status_code, now_is(request_)) == (403, "submitted")


@pytest.mark.parametrize(
    "how", ["withdrawn", "old", "forged", "cut", "none", "account", "left", "other_submission", "zero"]
)
def test_hr_b5_a_link_that_is_spent_leads_nowhere(how: str, request_: Request, boris: Employee, settings: Any) -> None:
    link, later = key(request_, boris), now()
    match how:
        case "withdrawn":
            actions.withdraw_request(request_.pk, by=as_(request_.employee))
        case "old":
            later += timedelta(hours=settings.TIMEOFF_LINK_HOURS, minutes=1)
        case "forged":
            link = TimestampSigner(salt="another", sep=".").sign(link.rpartition(".")[0].rpartition(".")[0])
        case "cut":
            link = link[:-1]
        case "none":
            link = ""
        case "zero":
            link = "\x00" * 3
        case "account":
            Person.objects.filter(pk=boris.person).update(is_active=False)
        case "left":
            Employee.objects.filter(pk=boris.pk).update(dismissed_on=now().date() - timedelta(days=2))
        case "other_submission":
            Request.objects.filter(pk=request_.pk).update(submitted_at=now() + timedelta(seconds=1))
    with time_machine.travel(later, tick=False):
        answers = (Client().get(PATH, {"key": link}), press("approve", link))
    for answer in answers:
        assert answer.status_code == 410
        assert answer["Cache-Control"] == "no-store"
        assert "Anna" not in answer.content.decode()
    assert now_is(request_) == ("withdrawn" if how == "withdrawn" else "submitted")


def test_hr_b5_what_has_changed_since_it_was_looked_at_is_not_decided_unseen(
    request_: Request, boris: Employee
) -> None:
    seen = request_.version
    actions.escalate_request(request_.pk, to=[somebody("head").pk])
    answer = press("approve", key(request_, boris), version=str(seen))
    assert (answer.status_code, now_is(request_)) == (409, "submitted")
    assert "Somebody changed this" in answer.content.decode()
    assert press("maybe", key(request_, boris)).status_code == 422
    assert Client().put(PATH).status_code == 405


def test_hr_b5_somebody_else_who_is_signed_in_is_not_let_decide_by_it(request_: Request, boris: Employee) -> None:
    browser = Client()
    browser.force_login(Person.objects.get(pk=request_.employee.person))
    assert press("approve", key(request_, boris), browser).status_code == 403
    assert now_is(request_) == "submitted"
    browser.force_login(Person.objects.get(pk=boris.person))
    assert press("approve", key(request_, boris), browser).status_code == 200


def test_hr_b5_whom_it_was_escalated_to_decides_by_their_own_link(request_: Request) -> None:
    head = somebody("head")
    assert press("approve", key(request_, head)).status_code == 403
    actions.escalate_request(request_.pk, to=[head.pk])
    assert press("approve", key(request_, head)).status_code == 200
    assert now_is(request_) == "approved"


def test_hr_b5_a_deputy_decides_by_their_link_in_their_days_and_it_is_kept_in_whose_stead(
    request_: Request, boris: Employee
) -> None:
    today, clara = now().date(), somebody("clara")
    days = Delegation.objects.create(manager=boris, deputy=clara, start=today, end=today + timedelta(days=1))
    assert b"Boris" in Client().get(PATH, {"key": key(request_, clara)}).content
    Delegation.objects.filter(pk=days.pk).update(start=today - timedelta(days=9), end=today - timedelta(days=2))
    assert press("approve", key(request_, clara)).status_code == 403
    Delegation.objects.filter(pk=days.pk).update(end=today + timedelta(days=1))
    assert press("approve", key(request_, clara)).status_code == 200
    step = request_.steps.get(verdict="approved")
    assert (step.person, step.on_behalf_of) == (clara.person, boris)


@pytest.mark.django_db(transaction=True)
def test_hr_b5_the_letter_has_the_link_and_nothing_that_is_kept_has_it(settings: Any) -> None:
    from angarium.engine.delivery.public import Delivery
    from angarium.engine.tasks.testing import settled

    settings.PUBLIC_URL = "https://work.example.org"
    with post_office() as post:
        request = ask(somebody("anna", manager=somebody("boris")))
        settled()
    [letter] = [one for one in post.taken if one.to.name == "Boris"]
    [link] = set(re.findall(rf"https://work\.example\.org{PATH}\?key=([\w.-]+)", letter.body + letter.html))
    kept = Delivery.objects.get(address="boris@example.org")
    assert link not in str(kept.context)
    assert decision_key(kept.context["decide"]) == "…"
    assert press("approve", link).status_code == 200
    assert now_is(request) == "approved"
