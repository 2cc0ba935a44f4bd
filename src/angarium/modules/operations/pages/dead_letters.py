"""What failed for good and waits for somebody, with the reason."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from angarium.engine.console.public import attempt, one_page, page, signed_in
from angarium.engine.identity.public import principal_of
from angarium.engine.ledger.public import DeadLetter, kinds
from angarium.modules.operations import actions
from angarium.modules.operations.queries import dead_letters_for

from .listing import PAGE
from .many import ids_in


class DeadLetterFilters(forms.Form):
    """What the dead letters are narrowed to; a cursor goes on after one."""

    kind = forms.CharField(required=False, max_length=200, label=gettext_lazy("Kind"))
    reason = forms.CharField(required=False, max_length=200, label=gettext_lazy("Reason contains"))
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)


@signed_in
def dead_letters(request: HttpRequest) -> HttpResponse:
    form = DeadLetterFilters(request.GET)
    valid, principal = form.is_valid(), principal_of(request)
    rows = DeadLetter.objects.none()
    if valid:
        wanted = form.cleaned_data
        rows = dead_letters_for(principal, kind=wanted["kind"], reason=wanted["reason"])
        if wanted["before"]:
            rows = rows.filter(operation_id__lt=wanted["before"])
    letters, pager = one_page(request, rows, size=PAGE, cursor="before")
    context = {
        "form": form,
        "letters": letters,
        **pager,
        "narrowed": any(request.GET.get(name) for name in ("kind", "reason")),
        "kinds": list(kinds()),
        "may_retry": principal.may("operations:write"),
    }
    return page(request, "operations/dead_letters.html", context, status=200 if valid else 400)


@require_POST
@signed_in
def retry_selected(request: HttpRequest) -> HttpResponseBase:
    """Retry the ticked ones, all or none, each as a new operation."""
    principal, ids = principal_of(request), ids_in(request)
    if not ids:
        messages.error(request, gettext("Tick at least one of them."))
        return redirect("operations_pages:dead_letters")
    done = ngettext("%(n)d is tried again.", "%(n)d are tried again.", len(ids)) % {"n": len(ids)}
    attempt(request, lambda: actions.retry_operations(ids, by=principal), done=done)
    return redirect("operations_pages:dead_letters")
