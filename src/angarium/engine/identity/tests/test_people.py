"""Who may do what, and what a person may be called."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from angarium.engine.identity.models import Person
from angarium.engine.identity.public import NOBODY, SYSTEM, Principal, Role, of_person, validate_timezone
from angarium.engine.identity.testing import make_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "enters_admin", "changes_lessons", "changes_people"),
    [
        (Role.MEMBER, False, False, False),
        (Role.STAFF, True, True, False),
        (Role.ADMIN, True, True, True),
    ],
)
def test_what_a_role_may_do_in_the_admin(role, enters_admin, changes_lessons, changes_people):
    person = make_person(role=role)
    assert person.is_staff is enters_admin
    assert person.has_perm("lessons.change_lesson") is changes_lessons
    assert person.has_module_perms("identity") is changes_people


def test_somebody_who_was_shut_out_may_do_nothing():
    person = make_person(role=Role.ADMIN, is_active=False)
    assert person.has_perm("lessons.change_lesson") is False


def test_createsuperuser_makes_an_admin(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "long enough to be kept")
    call_command("createsuperuser", "--noinput", username="root", verbosity=0)
    person = Person.objects.get(username="root")
    assert person.role == Role.ADMIN
    assert person.check_password("long enough to be kept")


def test_a_role_that_does_not_exist_is_refused_by_the_database():
    person = make_person()
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(role="king")


@pytest.mark.parametrize("name", ["Europe/Moscow", "UTC", "Asia/Kolkata"])
def test_a_zone_of_the_iana_database_is_taken(name):
    validate_timezone(name)


@pytest.mark.parametrize("name", ["", "Moscow", "europe/moscow", "../etc/passwd", "localtime", "+03:00"])
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(ValidationError):
        validate_timezone(name)


def test_the_full_name_speaks_for_a_person_else_the_username():
    assert str(make_person(username="anna", full_name="Анна Каренина")) == "Анна Каренина"
    assert str(make_person(username="lew")) == "lew"


def test_a_principal_knows_its_role_and_scopes():
    member = of_person(make_person())
    service = Principal("service", name="billing", role=Role.STAFF, scopes=frozenset({"lessons:read", "operations:*"}))
    assert (member.is_staff, member.may("lessons:write")) == (False, True)
    assert (service.may("lessons:read"), service.may("lessons:write")) == (True, False)
    assert service.may("operations:report")
    assert (NOBODY.is_authenticated, NOBODY.may("lessons:read")) == (False, False)
    assert (SYSTEM.is_admin, SYSTEM.id) == (True, None)
