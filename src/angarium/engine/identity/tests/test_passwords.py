"""Passwords that were forgotten, and new ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from angarium.engine.identity.errors import LinkSpent, WrongPassword
from angarium.engine.identity.models import Link
from angarium.engine.identity.public import (
    SYSTEM,
    change_password,
    deactivate_person,
    key_of,
    request_reset,
    reset_password,
)
from angarium.engine.identity.testing import PASSWORD, client_signed_in, make_person
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
NEW = "another horse altogether"


def key(link: Link | None) -> str:
    assert link is not None
    return key_of(link.id, link.purpose)


def test_a_forgotten_password_is_replaced_once_and_other_sessions_end() -> None:
    person = make_person(email="ann@example.org")
    session = client_signed_in(person)
    secret = key(request_reset("Ann@Example.org"))
    assert reset_password(secret, NEW).check_password(NEW)
    assert session.get("/").status_code == 302
    with pytest.raises(LinkSpent):
        reset_password(secret, "yet another one, longer")


@pytest.mark.parametrize("email", ["nobody@example.org", "", "out@example.org", "invited@example.org", "\x00"])
def test_nothing_is_made_for_an_address_that_nobody_can_use(email: str) -> None:
    make_person(email="out@example.org", is_active=False)
    make_person(email="invited@example.org", password=None)
    make_person()
    assert request_reset(email) is None
    assert not Link.objects.exists()


def test_a_reset_ends_after_an_hour_and_with_the_person() -> None:
    person = make_person(email="ann@example.org")
    secret = key(request_reset("ann@example.org"))
    with time_machine.travel(now() + timedelta(minutes=61), tick=False), pytest.raises(LinkSpent):
        reset_password(secret, NEW)
    deactivate_person(person.id, by=SYSTEM)
    with pytest.raises(LinkSpent):
        reset_password(secret, NEW)


def test_a_refused_password_leaves_the_link_unspent() -> None:
    make_person(email="ann@example.org")
    secret = key(request_reset("ann@example.org"))
    with pytest.raises(Invalid):
        reset_password(secret, "password")
    assert reset_password(secret, NEW).check_password(NEW)


def test_a_password_is_changed_by_who_knows_the_old_one_and_links_end() -> None:
    person = make_person(email="ann@example.org")
    secret = key(request_reset("ann@example.org"))
    with pytest.raises(WrongPassword) as refusal:
        change_password(person, old="wrong", new=NEW)
    assert refusal.value.field == "old"
    with pytest.raises(Invalid) as refusal:
        change_password(person, old=PASSWORD, new="1")
    assert refusal.value.field == "password"
    assert change_password(person, old=PASSWORD, new=NEW).check_password(NEW)
    with pytest.raises(LinkSpent):
        reset_password(secret, "yet another one, longer")
