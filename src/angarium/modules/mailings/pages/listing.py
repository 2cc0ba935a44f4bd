"""The list of mailings; it follows what happens while it is open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from angarium.engine.console.public import one_page, page, partial, signed_in
from angarium.engine.identity.public import Principal
from angarium.modules.mailings.lifecycle import ALIVE, State
from angarium.modules.mailings.models import Mailer
from angarium.modules.mailings.queries import mailers_seen_by, writes_all

from .away import away
from .rights import reader
from .standing import standings_of

PAGE = 25
STATES = [("", _("all")), *((state.value, state.label) for state in State if state is not State.DELETED)]


class Filters(forms.Form):
    """What the list is narrowed to; the cursor is the mailing that the page before ended with."""

    q = forms.CharField(required=False, max_length=200, label=_("Text or tag"))
    state = forms.ChoiceField(required=False, choices=STATES, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def query(self, **changes: str) -> str:
        """The query string of this filter with some of it changed, from its first page on."""
        said = {name: self.data.get(name, "") for name in ("q", "state")}
        return urlencode({name: value for name, value in {**said, **changes}.items() if value})


@dataclass(frozen=True, slots=True)
class Counted:
    """A state as a link."""

    state: str
    label: str
    number: int
    query: str
    here: bool


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, form = reader(request), Filters(request.GET)
    found = _found(by, form) if (valid := form.is_valid()) else Mailer.objects.none()
    rows = found.filter(state=form.cleaned_data["state"]) if valid and form.cleaned_data["state"] else found
    if valid and (before := form.cleaned_data["before"]):
        rows = rows.filter(id__lt=before)
    mailers, pager = one_page(request, rows.order_by("-id"), size=PAGE, cursor="before")
    moves = any(one.state in ALIVE for one in mailers)
    context: dict[str, Any] = {
        "form": form,
        "rows": standings_of(mailers),
        **pager,
        "counted": _counted(form, found),
        "narrowed": bool(form.query()),
        "again": form.query(),
        "may_write": writes_all(by),
        "moves": moves,
        "away": away() if moves else None,
        "here": request.get_full_path(),
    }
    template = "mailings/list_body.html" if partial(request) else "mailings/list.html"
    return page(request, template, context, status=200 if valid else 400)


def _found(by: Principal, form: Filters) -> QuerySet[Mailer]:
    rows, words = mailers_seen_by(by), form.cleaned_data["q"]
    return rows.filter(part("content", words) | part("tag", words)) if words else rows


def _counted(form: Filters, found: QuerySet[Mailer]) -> list[Counted]:
    """Every state with its number among what is found, one query."""
    numbers = dict(found.order_by().values_list("state").annotate(Count("id")))
    numbers[""] = sum(numbers.values())
    here = form.data.get("state", "")
    return [
        Counted(state, str(label), numbers.get(state, 0), form.query(state=state), state == here)
        for state, label in STATES
    ]


def part(field: str, words: str) -> Q:
    """A part of a text in any case. SQLite's own LIKE folds ASCII only, its REGEXP is Python's and folds all."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__iregex": re.escape(words)})
    return Q(**{f"{field}__icontains": words})
