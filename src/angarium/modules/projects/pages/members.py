"""Who sees a project, and what each may do there; its owners decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, page, signed_in
from angarium.engine.identity.public import Person, principal_of
from angarium.modules.projects import actions
from angarium.modules.projects.errors import NotYours
from angarium.modules.projects.lifecycle import Role
from angarium.modules.projects.models import Member
from angarium.modules.projects.queries import may_own, project_seen_by, projects_seen_by

from .names import GONE, names_of


class MemberForm(forms.Form):
    """Somebody who is to see the project: who signs in by this name, or has this address."""

    person = forms.CharField(
        max_length=300,
        label=gettext_lazy("Name to sign in with, or e-mail"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.EDITOR, label=pgettext_lazy("role", "May"))

    def clean_person(self) -> UUID:
        words = self.cleaned_data["person"].strip()
        found = Person.objects.filter(Q(username=words) | (Q(email__iexact=words) & ~Q(email="")), is_active=True)
        person = found.values_list("pk", flat=True).first()
        if person is None:
            raise forms.ValidationError(_("Nobody who may sign in has this name or address."))
        return person


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    """The members; with a POST somebody is let in, or may do something else from now on."""
    by = principal_of(request)
    project = project_seen_by(by, id)
    if request.method == "POST" and not may_own(by, id):
        raise NotYours
    form = MemberForm(request.POST or None)
    if fill(form, lambda: actions.set_member(id, by=by, **form.cleaned_data)) is not None:
        return redirect("projects_pages:members", id=id)
    context: dict[str, Any] = {
        "project": project,
        "form": form,
        "members": _members(id),
        "roles": Role.choices,
        "may_own": may_own(by, id),
        "me": by.id,
    }
    return page(request, "projects/members.html", context, status=422 if form.errors else 200)


def _members(id: int) -> list[tuple[Member, str]]:
    """(member, name), the owners first. Two queries."""
    order = list(reversed(Role.values))
    rows = sorted(Member.objects.filter(project_id=id), key=lambda one: (order.index(one.role), one.pk))
    names = names_of(one.person for one in rows)
    return [(one, str(names.get(one.person, GONE))) for one in rows]


@require_POST
@signed_in
def change(request: HttpRequest, id: int, person: UUID) -> HttpResponseBase:
    by, role = principal_of(request), request.POST.get("role", "")
    attempt(request, lambda: actions.set_member(id, by=by, person=person, role=role), done=_("Changed."))
    return _back(request, id)


@require_POST
@signed_in
def removal(request: HttpRequest, id: int, person: UUID) -> HttpResponseBase:
    by = principal_of(request)
    attempt(
        request,
        lambda: actions.remove_member(id, by=by, person=person),
        done=_("They do not see the project any more."),
    )
    return _back(request, id)


def _back(request: HttpRequest, id: int) -> HttpResponseBase:
    """To the members; to the list for somebody who has just left."""
    seen = projects_seen_by(principal_of(request)).filter(pk=id).exists()
    return redirect("projects_pages:members", id=id) if seen else redirect("projects_pages:list")
