"""Many at once: those that are ticked, one by one; or all that fit the filter, after a look at how many that are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, page, safe_next, said, signed_in, zone_of
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import Operation
from angarium.kernel.errors import AngariumError, Forbidden, Invalid, Unavailable
from angarium.modules.operations import actions
from angarium.modules.operations.bulk import Filter, Verb

from .filters import STATES, Filters
from .listing import PAGE

#: What a path asks for: the verb of `bulk`, and the action that begins it.
VERBS: dict[str, tuple[Verb, Callable[..., Operation]]] = {
    "cancellation": ("cancel", actions.cancel_meant),
    "retry": ("retry", actions.retry_meant),
}
ONE: dict[str, Callable[..., object]] = {"cancel": actions.cancel_operation, "retry": actions.retry_operation}
BEGUN = gettext_lazy("This operation does it; here one sees how far it is, and can stop it.")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def many(request: HttpRequest, verb: str) -> HttpResponseBase:
    """Show how many operations are meant; with a POST begin with them and show the operation that does it."""
    form, principal = Filters(request.GET, zone=zone_of(request)), principal_of(request)
    name, begin = VERBS[verb]
    wanted, refusal, number = _counted(form, name, principal)
    if request.method == "POST" and wanted is not None and not refusal:
        terms = {"by": principal, "because": request.POST.get("because", "").strip()[:500]}
        operation = attempt(request, lambda: begin(wanted, **terms), done=str(BEGUN))
        if operation is not None:
            return redirect("operations_pages:show", id=operation.id)
    shown = dict(STATES)
    context = {
        "verb": name,
        "number": number,
        "refusal": refusal,
        "said": [(form[field].label, shown.get(form.said[field], form.said[field])) for field in form.said],
        "back": form.query(),
    }
    return page(request, "operations/many.html", context, status=422 if refusal else 200)


def _counted(form: Filters, verb: Verb, principal: Principal) -> tuple[Filter | None, str, int]:
    """The filter, or why it cannot be told, and how many operations fit it now."""
    wanted = form.for_many if form.is_valid() else None
    if wanted is None:
        return None, str(TOO_NARROW), 0
    try:
        return wanted, "", actions.count_meant(verb, wanted, by=principal)
    except Invalid as refused:
        return wanted, said(refused), 0


TOO_NARROW = gettext_lazy(
    "Of many at once one can say the kind (in full), the state, the stage, the worker and the time. Take the rest out "
    "of the filter, or tick single operations."
)


@require_POST
@signed_in
def ticked(request: HttpRequest) -> HttpResponseBase:
    """Cancel or retry the ticked ones, each by itself: one that has moved on meanwhile does not hold up the others."""
    principal, back = principal_of(request), safe_next(request, reverse("operations_pages:list"))
    act, ids = ONE.get(request.POST.get("verb", "")), ids_in(request)
    if act is None or not ids:
        messages.error(request, _("Tick at least one of them."))
        return redirect(back)
    refused = [refusal for id in ids if (refusal := _refusal(lambda id=id: act(id, by=principal)))]  # type: ignore[misc]
    if done := len(ids) - len(refused):
        messages.success(request, _done(request.POST["verb"], done))
    _tell(request, refused)
    return redirect(back)


def ids_in(request: HttpRequest) -> list[UUID]:
    """Of those that one page can tick."""
    try:
        return sorted({UUID(id) for id in request.POST.getlist("id")[:PAGE]})
    except ValueError:
        return []


def _refusal(do: Callable[[], Any]) -> AngariumError | None:
    try:
        do()
    except (Forbidden, Unavailable):
        raise
    except AngariumError as refused:
        return refused
    return None


def _done(verb: str, number: int) -> str:
    if verb == "cancel":
        return ngettext("%(n)d was cancelled.", "%(n)d were cancelled.", number) % {"n": number}
    return ngettext("%(n)d is tried again.", "%(n)d are tried again.", number) % {"n": number}


def _tell(request: HttpRequest, refused: list[AngariumError]) -> None:
    """Each reason once, with how many it kept as they are."""
    for sentence in dict.fromkeys(said(one) for one in refused):
        number = sum(said(one) == sentence for one in refused)
        words = ngettext("%(n)d was left as it is:", "%(n)d were left as they are:", number) % {"n": number}
        messages.error(request, f"{words} {sentence}")
