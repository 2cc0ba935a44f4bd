"""Tokens: the secret is seen once, what is not good is not found, and use is noted in nobody's way."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from angarium.engine.identity import uses
from angarium.engine.identity.errors import NoSuchToken, TokenExists
from angarium.engine.identity.models import Token
from angarium.engine.identity.public import (
    NOBODY,
    SYSTEM,
    Role,
    create_token,
    end_token,
    find_token,
    issue_token,
    of_person,
    of_token,
    revoke_token,
)
from angarium.engine.identity.testing import make_person, principal
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Invalid

pytestmark = pytest.mark.django_db


def test_only_the_hash_of_a_secret_is_kept():
    token, secret = create_token("billing", ["*"])
    assert secret.startswith("ang_")
    assert len(secret) == len("ang_") + 43
    assert token.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(Token.objects.values().get())


def test_a_secret_finds_its_token_and_no_other():
    token, secret = create_token("billing", ["*"])
    assert find_token(secret) == token
    assert find_token(secret + "x") is None
    assert find_token(secret.removeprefix("ang_")) is None
    assert find_token(token.sha256) is None
    assert find_token("ang_\ud800") is None


def test_a_revoked_token_is_not_found_and_its_name_is_free():
    _token, secret = create_token("billing", ["*"])
    revoke_token("billing")
    assert find_token(secret) is None
    with pytest.raises(NoSuchToken):
        revoke_token("billing")
    create_token("billing", ["*"])


def test_an_expired_token_is_not_found():
    _token, secret = create_token("billing", ["*"], expires_at=now() - timedelta(seconds=1))
    assert find_token(secret) is None


def test_the_token_of_somebody_who_was_shut_out_is_not_found():
    person = make_person()
    _token, secret = create_token("mine", ["*"], person=person)
    assert find_token(secret) is not None
    person.is_active = False
    person.save()
    assert find_token(secret) is None


def test_two_tokens_of_one_name_are_refused():
    create_token("billing", ["*"])
    with pytest.raises(TokenExists):
        create_token("billing", ["*"])


@pytest.mark.parametrize("scopes", [[], ["write"], ["lessons"], ["lessons:"], ["Lessons:read"], ["*:read"], [""]])
def test_what_is_no_scope_is_refused(scopes):
    with pytest.raises(Invalid) as refusal:
        create_token("billing", scopes)
    assert refusal.value.field == "scopes"


def test_a_token_acts_for_its_person_or_as_a_service():
    person = make_person()
    mine = of_token(create_token("mine", ["lessons:read"], person=person)[0])
    assert (mine.kind, mine.id, mine.role) == ("person", person.id, "member")
    assert mine.may("lessons:write") is False
    token = create_token("billing", ["*"])[0]
    service = of_token(token)
    assert (service.kind, service.id, service.name, service.is_staff) == ("service", token.id, "billing", True)


def test_use_is_written_after_the_answer_and_at_most_once_a_minute():
    token, _secret = create_token("billing", ["*"])
    uses.note_use(token)
    assert Token.objects.get().last_used_at is None
    uses.write_use()
    first = Token.objects.get().last_used_at
    assert first is not None
    uses.note_use(Token.objects.get())
    uses.write_use()
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=first - timedelta(minutes=2))
    uses.note_use(Token.objects.get())
    uses.write_use()
    assert Token.objects.get().last_used_at >= first


@pytest.mark.django_db(transaction=True)
def test_use_is_not_written_while_somebody_holds_the_row_and_nobody_waits():
    token, _secret = create_token("billing", ["*"])
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Token.objects.select_for_update().get()
            held.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    uses.note_use(token)
    uses.write_use()
    assert holder.is_alive()
    done.set()
    holder.join()
    assert Token.objects.get().last_used_at is None
    uses.note_use(token)
    uses.write_use()
    assert Token.objects.get().last_used_at is not None


def ran(*words: str) -> str:
    out = StringIO()
    call_command("token", *words, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_secret_alone():
    secret = ran("create", "curl", "--scope", "*")
    assert secret == secret.strip() + "\n"
    assert find_token(secret.strip()).name == "curl"


def test_a_secret_that_a_deployment_made_is_kept_and_changed_when_it_is_another_one(monkeypatch):
    first, second = "ang_" + "1" * 64, "ang_" + "2" * 64
    for secret in (first, first, second):
        monkeypatch.setenv("ANGARIUM_TOKEN", secret)
        ran("keep", "processor", "--scope", "operations:report")
    assert find_token(first) is None
    assert find_token(second).scopes == ["operations:report"]
    assert Token.objects.filter(name="processor").count() == 2
    ran("keep", "processor", "--scope", "operations:*")
    assert find_token(second).scopes == ["operations:*"]


@pytest.mark.parametrize("secret", ["", "ang_short", "x" * 64])
def test_a_secret_that_could_be_guessed_is_not_kept(monkeypatch, secret):
    monkeypatch.setenv("ANGARIUM_TOKEN", secret)
    with pytest.raises(CommandError, match="at least 36 characters"):
        ran("keep", "processor", "--scope", "operations:report")
    assert not Token.objects.exists()


def test_the_command_makes_a_token_for_a_person_that_ends():
    person = make_person(username="anna")
    secret = ran(
        "create", "hers", "--scope", "lessons:read", "--scope", "lessons:write", "--person", "anna", "--days", "1"
    )
    token = find_token(secret.strip())
    assert (token.person, token.scopes) == (person, ["lessons:read", "lessons:write"])
    assert timedelta(hours=23) < token.expires_at - now() <= timedelta(days=1)


def test_the_command_lists_tokens_without_secrets_and_revokes():
    secret = ran("create", "curl", "--scope", "*").strip()
    assert ran("list").split("\t")[:3] == ["curl", "*", "(service)"]
    assert secret not in ran("list")
    ran("revoke", "curl")
    assert find_token(secret) is None
    assert "revoked" in ran("list")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["create", "x", "--scope", "*", "--person", "nobody"], "There is no person called nobody."),
        (["create", "x", "--scope", "all of it"], "is not a scope"),
        (["create", "x", "--scope", "*", "--days", "0"], "--days"),
        (["create", "x" * 101, "--scope", "*"], "100"),
        (["revoke", "x"], "no token of this name"),
    ],
)
def test_the_command_refuses_with_a_sentence(words, sentence):
    with pytest.raises(CommandError, match=sentence):
        ran(*words)


@pytest.mark.parametrize("who", ["member", "staff", "admin"])
def test_everybody_makes_and_ends_tokens_of_their_own(who):
    person = make_person(role=Role(who))
    token, secret = issue_token(by=of_person(person), name="mine", scopes=["lessons:read"])
    assert find_token(secret).person == person
    with pytest.raises(NoSuchToken):
        end_token(token.id, by=principal())
    end_token(token.id, by=of_person(person))
    assert find_token(secret) is None


def test_only_an_administrator_makes_a_service_s_token_and_ends_anybody_s():
    admin = principal(Role.ADMIN)
    token, secret = issue_token(by=admin, name="billing", scopes=["*"], for_service=True)
    assert of_token(find_token(secret)).kind == "service"
    mine, _ = issue_token(by=principal(), name="mine", scopes=["*"])
    for by in (principal(), principal(Role.STAFF)):
        with pytest.raises(Forbidden):
            issue_token(by=by, name="other", scopes=["*"], for_service=True)
        with pytest.raises(NoSuchToken):
            end_token(token.id, by=by)
    end_token(token.id, by=admin)
    end_token(mine.id, by=admin)
    assert find_token(secret) is None


def test_nobody_gives_away_more_than_they_hold():
    narrow = of_person(make_person(role=Role.ADMIN), frozenset({"identity:*", "lessons:read"}))
    for scopes in (["*"], ["lessons:*"], ["lessons:read", "lessons:write"]):
        with pytest.raises(Invalid) as refusal:
            issue_token(by=narrow, name="wide", scopes=scopes)
        assert refusal.value.field == "scopes"
    assert issue_token(by=narrow, name="narrow", scopes=["lessons:read"])[0].scopes == ["lessons:read"]
    for by in (NOBODY, of_token(Token.objects.get(name="narrow")), SYSTEM):
        with pytest.raises(Forbidden):
            issue_token(by=by, name="none", scopes=["lessons:read"])
