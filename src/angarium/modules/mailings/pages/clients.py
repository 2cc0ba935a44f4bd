"""Clients for people: a list to search, a form, and who is not to be written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, one_page, page, partial, signed_in
from angarium.engine.identity.public import Principal, principal_of, timezones
from angarium.modules.mailings import actions
from angarium.modules.mailings.models import Client, phone_number, three_digits
from angarium.modules.mailings.queries import client_seen_by, clients_seen_by, messages_found, writes_all

from .recipients import timeline_url
from .rights import reader, writer
from .tags import tags_in_use

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PAGE, LATEST = 25, 20
WRITTEN = [("", gettext_lazy("all")), ("yes", gettext_lazy("written to")), ("no", gettext_lazy("not to be written to"))]


class Filters(forms.Form):
    """What the list is narrowed to; the cursor is the client that the page before ended with."""

    phone = forms.RegexField(
        r"\A[0-9]{0,11}\Z",
        required=False,
        label=gettext_lazy("Part of the phone"),
        error_messages={"invalid": gettext_lazy("Digits only, at most 11.")},
    )
    tag = forms.CharField(
        required=False, max_length=100, label=gettext_lazy("Tag"), widget=forms.TextInput(attrs={"list": "tags"})
    )
    operator_code = forms.CharField(
        required=False, max_length=3, label=gettext_lazy("Operator code"), validators=[three_digits]
    )
    written = forms.ChoiceField(required=False, choices=WRITTEN, label=gettext_lazy("Who"))
    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    @property
    def narrows(self) -> bool:
        return any(self.data.get(name) for name in ("phone", "tag", "operator_code", "written"))


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, form = reader(request), Filters(request.GET)
    valid = form.is_valid()
    found = _found(by, form.cleaned_data) if valid else Client.objects.none()
    clients, pager = one_page(request, found.order_by("id"), size=PAGE, cursor="after")
    context: dict[str, Any] = {
        "form": form,
        "clients": clients,
        **pager,
        "tags": tags_in_use(),
        "may_write": writes_all(by),
    }
    template = "mailings/clients_body.html" if partial(request) else "mailings/clients.html"
    return page(request, template, context, status=200 if valid else 400)


def _found(by: Principal, wanted: dict[str, Any]) -> QuerySet[Client]:
    rows = clients_seen_by(by)
    if phone := wanted["phone"]:
        rows = rows.filter(phone=phone) if len(phone) == 11 else rows.filter(phone__contains=phone)
    rows = rows.filter(**{name: wanted[name] for name in ("tag", "operator_code") if wanted[name]})
    if wanted["written"]:
        rows = rows.filter(opted_out_at__isnull=wanted["written"] == "yes")
    return rows.filter(id__gt=wanted["after"]) if wanted["after"] else rows


class ClientForm(forms.Form):
    """A client to be entered or edited. The operator code follows from the phone."""

    phone = forms.CharField(
        max_length=11,
        label=gettext_lazy("Phone"),
        validators=[phone_number],
        help_text=gettext_lazy("Eleven digits, beginning with 7."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    tag = forms.CharField(
        required=False, max_length=100, label=gettext_lazy("Tag"), widget=forms.TextInput(attrs={"list": "tags"})
    )
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zones = self.fields["timezone"]
        assert isinstance(zones, forms.ChoiceField)
        zones.choices = [(name, name.replace("_", " ")) for name in sorted(timezones())]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    by = writer(request)
    form = ClientForm(request.POST or None, initial={"timezone": "UTC"})
    client = fill(form, lambda: actions.add_client(by=by, **form.cleaned_data))
    if client is not None:
        return redirect("mailings_pages:client", id=client.pk)
    return _shown(request, form, may_write=True)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    """A client with the latest messages; with a POST the form is saved."""
    by = principal_of(request)
    client = client_seen_by(by, id)
    initial = {name: getattr(client, name) for name in ("phone", "tag", "timezone")}
    form = ClientForm(request.POST or None, initial=initial)
    changed = fill(form, lambda: actions.edit_client(id, by=by, **{n: form.cleaned_data[n] for n in form.changed_data}))
    if changed is not None:
        return redirect("mailings_pages:client", id=id)
    latest = messages_found(by, client=id).select_related("mailer").order_by("-id")[:LATEST]
    got = [(message, timeline_url(message)) for message in latest]
    return _shown(request, form, client=client, got=got, may_write=writes_all(by))


def _shown(request: HttpRequest, form: ClientForm, **more: Any) -> HttpResponse:
    context = {"form": form, "tags": tags_in_use(), **more}
    return page(request, "mailings/client.html", context, status=422 if form.errors else 200)


#: What a button asks for: the action, and what is said when it is done.
VERBS: dict[str, tuple[Callable[..., object], _StrOrPromise]] = {
    "opt-out": (actions.opt_out, gettext_lazy("Not to be written to any more; what was waiting is suppressed.")),
    "opt-in": (actions.opt_in, gettext_lazy("Written to again, from the next mailing on.")),
    "deletion": (actions.delete_client, gettext_lazy("The client was deleted; what was sent stays in the statistics.")),
}


@require_POST
@signed_in
def move(request: HttpRequest, id: int, verb: str) -> HttpResponseBase:
    by = principal_of(request)
    client_seen_by(by, id)
    action, done = VERBS[verb]
    attempt(request, lambda: action(id, by=by), done=str(done))
    gone = not clients_seen_by(by).filter(pk=id).exists()
    return redirect("mailings_pages:clients") if gone else redirect("mailings_pages:client", id=id)
