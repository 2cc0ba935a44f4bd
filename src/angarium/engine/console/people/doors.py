"""Pages for who is not signed in: becoming the first administrator, accepting an invitation, a forgotten password.

The key of a link stands in the query string, which our log lines leave out, and is sent to nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from angarium.engine.console import limits
from angarium.engine.console.forms import fill
from angarium.engine.console.page import answered, page
from angarium.engine.console.refusals import said
from angarium.engine.identity.public import (
    Link,
    Person,
    accept_invitation,
    link_of,
    request_reset,
    reset_password,
    set_up,
)
from angarium.kernel.errors import Conflict

from .letters import letters_stay_here, send_link

New = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class PasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(label=gettext_lazy("Password"), max_length=200, strip=False, widget=New)
    repeated = forms.CharField(label=gettext_lazy("The same again"), max_length=200, strip=False, widget=New)

    def clean_repeated(self) -> str:
        if self.cleaned_data.get("password") not in (None, self.cleaned_data["repeated"]):
            raise forms.ValidationError(_("The two passwords differ."))
        return str(self.cleaned_data["repeated"])


class NewcomerForm(PasswordForm):
    """What somebody who comes in chooses."""

    username = forms.CharField(
        label=gettext_lazy("Name to sign in with"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=200, required=False)
    field_order = ("username", "full_name", "email", "password", "repeated")


class FirstForm(NewcomerForm):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy("Where a link for a forgotten password would go."),
    )


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


def by_link(purpose: Link.Purpose) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponseBase]]:
    """A page that the key of an open link leads to; whatever is wrong with the key, one sentence says what to do."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
        @answered
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponseBase:
            key = request.POST.get("key", "") or request.GET.get("key", "")
            try:
                response = view(request, key, link_of(key, purpose))
            except Conflict as refusal:
                context = {"purpose": purpose, "why": said(refusal)}
                response = page(request, "console/people/spent.html", context, status=410)
            response["Cache-Control"] = "no-store"
            return response

        return guarded

    return decorate


def _door(request: HttpRequest, form: forms.Form, what: str, **more: Any) -> HttpResponse:
    context = {"form": form, "what": what, **more}
    return page(request, "console/people/door.html", context, status=422 if form.errors else 200)


def _sign_in(request: HttpRequest, person: Person) -> HttpResponse:
    login(request, person)
    messages.success(request, _("Welcome. You are signed in."))
    return redirect("console:home")


def _chosen(form: forms.Form) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name != "repeated"}


@by_link(Link.Purpose.SETUP)
def setup(request: HttpRequest, key: str, link: Link) -> HttpResponse:
    """Become the first administrator."""
    form = FirstForm(request.POST or None)
    person = fill(form, lambda: set_up(key, **_chosen(form)))
    return _sign_in(request, person) if person else _door(request, form, "setup", key=key)


@by_link(Link.Purpose.INVITATION)
def welcome(request: HttpRequest, key: str, link: Link) -> HttpResponse:
    """Accept an invitation."""
    assert link.person is not None
    form = NewcomerForm(
        request.POST or None, initial={"username": link.person.username, "full_name": link.person.full_name}
    )
    person = fill(form, lambda: accept_invitation(key, **_chosen(form)))
    return _sign_in(request, person) if person else _door(request, form, "welcome", key=key, person=link.person)


@by_link(Link.Purpose.RESET)
def new_password(request: HttpRequest, key: str, link: Link) -> HttpResponse:
    """Choose a new password; every session ends."""
    form = PasswordForm(request.POST or None)
    if fill(form, lambda: reset_password(key, form.cleaned_data["password"])) is None:
        return _door(request, form, "new", key=key, person=link.person)
    messages.success(request, _("Your password is changed, and every session has ended. Sign in with the new one."))
    return redirect("console:sign_in")


@answered
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a letter. The answer is the same whether or not somebody has the address."""
    form = AddressForm(request.POST or None)
    if form.is_bound and form.is_valid():
        email = form.cleaned_data["email"]
        if not limits.may_have_a_letter(request, email):
            form.add_error(None, _("Too many letters were asked for. Wait five minutes and try again."))
            response = _door(request, form, "forgotten")
            response.status_code = 429
            response["Retry-After"] = str(limits.WINDOW)
            return response
        with transaction.atomic():
            link = request_reset(email)
            if link is not None:
                send_link(link, request)
        return page(request, "console/people/sent.html", {"email": email, "stays_here": letters_stay_here()})
    return _door(request, form, "forgotten")
