"""The demo's people: requests in every state, rates that change, and something for each account to see."""

from __future__ import annotations

import pytest

from angarium.engine.identity.public import Role, of_person
from angarium.engine.identity.testing import make_person
from angarium.kernel.clock import now
from angarium.modules.timeoff import demo
from angarium.modules.timeoff.balances import balance
from angarium.modules.timeoff.lifecycle import Kind, Status
from angarium.modules.timeoff.models import Employee, Rate, Request
from angarium.modules.timeoff.queries import find_requests


@pytest.mark.django_db
def test_hr_b8_the_demo_shows_every_state_and_kind_and_nobody_is_below_zero() -> None:
    accounts = {
        name: make_person(name, role)
        for name, role in (("demo", Role.STAFF), ("user", Role.MEMBER), ("admin", Role.ADMIN))
    }
    demo.make()
    assert set(Request.objects.values_list("status", flat=True)) == set(Status.values)
    assert set(Request.objects.values_list("kind", flat=True)) == set(Kind.values)
    assert Rate.objects.exclude(superseded_at=None).exists()
    waiting = find_requests(of_person(accounts["demo"]), to_decide=True)
    assert "user" in {one.comment and "user" for one in waiting if one.employee.person == accounts["user"].pk}
    today = now().date()
    assert all(balance(one, today).days >= 0 for one in Employee.objects.all())


@pytest.mark.django_db
def test_the_demo_needs_no_account() -> None:
    demo.make()
    assert Employee.objects.count() == len(demo.PEOPLE)
