"""People and tokens in the admin."""

from __future__ import annotations

import re

import pytest

from angarium.engine.identity.models import Person, Token
from angarium.engine.identity.public import Role, create_token, find_token
from angarium.engine.identity.testing import client_signed_in, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return client_signed_in(make_person(role=Role.ADMIN))


def test_an_admin_makes_a_person_who_can_sign_in(admin):
    words = {"username": "olga", "full_name": "Ольга", "email": "", "role": "staff"}
    answer = admin.post("/admin/identity/person/add/", {**words, "password1": "gkU72hsQ", "password2": "gkU72hsQ"})
    assert answer.status_code == 302
    person = Person.objects.get(username="olga")
    assert (person.role, person.check_password("gkU72hsQ")) == ("staff", True)
    assert admin.get(f"/admin/identity/person/{person.pk}/change/").status_code == 200
    assert admin.get("/admin/identity/person/?q=ольга").status_code == 200


def test_staff_may_enter_but_not_see_people_and_tokens():
    staff = client_signed_in(make_person(role=Role.STAFF))
    assert staff.get("/admin/").status_code == 200
    assert staff.get("/admin/identity/person/").status_code == 403
    assert staff.get("/admin/identity/token/").status_code == 403


def test_members_are_sent_away():
    assert client_signed_in().get("/admin/").status_code == 302


def test_a_token_shows_its_secret_once(admin):
    words = {"name": "curl", "scopes": '["*"]', "person": "", "expires_at_0": "", "expires_at_1": ""}
    page = admin.post("/admin/identity/token/add/", words, follow=True).content.decode()
    secret = re.search(r"ang_[\w-]{43}", page)[0]
    assert find_token(secret).name == "curl"
    again = admin.get(f"/admin/identity/token/{Token.objects.get().pk}/change/").content.decode()
    assert "ang_" not in again
    assert Token.objects.get().sha256 not in again


def test_a_token_with_a_wrong_scope_is_refused(admin):
    page = admin.post("/admin/identity/token/add/", {"name": "curl", "scopes": '["all"]', "person": ""})
    assert page.status_code == 200
    assert Token.objects.count() == 0


def test_tokens_are_revoked_and_not_deleted(admin):
    token, secret = create_token("curl", ["*"])
    chosen = {"action": "revoke", "_selected_action": [str(token.pk)]}
    assert admin.post("/admin/identity/token/", chosen).status_code == 302
    assert find_token(secret) is None
    assert admin.post(f"/admin/identity/token/{token.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Token.objects.count() == 1


def test_the_last_administrator_is_not_let_out_here_either():
    person = make_person(role=Role.ADMIN)
    words = {"username": person.username, "role": "staff", "is_active": "on", "timezone": "UTC", "email": ""}
    change = f"/admin/identity/person/{person.pk}/change/"
    page = client_signed_in(person).post(change, words)
    assert page.status_code == 200
    assert "last administrator" in page.content.decode()
    assert client_signed_in(person).post(f"/admin/identity/person/{person.pk}/delete/").status_code == 403
    make_person(role=Role.ADMIN)
    assert client_signed_in(person).post(change, words).status_code == 302
    person.refresh_from_db()
    assert person.role == Role.STAFF
