"""One's exports: the list with how far each is, one of them, and what one can do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_POST

from angarium.engine.console.page import attempt, one_page, page, partial, signed_in
from angarium.engine.exports.public import (
    Dataset,
    Export,
    access_export,
    cancel,
    datasets,
    eta_of,
    exports_of,
    file_for,
    offered,
    revoke,
    rows_of,
    total_of,
)
from angarium.engine.identity.public import principal_of
from angarium.engine.ledger.public import TERMINAL
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError, Conflict, Forbidden

PAGE = 25
#: What a worker does at present, by the stage that it tells.
STAGES = {
    "counting": gettext_lazy("The rows are being counted."),
    "writing": gettext_lazy("The rows are being written."),
    "packing": gettext_lazy("The file is being packed."),
    "storing": gettext_lazy("The file is being stored."),
}
#: What exports refuse on their pages, to be found by makemessages: a refusal's sentence is its docstring.
SENTENCES = (
    gettext_noop("There is no dataset of this name."),
    gettext_noop("This dataset has no such column."),
    gettext_noop("There is no such export, or you may not see it."),
    gettext_noop("The file is not kept any more: its time is over, or it was taken back. Ask for it anew."),
    gettext_noop("The file is not there yet."),
    gettext_noop("This export has ended, so it cannot be cancelled any more."),
    gettext_noop("You have as many exports under way as one may have; wait for one of them, or cancel one."),
    gettext_noop("You may not read these rows."),
    gettext_noop("What you may read has changed since this file was built; ask for it anew."),
    gettext_noop("You may have exports sent to your own address only."),
    gettext_noop("The token that asked for it was revoked or has expired."),
    gettext_noop("The open form that asked for it is closed."),
    gettext_noop("Whoever asked for it may not sign in any more."),
)


def shown(row: Export) -> dict[str, Any]:
    """One export as the templates show it."""
    of = datasets().get(row.dataset)
    return {
        "row": row,
        "title": of.title if of else row.dataset,
        "filters": [(_label(of, name), value) for name, value in row.filters.items()],
        "rows": rows_of(row),
        "total": total_of(row),
        "eta": eta_of(row),
        "stage": STAGES.get(row.stage or "", ""),
        "open": row.state not in TERMINAL,
        "because": _(row.because or row.said or "") if row.state in {"failed", "cancelled"} and row.because else "",
        "kept": row.has_file(now()),
    }


def _label(of: Dataset | None, name: str) -> str:
    """How the form calls a filter."""
    field = of.filters().fields.get(name) if of else None
    return str(field.label or name) if field else name


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    principal = principal_of(request)
    rows = exports_of(principal).order_by("-id")
    before = _uuid(request.GET.get("before", ""))
    found, pager = one_page(request, rows.filter(id__lt=before) if before else rows, size=PAGE, cursor="before")
    context = {
        "exports": [shown(row) for row in found],
        "offered": offered(principal),
        "here": request.get_full_path(),
        "busy": any(row.state not in TERMINAL for row in found),
        **pager,
    }
    template = "console/exports/list_body.html" if partial(request) else "console/exports/list.html"
    return page(request, template, context)


@signed_in
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    row = access_export(principal_of(request), id)
    template = "console/exports/show_body.html" if partial(request) else "console/exports/show.html"
    return page(request, template, shown(row))


@signed_in
def file(request: HttpRequest, id: UUID) -> HttpResponseBase:
    """The file, or the export's page with what is in the way."""
    principal = principal_of(request)
    try:
        return file_for(principal, id)
    except (Forbidden, Conflict) as refusal:
        return _refused(request, refusal, id)
    except AngariumError as refusal:
        if refusal.code != "export_gone":
            raise
        return _refused(request, refusal, id)


def _refused(request: HttpRequest, refusal: AngariumError, id: UUID) -> HttpResponseBase:
    status = 403 if isinstance(refusal, Forbidden) else 409
    row = access_export(principal_of(request), id)
    return page(request, "console/exports/show.html", {**shown(row), "refusal": _(refusal.message)}, status=status)


@require_POST
@signed_in
def cancellation(request: HttpRequest, id: UUID) -> HttpResponseBase:
    by = principal_of(request)
    attempt(request, lambda: cancel(id, by=by), done=_("The export was cancelled."))
    return redirect("console:export", id=id)


@require_POST
@signed_in
def revocation(request: HttpRequest, id: UUID) -> HttpResponseBase:
    by = principal_of(request)
    attempt(request, lambda: revoke(id, by=by), done=_("The file was taken back; its link leads nowhere any more."))
    return redirect("console:export", id=id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
