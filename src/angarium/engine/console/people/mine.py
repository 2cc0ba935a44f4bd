"""One's own account: language and zone, password, tokens; and, for administrators, the tokens of services."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from angarium.engine.console.forms import fill
from angarium.engine.console.page import attempt, page, signed_in
from angarium.engine.identity.public import (
    Language,
    Person,
    Token,
    change_password,
    end_token,
    issue_token,
    may_administer,
    principal_of,
    timezones,
)
from angarium.kernel.clock import now

from .doors import New, PasswordForm

#: Of the engine's own, what a token can be for; modules add `<module>:read` and `<module>:write`.
ENGINE_SCOPES = ("deliveries:read", "deliveries:write")
LASTS = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("", gettext_lazy("until it is revoked")),
]


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """What one says about oneself."""

    class Meta:
        model = Person
        fields = ("full_name", "language", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name) for name in sorted(timezones())]
        self.fields["timezone"] = forms.ChoiceField(label=self.fields["timezone"].label, choices=zones)
        self.fields["language"] = forms.ChoiceField(
            label=self.fields["language"].label,
            choices=[("", _("as the browser says")), *Language.choices],
            required=False,
        )


class ChangeForm(PasswordForm):
    """The old password, and the new one twice."""

    old = forms.CharField(
        label=gettext_lazy("Your password now"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(label=gettext_lazy("The new one"), max_length=200, strip=False, widget=New)
    field_order = ("old", "password", "repeated")


class TokenForm(forms.Form):
    """A token's name, what it may be used for, and for how long."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    scopes = forms.MultipleChoiceField(label=gettext_lazy("May be used for"), widget=forms.CheckboxSelectMultiple)
    lasts = forms.ChoiceField(
        label=gettext_lazy("Good for"),
        choices=[*LASTS, ("", gettext_lazy("until it is revoked"))],
        required=False,
        initial="90",
    )
    for_service = forms.BooleanField(label=gettext_lazy("It is a service's own and acts for nobody"), required=False)

    def __init__(self, *args: Any, admin: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope, scope) for scope in scopes()]  # type: ignore[attr-defined]
        if not admin:
            del self.fields["for_service"]

    @property
    def expires_at(self) -> datetime | None:
        lasts = self.cleaned_data["lasts"]
        return now() + timedelta(days=int(lasts)) if lasts else None


def scopes() -> list[str]:
    """Everything that a token made on the page can be for."""
    modules = [f"{name}:{verb}" for name in settings.ANGARIUM_MODULES for verb in ("read", "write")]
    return ["*", *modules, *ENGINE_SCOPES]


def oneself(request: HttpRequest) -> Person:
    """The person who signed in, as stored now."""
    assert isinstance(request.user, Person)
    return Person.objects.get(pk=request.user.pk)


@signed_in
def account(request: HttpRequest) -> HttpResponseBase:
    person = oneself(request)
    form = AccountForm(request.POST or None, instance=person)
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        response = redirect("console:account")
        if person.language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax")
            translation.activate(person.language)
        else:
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return response
    return page(request, "console/people/account.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def password(request: HttpRequest) -> HttpResponseBase:
    person = oneself(request)
    form = ChangeForm(request.POST or None)
    changed = fill(form, lambda: _change(person, form.cleaned_data))
    if changed is not None:
        update_session_auth_hash(request, changed)
        messages.success(request, _("Your password is changed. Your other sessions have ended; this one goes on."))
        return redirect("console:account")
    return page(request, "console/people/password.html", {"form": form}, status=422 if form.errors else 200)


def _change(person: Person, words: dict[str, Any]) -> Person:
    return change_password(person, old=words["old"], new=words["password"])


@signed_in
def tokens(request: HttpRequest) -> HttpResponse:
    """Make and list one's own; administrators also those of services. The secret is in this answer and in no other."""
    principal = principal_of(request)
    admin = may_administer(principal)
    form = TokenForm(request.POST or None, admin=admin)
    made = fill(form, lambda: _issue(request, form))
    context = {
        "form": TokenForm(admin=admin) if made else form,
        "secret": made[1] if made else "",
        "made": made[0] if made else None,
        "mine": oneself(request).tokens.order_by("revoked_at", "name")[:100],
        "services": Token.objects.filter(person__isnull=True).order_by("revoked_at", "name")[:100] if admin else None,
        "now": now(),
    }
    status = 422 if form.errors else 201 if made else 200
    response = page(request, "console/people/tokens.html", context, status=status)
    if made:
        response["Cache-Control"] = "no-store"
    return response


def _issue(request: HttpRequest, form: TokenForm) -> tuple[Token, str]:
    words = form.cleaned_data
    return issue_token(
        by=principal_of(request),
        name=words["name"],
        scopes=words["scopes"],
        for_service=words.get("for_service", False),
        expires_at=form.expires_at,
    )


@require_POST
@signed_in
def revoke(request: HttpRequest, id: UUID) -> HttpResponseBase:
    principal = principal_of(request)
    attempt(request, lambda: end_token(id, by=principal), done=_("The token is revoked."))
    return redirect("console:tokens")
