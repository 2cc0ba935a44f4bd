"""What was wrong with an import, as a file to be saved."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from angarium.modules.mailings.models import Import

from .files import written_wrongs


def errors_file(row: Import) -> HttpResponseBase:
    """The answer to who asks for it; a header alone where nothing is wrong."""
    kind = "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="import-{row.pk}-errors.csv"', "Cache-Control": "no-store"}
    if row.errors_size:
        return StreamingHttpResponse(written_wrongs(row.file, row.errors_size), content_type=kind, headers=headers)
    empty = row.delimiter.join(("row", "value", "reason"))
    return HttpResponse(f"\ufeff{empty}\r\n", content_type=kind, headers=headers)
