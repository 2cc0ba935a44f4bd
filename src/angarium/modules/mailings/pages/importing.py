"""Clients from a file: upload it, say what its columns are, check it, write it, and look on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, page, partial, signed_in
from angarium.modules.mailings.importing.asking import (
    WORKING,
    accept_file,
    cancel_import,
    first_rows,
    import_seen_by,
    start_import,
)
from angarium.modules.mailings.importing.columns import FIELDS
from angarium.modules.mailings.importing.errors_file import errors_file
from angarium.modules.mailings.models import Import
from angarium.modules.mailings.queries import writes_all

from .rights import reader, writer

LATEST = 20
LABELS = {
    "phone": gettext_lazy("Phone"),
    "tag": gettext_lazy("Tag"),
    "timezone": gettext_lazy("Time zone"),
    "operator_code": gettext_lazy("Operator code"),
}
#: By what stands between the cells of a file.
DELIMITERS = {",": gettext_lazy("comma"), ";": gettext_lazy("semicolon"), "\t": gettext_lazy("tab")}


class Upload(forms.Form):
    """A file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
        allow_empty_file=True,
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, and what it is taken for."""

    number: int
    title: str
    field: str


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def index(request: HttpRequest) -> HttpResponseBase:
    by = writer(request)
    form = Upload(request.POST or None, request.FILES or None)
    row = fill(form, lambda: accept_file(form.cleaned_data["file"].name, form.cleaned_data["file"].read, by=by))
    if row is not None:
        return redirect("mailings_pages:import", id=row.pk)
    context = {"form": form, "imports": Import.objects.order_by("-id")[:LATEST]}
    return page(request, "mailings/imports.html", context, status=422 if form.errors else 200)


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    by = reader(request)
    row = import_seen_by(by, id)
    titles, rows = first_rows(row)
    named = {number: field for field, number in row.mapping.items()}
    columns = [Column(number, title, named.get(number, "")) for number, title in enumerate(titles)]
    context: dict[str, Any] = {
        "row": row,
        "works": row.state in WORKING,
        "may_write": writes_all(by),
        "may_begin": writes_all(by) and bool(columns) and row.state not in {*WORKING, "done"},
        "columns": columns,
        "fields": LABELS.items(),
        "rows": [_filled(one, len(columns)) for one in rows],
        "delimiter": DELIMITERS.get(row.delimiter, row.delimiter),
    }
    template = "mailings/import_body.html" if partial(request) else "mailings/import.html"
    return page(request, template, context)


@require_POST
@signed_in
def run(request: HttpRequest, id: int) -> HttpResponseBase:
    by, dry_run = writer(request), request.POST.get("verb") == "check"
    done = _("The file is being checked.") if dry_run else _("The clients are being written.")
    mapping = mapped(request)
    attempt(request, lambda: start_import(id, by=by, mapping=mapping, dry_run=dry_run), done=done)
    return redirect("mailings_pages:import", id=id)


@require_POST
@signed_in
def cancellation(request: HttpRequest, id: int) -> HttpResponseBase:
    by = writer(request)
    attempt(request, lambda: cancel_import(id, by=by), done=_("Stopped; what was written stays."))
    return redirect("mailings_pages:import", id=id)


@signed_in
def errors(request: HttpRequest, id: int) -> HttpResponseBase:
    return errors_file(import_seen_by(reader(request), id))


def mapped(request: HttpRequest) -> dict[str, int]:
    """What the form says each column is; of two that are the same the later one, which the action then refuses."""
    said: dict[str, int] = {}
    for name, field in request.POST.items():
        number = name.removeprefix("column-")
        if number != name and number.isascii() and number.isdigit() and len(number) < 6 and field in FIELDS:
            said[str(field)] = int(number) if field not in said else -1
    return said


def _filled(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))][:width]
