"""People and tokens in the admin, for administrators alone. A token's secret is shown once, on its making."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm

from angarium.contracts.identity import AccountEdited, TokenEdited

from .acting import principal_of
from .errors import LastAdmin
from .membership import keep_an_admin
from .models import Person, Token
from .record import record
from .tokens import digest, end_token, new_secret

admin.site.unregister(Group)


class NewPerson(UserCreationForm):  # type: ignore[type-arg]
    """A new account: its name and its password twice."""

    class Meta:
        model = Person
        fields = ("username", "full_name", "email", "role")


class KnownPerson(UserChangeForm):
    """A person to be changed, who is not the last administrator to be deactivated."""

    def clean(self) -> dict[str, Any]:
        words: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            keep_an_admin(self.instance, role=words.get("role", ""), is_active=words.get("is_active", False))
        except LastAdmin as refusal:
            raise ValidationError(_(refusal.message)) from refusal
        return words


@admin.register(Person)
class PersonAdmin(UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = KnownPerson
    add_form = NewPerson
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", "language")
    search_fields = ("username", "full_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "joined_at", "sub")
    fieldsets = (
        (None, {"fields": ("username", "password", "role", "is_active")}),
        (_("Person"), {"fields": ("full_name", "email", "language", "timezone")}),
        (_("Sign-in"), {"fields": ("last_login", "joined_at", "sub")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "full_name", "email", "role", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        """A person is deactivated, so that what they did can be told."""
        return False

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            record(principal_of(request), AccountEdited(person_id=obj.id))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if request.method == "POST" and response.status_code == 302:
                record(principal_of(request), AccountEdited(person_id=UUID(id)))
        return response


@admin.register(Token)
class TokenAdmin(ModelAdmin):
    list_display = ("name", "person", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("revoked_at",)
    search_fields = ("name",)
    autocomplete_fields = ("person",)
    actions = ("revoke",)
    fields = ("name", "scopes", "person", "expires_at", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("created_at", "last_used_at", "revoked_at")

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        """A token is revoked, so that what it did can be told."""
        return False

    def save_model(self, request: HttpRequest, obj: Token, form: Any, change: bool) -> None:
        if not change:
            secret = new_secret()
            obj.sha256 = digest(secret)
            messages.warning(request, _("Copy the token now, it is not shown again: %(secret)s") % {"secret": secret})
        super().save_model(request, obj, form, change)
        if change:
            fact = TokenEdited(token_id=obj.id, name=obj.name, person_id=obj.person_id)
            record(principal_of(request), fact)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        good = list(chosen.filter(revoked_at__isnull=True))
        with transaction.atomic():
            for token in good:
                end_token(token.id, by=principal_of(request))
        messages.success(request, _("Revoked: %(count)d.") % {"count": len(good)})
