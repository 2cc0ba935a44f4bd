"""How people come in and are deactivated."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from angarium.contracts.identity import PersonDeactivated, PersonInvited, PersonJoined
from angarium.engine.identity import record as recording
from angarium.engine.identity.errors import (
    AddressTaken,
    AlreadySetUp,
    LastAdmin,
    LinkSpent,
    NameTaken,
    NotInvited,
    NotYourself,
)
from angarium.engine.identity.models import Link, Person
from angarium.engine.identity.public import (
    NOBODY,
    SYSTEM,
    Principal,
    Role,
    accept_invitation,
    change_role,
    deactivate_person,
    find_token,
    invite_again,
    invite_person,
    key_of,
    link_of,
    make_setup_link,
    of_person,
    of_token,
    reactivate_person,
    set_up,
    withdraw_invitation,
)
from angarium.engine.identity.testing import PASSWORD, client_signed_in, make_person, make_token, principal
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Principal:
    return principal(Role.ADMIN, username="root")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The facts that were recorded."""
    facts: list[object] = []
    monkeypatch.setattr(recording, "_keepers", [facts.append])
    return facts


def key(link: Link) -> str:
    return key_of(link.id, link.purpose)


def invited(by: Principal, email: str = "ann@example.org", role: str = "member") -> Link:
    return invite_person(by=by, email=email, role=role)


def test_the_first_administrator_comes_in_by_the_link_and_nobody_else(told: list[object]) -> None:
    secret = key(make_setup_link())
    person = set_up(secret, username="root", password=PASSWORD, email="Root@Example.org")
    assert (person.role, person.email, person.check_password(PASSWORD)) == (Role.ADMIN, "root@example.org", True)
    assert told == [PersonJoined(person_id=person.id, username="root", role="admin")]
    with pytest.raises(AlreadySetUp):
        set_up(secret, username="second", password=PASSWORD)
    with pytest.raises(AlreadySetUp):
        make_setup_link()
    assert Person.objects.count() == 1


@pytest.mark.parametrize("secret", ["", "x", "a.b", "0" * 32 + ".forged", "\x00"])
def test_a_passer_by_sets_nothing_up(secret: str) -> None:
    make_setup_link()
    with pytest.raises(LinkSpent):
        set_up(secret, username="root", password=PASSWORD)
    assert not Person.objects.exists()


def test_a_new_setup_link_ends_the_last_one_and_each_ends_after_a_day() -> None:
    first, second = make_setup_link(), make_setup_link()
    with pytest.raises(LinkSpent):
        link_of(key(first), "setup")
    assert link_of(key(second), "setup") == second
    with time_machine.travel(now() + timedelta(hours=25), tick=False), pytest.raises(LinkSpent):
        set_up(key(second), username="root", password=PASSWORD)


def test_a_refused_password_leaves_the_link_unspent() -> None:
    secret = key(make_setup_link())
    with pytest.raises(Invalid) as refusal:
        set_up(secret, username="root", password="123")
    assert refusal.value.field == "password"
    assert set_up(secret, username="root", password=PASSWORD).is_admin


def test_an_invited_person_joins_once(admin: Principal, told: list[object]) -> None:
    link = invited(admin, "Ann.Smith@Example.org", "staff")
    person = link.person
    assert person is not None
    assert (person.username, person.email, person.role) == ("ann.smith", "ann.smith@example.org", "staff")
    assert not Client().login(username=person.username, password="")
    joined = accept_invitation(key(link), username="ann", password=PASSWORD, full_name="Ann Smith")
    assert (joined.id, joined.username, str(joined)) == (person.id, "ann", "Ann Smith")
    assert Client().login(username="ann", password=PASSWORD)
    with pytest.raises(LinkSpent):
        accept_invitation(key(link), username="bob", password=PASSWORD)
    assert [type(fact) for fact in told] == [PersonInvited, PersonJoined]


def test_a_link_for_one_thing_does_not_open_another(admin: Principal) -> None:
    link = invited(admin)
    with pytest.raises(LinkSpent):
        link_of(key_of(link.id, "reset"), "reset")
    with pytest.raises(LinkSpent):
        link_of(key_of(link.id, "reset"), "invitation")


def test_an_invitation_ends_after_three_days(admin: Principal) -> None:
    link = invited(admin)
    with time_machine.travel(now() + timedelta(hours=73), tick=False), pytest.raises(LinkSpent):
        accept_invitation(key(link), username="ann", password=PASSWORD)
    assert accept_invitation(key(link), username="ann", password=PASSWORD).username == "ann"


@pytest.mark.parametrize("again", ["ann@example.org", "ANN@Example.ORG", " ann@example.org "])
def test_an_address_is_invited_once(admin: Principal, again: str) -> None:
    invited(admin)
    with pytest.raises(AddressTaken) as refusal:
        invited(admin, again)
    assert refusal.value.field == "email"
    assert Person.objects.filter(email="ann@example.org").count() == 1


