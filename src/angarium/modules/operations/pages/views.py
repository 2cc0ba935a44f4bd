"""Keeping the list's filter under a name, renaming it, letting go of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from angarium.engine.console.public import attempt, safe_next, signed_in, zone_of
from angarium.engine.identity.public import principal_of
from angarium.kernel.errors import Invalid
from angarium.modules.operations.models import SavedView
from angarium.modules.operations.saved_views import delete_view, rename_view, save_view

from .filters import Filters


@require_POST
@signed_in
def save(request: HttpRequest) -> HttpResponseBase:
    """Keep the filter `query` under a name, and show it."""
    principal, name = principal_of(request), request.POST.get("name", "")

    def keep() -> SavedView:
        return save_view(name, _checked(request), by=principal)

    view = attempt(request, keep, done=_("The view is saved."))
    return redirect(f"{reverse('operations_pages:list')}?{view.query}") if view else redirect(_back(request))


@require_POST
@signed_in
def rename(request: HttpRequest, id: int) -> HttpResponseBase:
    principal, name = principal_of(request), request.POST.get("name", "")
    attempt(request, lambda: rename_view(id, name, by=principal), done=_("The view has its new name."))
    return redirect(_back(request))


@require_POST
@signed_in
def delete(request: HttpRequest, id: int) -> HttpResponseBase:
    principal = principal_of(request)
    attempt(request, lambda: delete_view(id, by=principal), done=_("The view is gone; no operation was touched."))
    return redirect(_back(request))


def _checked(request: HttpRequest) -> str:
    """The query string of a filter that makes sense."""
    form = Filters(QueryDict(request.POST.get("query", "")[:10_000]), zone=zone_of(request))
    if not form.is_valid():
        raise Invalid("This filter makes no sense, so it is not kept.")
    return form.query()


def _back(request: HttpRequest) -> str:
    return safe_next(request, reverse("operations_pages:list"))
