"""Who gets a mailing, and what became of it for each of them: a page of a table."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from angarium.engine.console.public import one_page
from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now
from angarium.modules.mailings.lifecycle import WAITING, MessageState
from angarium.modules.mailings.models import Mailer, Message
from angarium.modules.mailings.queries import messages_found

PAGE = 25


class Filters(forms.Form):
    """What the table is narrowed to; the cursor is the message that the page before ended with."""

    state = forms.ChoiceField(required=False, choices=[("", _("all")), *MessageState.choices])
    phone = forms.RegexField(
        r"\A[0-9]{0,11}\Z", required=False, label=_("Phone"), error_messages={"invalid": _("Digits only, at most 11.")}
    )
    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


def recipients(request: HttpRequest, by: Principal, mailer: Mailer) -> dict[str, Any]:
    """The context of the table. Messages stand in the order in which they were planned; a page goes on after one."""
    form = Filters(request.GET)
    rows = _wanted(by, mailer, form) if form.is_valid() else Message.objects.none()
    messages, pager = one_page(request, rows.order_by("id"), size=PAGE, cursor="after")
    return {
        "recipient_form": form,
        "recipients": [(message, timeline_url(message), waits(message)) for message in messages],
        "chosen": form.data.get("state", ""),
        "phone": form.data.get("phone", ""),
        "wrong": not form.is_valid(),
        **pager,
    }


def _wanted(by: Principal, mailer: Mailer, form: Filters) -> QuerySet[Message]:
    asked = form.cleaned_data
    rows = messages_found(by, mailer=mailer, state=asked["state"])
    if asked["phone"]:
        same = {"client__phone": asked["phone"]} if len(asked["phone"]) == 11 else {}
        rows = rows.filter(**same or {"client__phone__contains": asked["phone"]})
    return rows.filter(id__gt=asked["after"]) if asked["after"] else rows


def waits(message: Message) -> float:
    """Seconds until it is looked at again; 0 when that is now, or never."""
    if message.state not in WAITING or message.due_at is None:
        return 0.0
    return max(0.0, float(round((message.due_at - now()).total_seconds())))


def timeline_url(message: Message) -> str:
    """Where it is told why she did not get it; empty where nobody tells."""
    try:
        return reverse("mailings_pages:message", args=[message.pk])
    except NoReverseMatch:
        return ""
