"""Looking after people, for administrators: who there is, inviting, letting out, roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from angarium.engine.console.forms import fill
from angarium.engine.console.page import attempt, one_page, page, signed_in
from angarium.engine.console.story import story_of
from angarium.engine.delivery.public import deliveries_of
from angarium.engine.identity.public import (
    Language,
    Link,
    Person,
    Principal,
    Role,
    change_role,
    deactivate_person,
    has_open_invitation,
    invite_again,
    invite_person,
    may_administer,
    principal_of,
    reactivate_person,
    timezones,
    withdraw_invitation,
)
from angarium.kernel.errors import Forbidden, Missing

from .letters import letters_stay_here, send_link
from .wording import WORDS, detail

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PAGE = 50


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=300, widget=forms.EmailInput)
    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=200, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.MEMBER)
    language = forms.ChoiceField(label=gettext_lazy("Language of the letter"), choices=Language.choices)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = [(name, name) for name in sorted(timezones())]  # type: ignore[attr-defined]
        self.fields["timezone"].initial = settings.TIME_ZONE
        self.fields["language"].initial = settings.LANGUAGE_CODE


def administrator(request: HttpRequest) -> Principal:
    """Who asks, if they may look after people. Raises Forbidden."""
    principal = principal_of(request)
    if not may_administer(principal):
        raise Forbidden
    return principal


@signed_in
def people(request: HttpRequest) -> HttpResponse:
    administrator(request)
    words = request.GET.get("q", "").replace("\x00", "")[:200]
    rows = _named(Person.objects.order_by("id"), words)
    if after := _uuid(request.GET.get("after", "")):
        rows = rows.filter(id__gt=after)
    shown, pager = one_page(request, rows, size=PAGE, cursor="after")
    context = {"people": [(one, _standing(one)) for one in shown], "words": words, **pager}
    return page(request, "console/people/list.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _named(rows: QuerySet[Person], words: str) -> QuerySet[Person]:
    if not words:
        return rows
    return rows.filter(Q(username__icontains=words) | Q(full_name__icontains=words) | Q(email__icontains=words))


def _standing(person: Person) -> tuple[str, str]:
    """(state for the pill, in words)."""
    if not person.is_active:
        return "cancelled", _("deactivated")
    if person.has_usable_password() or person.sub:
        return "succeeded", _("may sign in")
    return ("scheduled", _("invited")) if has_open_invitation(person) else ("failed", _("cannot sign in"))


@signed_in
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    principal = administrator(request)
    person = Person.objects.filter(id=id).first()
    if person is None:
        raise Missing
    joined = person.has_usable_password() or person.sub is not None
    context = {
        "person": person,
        "standing": _standing(person),
        "joined": joined,
        "invitation": person.links.filter(purpose=Link.Purpose.INVITATION).first(),
        "may_invite_again": not joined and person.is_active and bool(person.email),
        "oneself": person.id == principal.id,
        "roles": Role.choices,
        "tokens": person.tokens.filter(revoked_at__isnull=True),
        "story": story_of(f"identity.person:{person.id}", WORDS, detail),
        "letters": deliveries_of(f"identity.person:{person.id}", limit=10)[::-1],
        "stays_here": letters_stay_here(),
    }
    return page(request, "console/people/show.html", context)


@signed_in
def invite(request: HttpRequest) -> HttpResponseBase:
    principal = administrator(request)
    form = InviteForm(request.POST or None)
    link = fill(form, lambda: _invited(request, lambda: invite_person(by=principal, **form.cleaned_data)))
    if link is not None:
        return redirect("console:person", id=link.person_id)
    context = {"form": form, "stays_here": letters_stay_here()}
    return page(request, "console/people/invite.html", context, status=422 if form.errors else 200)


def _invited(request: HttpRequest, do: Callable[[], Link]) -> Link:
    """Person, link and letter are one transaction: none without the others."""
    with transaction.atomic():
        link = do()
        send_link(link, request)
    return link


#: What a button asks for, and what is said when it is done.
VERBS: dict[str, tuple[Callable[[HttpRequest, UUID, Principal], object], _StrOrPromise]] = {
    "invitation": (
        lambda request, id, by: _invited(request, lambda: invite_again(id, by=by)),
        gettext_lazy("A new letter is on its way; the link in the last one opens nothing any more."),
    ),
    "withdrawal": (
        lambda request, id, by: withdraw_invitation(id, by=by),
        gettext_lazy("The invitation is withdrawn; its link opens nothing any more."),
    ),
    "deactivation": (
        lambda request, id, by: deactivate_person(id, by=by),
        gettext_lazy("Deactivated: every session has ended and tokens open nothing."),
    ),
    "reactivation": (
        lambda request, id, by: reactivate_person(id, by=by),
        gettext_lazy("May sign in again."),
    ),
    "role": (
        lambda request, id, by: change_role(id, request.POST.get("role", ""), by=by),
        gettext_lazy("The role is changed, from the next request on."),
    ),
}


@require_POST
@signed_in
def move(request: HttpRequest, id: UUID, verb: str) -> HttpResponseBase:
    principal = administrator(request)
    do, done = VERBS[verb]
    attempt(request, lambda: do(request, id, principal), done=str(done))
    return redirect("console:person", id=id)
