"""People and tokens. Modules refer to a person by UUID, never by a foreign key."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

from .people import People
from .roles import Language, Role
from .scopes import validate_scopes
from .timezones import validate_timezone


class Person(AbstractBaseUser):
    """Somebody who signs in. `sub` is the subject an OIDC provider knows the person by, once one is connected."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(_("username"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    language = models.CharField(_("language"), max_length=5, choices=Language.choices, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    is_active = models.BooleanField(_("may sign in"), default=True)
    sub = models.CharField(_("OIDC subject"), max_length=255, unique=True, null=True, blank=True, editable=False)
    joined_at = models.DateTimeField(_("joined"), default=now, editable=False)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="identity_person_role"),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="identity_person_email",
                violation_error_message=_("Somebody has this e-mail address already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.full_name or self.username

    get_full_name = get_short_name = __str__

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_staff(self) -> bool:
        """May enter the admin."""
        return self.role in (Role.ADMIN, Role.STAFF)

    is_superuser = is_admin

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """The admin's question. Staff may do what the admin of a module offers; people and tokens are the admins'."""
        return self.is_active and (self.is_admin or (self.is_staff and not perm.startswith("identity.")))

    def has_perms(self, perms: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_perm(f"{app_label}.")


class Token(models.Model):
    """A key for a program. Only its SHA-256 is kept: a 256-bit secret needs no slow hash, and a look-up by hash
    takes a time that says nothing about the secret. Without a person it is a service's own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=100)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list, validators=[validate_scopes])
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="tokens", verbose_name=_("acts for")
    )
    created_at = models.DateTimeField(_("made"), default=now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering = ["name", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(revoked_at__isnull=True),
                name="identity_token_name",
                violation_error_message=_("There is a token of this name; revoke it first or take another name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_good(self, at: datetime) -> bool:
        """Neither revoked nor expired, and its person, if it has one, may still sign in."""
        return (
            self.revoked_at is None
            and (self.expires_at is None or at < self.expires_at)
            and (self.person is None or self.person.is_active)
        )


class Link(models.Model):
    """An address that lets somebody in once. The row holds no secret: see `links`."""

    class Purpose(models.TextChoices):
        SETUP = "setup", _("setting up")
        INVITATION = "invitation", _("invitation")
        RESET = "reset", _("new password")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="links")
    made_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"

    def is_open(self, at: datetime) -> bool:
        """Neither used nor withdrawn nor expired, and its person, if it has one, may still sign in."""
        return (
            self.used_at is None
            and self.withdrawn_at is None
            and at < self.expires_at
            and (self.person is None or self.person.is_active)
        )
