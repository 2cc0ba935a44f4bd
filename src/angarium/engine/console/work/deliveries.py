"""Messages for people who ask: who was told what, and why she did not get it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template import TemplateDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from angarium.engine.console.forms import fill
from angarium.engine.console.page import attempt, one_page, page, partial, signed_in
from angarium.engine.delivery.public import (
    EVERY_TOPIC,
    WAITING,
    Delivery,
    Message,
    State,
    TooLate,
    access_delivery,
    cancel,
    deliveries_seen_by,
    delivery_timeline,
    found,
    may_cancel,
    message_of,
    suppress,
    suppressions,
    unsuppress,
)
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import retry
from angarium.kernel.errors import Forbidden, Missing

PAGE = 25


class Filters(forms.Form):
    """What the list is narrowed to; a cursor goes on after a message."""

    subject = forms.CharField(required=False, max_length=200, label=gettext_lazy("About"))
    recipient = forms.CharField(required=False, max_length=150, label=gettext_lazy("To (such as student:7)"))
    channel = forms.CharField(required=False, max_length=50, label=gettext_lazy("Channel"))
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("any")), *State.choices]  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        wanted = {name: self.cleaned_data[name] for name in ("subject", "recipient", "channel", "state")}
        rows = found(rows, **wanted)
        if self.cleaned_data["before"]:
            rows = rows.filter(id__lt=self.cleaned_data["before"])
        return rows.order_by("-id")


@signed_in
def deliveries(request: HttpRequest) -> HttpResponse:
    form = Filters(request.GET)
    valid = form.is_valid()
    rows = form.apply(deliveries_seen_by(principal_of(request))) if valid else Delivery.objects.none()
    shown, pager = one_page(request, rows, size=PAGE, cursor="before")
    context = {
        "form": form,
        "deliveries": shown,
        **pager,
        "narrowed": any(request.GET.get(name) for name in ("subject", "recipient", "channel", "state")),
        "here": request.get_full_path(),
        "staff": principal_of(request).is_staff,
    }
    template = "console/work/deliveries_body.html" if partial(request) else "console/work/deliveries.html"
    return page(request, template, context, status=200 if valid else 400)


@signed_in
def delivery(request: HttpRequest, id: UUID) -> HttpResponse:
    principal = principal_of(request)
    row = access_delivery(principal, id)
    context = {
        "delivery": row,
        "steps": delivery_timeline(row.id),
        "message": text_of(row),
        "may_call_back": may_cancel(principal) and row.state in WAITING,
        "may_retry": may_cancel(principal) and row.state == State.FAILED and row.operation is not None,
        "open": row.state in (*WAITING, State.SENDING),
        "suppressed": suppressions(row.channel, row.address)[:5] if row.address and principal.is_staff else [],
    }
    template = "console/work/delivery_body.html" if partial(request) else "console/work/delivery.html"
    return page(request, template, context)


def text_of(row: Delivery) -> Message | None:
    """The message as it is written for its recipient; None when what it was made of was forgotten after sending."""
    if row.urgent and not row.context:
        return None
    try:
        return message_of(row)
    except TemplateDoesNotExist:  # of another release, or of a module that is not here
        return None


@require_POST
@signed_in
def call_back(request: HttpRequest, id: UUID) -> HttpResponseBase:
    principal = principal_of(request)
    row = _steered(principal, id)
    attempt(request, lambda: _cancel(row, principal), done=_("The message was called back; it will not be sent."))
    return redirect("console:delivery", id=id)


def _cancel(row: Delivery, principal: Principal) -> None:
    if not cancel(row.id, because=f"Called back by {principal}."):
        raise TooLate(state=row.state)


@require_POST
@signed_in
def send_again(request: HttpRequest, id: UUID) -> HttpResponseBase:
    principal = principal_of(request)
    row = _steered(principal, id)
    if row.operation is None or row.state != State.FAILED:
        raise Missing
    operation = row.operation
    attempt(request, lambda: retry(operation, principal), done=_("It is tried again, as a new operation."))
    return redirect("console:delivery", id=id)


def _steered(principal: Principal, id: UUID) -> Delivery:
    row = access_delivery(principal, id)
    if not may_cancel(principal):
        raise Forbidden
    return row


class SuppressForm(forms.Form):
    """Whom to write to no more."""

    channel = forms.CharField(label=gettext_lazy("Channel"), max_length=50, initial="email")
    address = forms.CharField(label=gettext_lazy("Address"), max_length=320)
    topic = forms.CharField(
        label=gettext_lazy("Kind of message"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Such as lessons.reminder; * for every kind that one can refuse; empty for everything."),
    )
    because = forms.CharField(label=gettext_lazy("Why"), max_length=500)


@signed_in
def suppressed(request: HttpRequest) -> HttpResponseBase:
    """Who is not written to; only staff see it."""
    principal = _staff(request)
    form = SuppressForm(request.POST or None)
    if fill(form, lambda: suppress(**form.cleaned_data, by=str(principal))) is not None:
        return redirect("console:suppressed")
    rows = suppressions().order_by("-id")
    address = request.GET.get("address", "").replace("\x00", "")[:320]
    if address:
        rows = suppressions(address=address).order_by("-id")
    if before := request.GET.get("before", ""):
        rows = rows.filter(id__lt=before) if _is_uuid(before) else rows.none()
    shown, pager = one_page(request, rows, size=PAGE, cursor="before")
    context = {"rows": shown, "form": form, "address": address, "every": EVERY_TOPIC, **pager}
    return page(request, "console/work/suppressed.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def write_again(request: HttpRequest, id: UUID) -> HttpResponseBase:
    principal = _staff(request)
    row = suppressions().filter(id=id).first()
    if row is None or not unsuppress(row.channel, row.address, str(principal), topic=row.topic):
        raise Missing
    return redirect("console:suppressed")


def _staff(request: HttpRequest) -> Principal:
    principal = principal_of(request)
    if not may_cancel(principal):
        raise Forbidden
    return principal


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
