"""How people come in and are deactivated: the first administrator, invitations, deactivation, roles.

Each verb is one function and one transaction. Administrators do these; a link's key stands for whoever was sent it.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q, QuerySet

from angarium.contracts.identity import (
    InvitationWithdrawn,
    PersonDeactivated,
    PersonInvited,
    PersonJoined,
    PersonReactivated,
    RoleChanged,
)
from angarium.kernel.errors import Forbidden, Invalid

from .addresses import checked, person_of_email
from .errors import AddressTaken, AlreadySetUp, LastAdmin, NoSuchPerson, NotInvited, NotYourself
from .links import make_link, open_links, use_link, withdraw_links
from .models import Link, Person
from .names import check_details, free_username, save_person, take_username
from .passwords import set_password
from .principal import NOBODY, Principal, of_person
from .record import record
from .roles import Role


def may_administer(principal: Principal) -> bool:
    """May this principal look after people and the tokens of services?"""
    return principal.is_admin and principal.may("identity:write")


def is_set_up() -> bool:
    """Is there anybody who could sign in?"""
    return Person.objects.exists()


def make_setup_link() -> Link:
    """A link for making the first administrator. AlreadySetUp once there are people."""
    with transaction.atomic():
        if is_set_up():
            raise AlreadySetUp
        return make_link(Link.Purpose.SETUP, None, NOBODY)


def set_up(key: str, *, username: str, password: str, email: str = "", full_name: str = "") -> Person:
    """Make the first administrator. Raises LinkSpent, AlreadySetUp, or Invalid naming the field."""
    with transaction.atomic():
        list(Link.objects.select_for_update().filter(purpose=Link.Purpose.SETUP).order_by("id"))  # one at a time
        if is_set_up():
            raise AlreadySetUp
        use_link(key, Link.Purpose.SETUP)
        person = Person(role=Role.ADMIN, full_name=full_name.strip(), email=checked(email) if email else "")
        take_username(person, username)
        set_password(person, password)
        person.save(force_insert=True)
        record(of_person(person), PersonJoined(person_id=person.id, username=person.username, role=person.role))
    return person


def invite_person(
    *, by: Principal, email: str, role: str, full_name: str = "", language: str = "", timezone: str = "UTC"
) -> Link:
    """A person who cannot sign in before accepting the link. AddressTaken when somebody has the address; one whose
    invitation was withdrawn is invited anew."""
    _only_admins(by)
    with transaction.atomic():
        address = checked(email)
        person = person_of_email(address)
        if person is not None and (person.is_active or _has_joined(person)):
            raise AddressTaken(field="email")
        person = person or Person(email=address, username=free_username(address))
        person.role, person.full_name, person.language, person.timezone = role, full_name.strip(), language, timezone
        person.is_active = True
        check_details(person)
        person.set_unusable_password()
        save_person(person)
        link = make_link(Link.Purpose.INVITATION, person, by)
        record(by, PersonInvited(person_id=person.id, email=address, role=role))
    return link


def invite_again(id: UUID, *, by: Principal) -> Link:
    """A new link for somebody who has not accepted the last one, which ends. NotInvited once they have joined."""
    _only_admins(by)
    with transaction.atomic():
        person = person_for_update(id)
        if _has_joined(person) or not person.is_active or not person.email:
            raise NotInvited
        link = make_link(Link.Purpose.INVITATION, person, by)
        record(by, PersonInvited(person_id=person.id, email=person.email, role=person.role))
    return link


def withdraw_invitation(id: UUID, *, by: Principal) -> Person:
    """End an invitation that was not accepted. NotInvited once they have joined."""
    _only_admins(by)
    with transaction.atomic():
        person = person_for_update(id)
        if _has_joined(person) or not person.is_active:
            raise NotInvited
        withdraw_links(Link.Purpose.INVITATION, person)
        person.is_active = False
        person.save(update_fields=["is_active"])
        record(by, InvitationWithdrawn(person_id=person.id))
    return person


def accept_invitation(key: str, *, username: str, password: str, full_name: str = "") -> Person:
    """Join: choose a name and a password. Raises LinkSpent, or Invalid and NameTaken naming the field."""
    with transaction.atomic():
        person = use_link(key, Link.Purpose.INVITATION).person
        assert person is not None
        take_username(person, username)
        person.full_name = full_name.strip() or person.full_name
        check_details(person)
        set_password(person, password)
        save_person(person)
        record(of_person(person), PersonJoined(person_id=person.id, username=person.username, role=person.role))
    return person


def deactivate_person(id: UUID, *, by: Principal) -> Person:
    """Let a person in no more: sessions and tokens end with this commit. NotYourself, LastAdmin."""
    _only_admins(by)
    with transaction.atomic():
        person = person_for_update(id)
        if person.id == by.id:
            raise NotYourself
        keep_an_admin(person, role=person.role, is_active=False)
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            record(by, PersonDeactivated(person_id=person.id))
    return person


def reactivate_person(id: UUID, *, by: Principal) -> Person:
    """Let a person in again, with the password and the tokens of before."""
    _only_admins(by)
    with transaction.atomic():
        person = person_for_update(id)
        if not person.is_active:
            person.is_active = True
            person.save(update_fields=["is_active"])
            record(by, PersonReactivated(person_id=person.id))
    return person


def change_role(id: UUID, role: str, *, by: Principal) -> Person:
    """Give a person another role. LastAdmin when nobody else could give it back."""
    _only_admins(by)
    if role not in Role.values:
        raise Invalid(f"{role[:20]!r} is not a role; take one of {', '.join(Role.values)}.", field="role")
    with transaction.atomic():
        person = person_for_update(id)
        keep_an_admin(person, role=role, is_active=person.is_active)
        if person.role != role:
            before, person.role = person.role, role
            person.save(update_fields=["role"])
            record(by, RoleChanged(person_id=person.id, before=before, after=role))
    return person


def person_for_update(id: UUID) -> Person:
    """The person, locked, after every administrator: two who let each other out at once must not both succeed."""
    rows = Person.objects.select_for_update().filter(Q(id=id) | Q(role=Role.ADMIN)).order_by("id")
    person = next((one for one in rows if one.id == id), None)
    if person is None:
        raise NoSuchPerson("There is no such person.")
    return person


def keep_an_admin(person: Person, *, role: str, is_active: bool) -> None:
    """Raises LastAdmin when nobody who may look after people could sign in after this change."""
    if role == Role.ADMIN and is_active:
        return
    if _can_administer(Person.objects.filter(id=person.id)) and not _can_administer(
        Person.objects.exclude(id=person.id)
    ):
        raise LastAdmin


def has_open_invitation(person: Person) -> bool:
    return open_links(Link.Purpose.INVITATION, person).exists()


def _can_administer(rows: QuerySet[Person]) -> bool:
    no_password = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) & Q(sub__isnull=True)
    return rows.filter(role=Role.ADMIN, is_active=True).exclude(no_password).exists()


def _has_joined(person: Person) -> bool:
    return person.has_usable_password() or person.sub is not None


def _only_admins(by: Principal) -> None:
    if not may_administer(by):
        raise Forbidden
