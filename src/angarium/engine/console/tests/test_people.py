"""Pages about people: coming in by a link, looking after others, one's own account."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client, override_settings

from angarium.engine.console import limits
from angarium.engine.delivery.public import Delivery
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Link, Person, Role, Token, find_token, key_of, make_setup_link
from angarium.engine.identity.testing import PASSWORD, client_signed_in, make_person
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.testing import settled, working

pytestmark = pytest.mark.django_db
NEW = "another horse altogether"
LETTERS = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")


@pytest.fixture
def root() -> Person:
    return make_person("root", Role.ADMIN)


@pytest.fixture
def admin(root: Person) -> Client:
    return client_signed_in(root)


def key(link: Link) -> str:
    return key_of(link.id, link.purpose)


def invite(admin: Client, **words: str) -> Any:
    said = {"email": "ann@example.org", "role": "member", "language": "en", "timezone": "Europe/Berlin", **words}
    return admin.post("/app/people/invitation/", said)


def joining(secret: str, **words: str) -> dict[str, str]:
    return {"key": secret, "username": "ann", "password": NEW, "repeated": NEW, **words}


def test_with_nobody_there_the_sign_in_says_how_to_begin() -> None:
    assert "angarium setup" in Client().get("/login/").content.decode()
    make_person()
    assert "angarium setup" not in Client().get("/login/").content.decode()


def test_the_link_makes_the_first_administrator_signed_in_and_then_nobody_else() -> None:
    client, secret = Client(), key(make_setup_link())
    shown = client.get("/app/setup/", {"key": secret})
    assert (shown.status_code, shown["Cache-Control"]) == (200, "no-store")
    said = joining(secret, username="root", email="root@example.org", full_name="")
    assert client.post("/app/setup/", said)["Location"] == "/"
    assert client.get("/app/people/").status_code == 200
    assert Person.objects.get().is_admin
    assert Client().post("/app/setup/", {**said, "username": "second"}).status_code == 410
    assert Person.objects.count() == 1
    assert Event.objects.get().actor_name == "root"


@pytest.mark.parametrize("secret", ["", "x", "\x00", "a.b"])
def test_without_the_secret_nothing_opens(secret: str) -> None:
    make_setup_link()
    for path in ("/app/setup/", "/app/welcome/", "/app/password/new/"):
        assert Client().get(path, {"key": secret}).status_code == 410
        assert Client().post(path, joining(secret)).status_code == 410
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"repeated": "other"}, "repeated"),
        ({"password": "123", "repeated": "123"}, "password"),
        ({"username": "no spaces"}, "username"),
        ({"username": ""}, "username"),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_the_link_stays_good(words: dict[str, str], field: str) -> None:
    secret = key(make_setup_link())
    response = Client().post("/app/setup/", joining(secret, **words))
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in response.content.decode()
    assert Client().get("/app/setup/", {"key": secret}).status_code == 200


@pytest.mark.django_db(transaction=True)
@LETTERS
def test_an_invited_person_gets_a_letter_and_joins_with_its_link(admin: Client) -> None:
    with working():
        assert invite(admin, role="staff").status_code == 302
        settled()
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (["ann <ann@example.org>"], "You are invited to testserver")
    assert "root has invited you" in letter.body
    link = re.search(r"http://testserver(/app/welcome/\S+)", letter.body)
    assert link is not None
    guest = Client()
    assert 'value="ann"' in guest.get(link[1]).content.decode()
    secret = urlsplit(link[1]).query.removeprefix("key=")
    assert guest.post("/app/welcome/", joining(secret))["Location"] == "/"
    assert guest.get("/app/operations/").status_code == 200
    assert Person.objects.get(username="ann").role == Role.STAFF
    assert guest.get(link[1]).status_code == 410
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.person) == ("sent", Person.objects.get(username="ann").id)


@pytest.mark.django_db(transaction=True)
@LETTERS
def test_nobody_who_looks_at_a_letter_can_come_in_with_it(admin: Client) -> None:
    invite(admin)
    delivery = Delivery.objects.get()
    text = admin.get(f"/app/deliveries/{delivery.id}/").content.decode()
    assert "/app/welcome/?key=…" in text
    secret = key(Link.objects.get(purpose="invitation"))
    stored = [str(row) for model in (Delivery, Link, Operation, Event) for row in model.objects.values()]  # type: ignore[attr-defined]
    assert secret not in text + " ".join(stored)
    with working():
        settled()
    assert secret in mail.outbox[0].body
    assert "It is not kept" in admin.get(f"/app/deliveries/{delivery.id}/").content.decode()


def test_the_same_address_is_refused_by_its_field(admin: Client) -> None:
    invite(admin)
    response = invite(admin, email="ANN@example.org")
    assert response.status_code == 422
    assert 'id="id_email_error"' in response.content.decode()
    assert Delivery.objects.count() == 1


def test_an_invitation_is_sent_again_and_withdrawn(admin: Client) -> None:
    invite(admin)
    person = Person.objects.get(email="ann@example.org")
    path = f"/app/people/{person.id}/"
    assert "Send the letter again" in admin.get(path).content.decode()
    assert admin.post(f"{path}invitation/").status_code == 302
    assert Delivery.objects.count() == 2
    assert admin.post(f"{path}withdrawal/").status_code == 302
    assert "The invitation was withdrawn" in admin.get(path).content.decode()
    assert [event.actor_name for event in Event.objects.all()] == ["root"] * 3
    newest = Link.objects.filter(person=person).order_by("-id").first()
    assert newest is not None
    assert Client().get("/app/welcome/", {"key": key(newest)}).status_code == 410


def test_somebody_is_let_out_and_in_again_and_the_page_tells_who_did_it(admin: Client) -> None:
    person = make_person("max")
    session, path = client_signed_in(person), f"/app/people/{person.id}/"
    assert admin.post(f"{path}deactivation/", follow=True).status_code == 200
    assert session.get("/").status_code == 302
    text = admin.get(path).content.decode()
    assert "Reactivate" in text
    assert "by root" in text
    admin.post(f"{path}reactivation/")
    admin.post(f"{path}role/", {"role": "staff"})
    person.refresh_from_db()
    assert (person.is_active, person.role) == (True, "staff")
    assert "member → staff" in admin.get(path).content.decode()


def test_what_must_not_be_is_told_in_words(admin: Client, root: Person) -> None:
    path = f"/app/people/{root.id}/"
    assert "You cannot deactivate yourself" in admin.post(f"{path}deactivation/", follow=True).content.decode()
    assert "last administrator" in admin.post(f"{path}role/", {"role": "member"}, follow=True).content.decode()
    assert "is not a role" in admin.post(f"{path}role/", {"role": "king"}, follow=True).content.decode()
    assert admin.get(f"{path}deactivation/").status_code == 405
    assert admin.get("/app/people/00000000-0000-7000-8000-000000000000/").status_code == 404


@pytest.mark.parametrize("role", [Role.STAFF, Role.MEMBER])
def test_others_neither_see_people_nor_change_them(role: Role) -> None:
    person = make_person(role=role)
    client = client_signed_in(person)
    assert "/app/people/" not in client.get("/").content.decode()
    for path in ("/app/people/", "/app/people/invitation/", f"/app/people/{person.id}/"):
        assert client.get(path).status_code == 403
    assert client.post(f"/app/people/{person.id}/role/", {"role": "admin"}).status_code == 403
    assert invite(client).status_code == 403
    assert not Delivery.objects.exists()
    assert Client().get("/app/people/").status_code == 302


def test_people_are_found_by_name_and_address(admin: Client) -> None:
    make_person("max", email="max@example.org")
    make_person("zoe")
    assert "zoe" not in admin.get("/app/people/", {"q": "MAX"}).content.decode()
    assert "Nobody fits" in admin.get("/app/people/", {"q": "nobody\x00"}).content.decode()
    assert admin.get("/app/people/", {"after": "x"}).status_code == 200


@pytest.mark.django_db(transaction=True)
@LETTERS
def test_a_forgotten_password_is_replaced_by_letter_and_every_session_ends() -> None:
    person = make_person("ann", email="ann@example.org")
    session = client_signed_in(person)
    with working():
        assert Client().post("/app/password/", {"email": "Ann@example.org"}).status_code == 200
        settled()
    found = re.search(r"(/app/password/new/\?key=\S+)", mail.outbox[0].body)
    assert found is not None
    page = Client()
    assert "For ann." in page.get(found[1]).content.decode()
    secret = found[1].partition("key=")[2]
    response = page.post("/app/password/new/", {"key": secret, "password": NEW, "repeated": NEW}, follow=True)
    assert "every session has ended" in response.content.decode()
    assert session.get("/").status_code == 302
    assert Client().login(username="ann", password=NEW)


def test_the_answer_does_not_say_whether_somebody_has_the_address() -> None:
    make_person("ann", email="ann@example.org")
    known, unknown = (
        Client().post("/app/password/", {"email": email}) for email in ("ann@example.org", "bob@example.org")
    )
    assert known.status_code == unknown.status_code == 200
    said = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", one.content.decode()) for one in (known, unknown)]
    assert said[0].replace("ann@", "bob@") == said[1]
    assert Delivery.objects.count() == 1


def test_letters_are_asked_for_only_so_often() -> None:
    make_person("ann", email="ann@example.org")
    for _ in range(limits.MOST_LETTERS[0]):
        assert Client().post("/app/password/", {"email": "ann@example.org"}).status_code == 200
    refused = Client().post("/app/password/", {"email": "ann@example.org"})
    assert (refused.status_code, refused["Retry-After"]) == (429, str(limits.WINDOW))
    assert Delivery.objects.count() == limits.MOST_LETTERS[0]


def test_where_there_is_no_mail_server_the_pages_say_where_letters_are(admin: Client) -> None:
    with override_settings(EMAIL_BACKEND="angarium.engine.delivery.channels.mail.folder.LetterFolder"):
        assert "ANGARIUM_HOME/letters" in admin.get("/app/people/invitation/").content.decode()
    with LETTERS:
        assert "ANGARIUM_HOME/letters" not in admin.get("/app/people/invitation/").content.decode()


def test_a_changed_password_ends_the_other_sessions_and_not_this_one() -> None:
    person = make_person("ann")
    here, there = client_signed_in(person), client_signed_in(person)
    wrong = here.post("/app/account/password/", {"old": "x", "password": NEW, "repeated": NEW})
    assert (wrong.status_code, 'id="id_old_error"' in wrong.content.decode()) == (422, True)
    assert here.post("/app/account/password/", {"old": PASSWORD, "password": NEW, "repeated": NEW}).status_code == 302
    assert here.get("/app/account/").status_code == 200
    assert there.get("/").status_code == 302


def test_preferences_are_kept_and_used() -> None:
    person = make_person("ann")
    client = client_signed_in(person)
    said = {"full_name": "Ann", "language": "ru", "timezone": "Asia/Kathmandu"}
    assert client.post("/app/account/", said).status_code == 302
    person.refresh_from_db()
    assert (person.full_name, person.language, person.timezone) == ("Ann", "ru", "Asia/Kathmandu")
    assert client.cookies["django_language"].value == "ru"
    assert client.post("/app/account/", {**said, "timezone": "Moscow"}).status_code == 422
    assert client.post("/app/account/", {**said, "role": "admin", "is_active": ""}).status_code == 302
    person.refresh_from_db()
    assert (person.role, person.is_active) == ("member", True)


def test_a_token_is_shown_once_used_and_revoked() -> None:
    client = client_signed_in(make_person("ann"))
    made = client.post("/app/account/tokens/", {"name": "curl", "scopes": ["lessons:read"], "lasts": "30"})
    secret = re.search(r"ang_[\w-]{43}", made.content.decode())
    assert secret is not None
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    token = find_token(secret[0])
    assert token is not None
    assert (token.scopes, token.person.username, token.expires_at is not None) == (["lessons:read"], "ann", True)  # type: ignore[union-attr]
    assert "ang_" not in client.get("/app/account/tokens/").content.decode()
    assert client_signed_in().post(f"/app/account/tokens/{token.id}/revocation/").status_code == 404
    assert client.post(f"/app/account/tokens/{token.id}/revocation/").status_code == 302
    assert find_token(secret[0]) is None


@pytest.mark.parametrize(
    ("words", "field"),
    [({"name": "curl", "scopes": []}, "scopes"), ({"name": "", "scopes": ["*"]}, "name")],
)
def test_a_token_that_is_not_right_is_refused(words: dict[str, Any], field: str) -> None:
    response = client_signed_in().post("/app/account/tokens/", {**words, "lasts": ""})
    assert response.status_code == 422
    assert not Token.objects.exists()
    assert "This field is required." in response.content.decode(), field


def test_services_tokens_are_the_administrators(admin: Client) -> None:
    words = {"name": "billing", "scopes": ["*"], "lasts": "", "for_service": "on"}
    assert admin.post("/app/account/tokens/", words).status_code == 201
    assert Token.objects.get().person is None
    staff = client_signed_in(make_person(role=Role.STAFF))
    assert "billing" not in staff.get("/app/account/tokens/").content.decode()
    assert staff.post("/app/account/tokens/", {**words, "name": "mine"}).status_code == 201
    assert Token.objects.get(name="mine").person is not None