@pytest.mark.parametrize("email", ["", "ann", "ann@", "a b@example.org", f"{'a' * 250}@example.org"])
def test_what_is_no_address_is_refused(admin: Principal, email: str) -> None:
    with pytest.raises(Invalid) as refusal:
        invited(admin, email)
    assert refusal.value.field == "email"


def test_sent_again_the_first_letter_opens_nothing(admin: Principal) -> None:
    first = invited(admin)
    second = invite_again(first.person_id, by=admin)  # type: ignore[arg-type]
    with pytest.raises(LinkSpent):
        accept_invitation(key(first), username="ann", password=PASSWORD)
    accept_invitation(key(second), username="ann", password=PASSWORD)
    with pytest.raises(NotInvited):
        invite_again(second.person_id, by=admin)  # type: ignore[arg-type]


def test_a_withdrawn_invitation_opens_nothing_and_may_be_repeated(admin: Principal) -> None:
    link = invited(admin)
    withdraw_invitation(link.person_id, by=admin)  # type: ignore[arg-type]
    with pytest.raises(LinkSpent):
        accept_invitation(key(link), username="ann", password=PASSWORD)
    again = invited(admin, "ann@example.org", "staff")
    assert (again.person_id, again.person.role) == (link.person_id, "staff")  # type: ignore[union-attr]
    accept_invitation(key(again), username="ann", password=PASSWORD)
    with pytest.raises(NotInvited):
        withdraw_invitation(link.person_id, by=admin)  # type: ignore[arg-type]


@pytest.mark.parametrize("username", ["ROOT", "root "])
def test_a_name_that_somebody_has_is_refused_beside_its_field(admin: Principal, username: str) -> None:
    link = invited(admin)
    with pytest.raises(NameTaken) as refusal:
        accept_invitation(key(link), username=username, password=PASSWORD)
    assert refusal.value.field == "username"


def test_people_of_the_same_local_part_get_names_of_their_own(admin: Principal) -> None:
    names = [invited(admin, f"ann@{host}.example.org").person.username for host in ("a", "b", "c")]  # type: ignore[union-attr]
    assert names == ["ann", "ann-2", "ann-3"]


def test_somebody_who_is_let_out_is_out_at_once_with_sessions_and_tokens(admin: Principal, told: list[object]) -> None:
    person = make_person("max")
    client, secret = client_signed_in(person), make_token(person=person)
    assert client.get("/").status_code == 200
    deactivate_person(person.id, by=admin)
    assert client.get("/").status_code == 302
    assert find_token(secret) is None
    assert told == [PersonDeactivated(person_id=person.id)]
    reactivate_person(person.id, by=admin)
    assert find_token(secret) is not None


def test_nobody_lets_himself_out_and_the_last_administrator_stays(admin: Principal) -> None:
    with pytest.raises(NotYourself):
        deactivate_person(admin.id, by=admin)  # type: ignore[arg-type]
    with pytest.raises(LastAdmin):
        change_role(admin.id, "staff", by=admin)  # type: ignore[arg-type]
    with pytest.raises(LastAdmin):
        deactivate_person(admin.id, by=SYSTEM)  # type: ignore[arg-type]
    invited(admin, "second@example.org", "admin")
    with pytest.raises(LastAdmin):  # an invitation is no administrator yet
        change_role(admin.id, "staff", by=admin)  # type: ignore[arg-type]
    second = principal(Role.ADMIN)
    assert deactivate_person(admin.id, by=second).is_active is False  # type: ignore[arg-type]


def test_a_role_is_changed_for_the_very_next_request(admin: Principal) -> None:
    person = make_person("max")
    client = client_signed_in(person)
    assert client.get("/app/people/").status_code == 403
    change_role(person.id, "admin", by=admin)
    assert client.get("/app/people/").status_code == 200
    with pytest.raises(Invalid):
        change_role(person.id, "king", by=admin)


@pytest.mark.parametrize("who", ["member", "staff", "service", "narrow token", "nobody"])
def test_only_administrators_look_after_people(who: str) -> None:
    by = {
        "member": lambda: principal(),
        "staff": lambda: principal(Role.STAFF),
        "service": lambda: of_token(find_token(make_token("*"))),  # type: ignore[arg-type]
        "narrow token": lambda: of_person(make_person(role=Role.ADMIN), frozenset({"lessons:*"})),
        "nobody": lambda: NOBODY,
    }[who]()
    person = make_person("victim")
    for verb in (deactivate_person, reactivate_person, invite_again, withdraw_invitation):
        with pytest.raises(Forbidden):
            verb(person.id, by=by)
    with pytest.raises(Forbidden):
        change_role(person.id, "admin", by=by)
    with pytest.raises(Forbidden):
        invited(by)
    person.refresh_from_db()
    assert (person.is_active, person.role) == (True, Role.MEMBER)
