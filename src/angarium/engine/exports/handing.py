"""Handing a file out: to whoever asked for it, while it is kept, and while he may read what is in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import TERMINAL
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

from .datasets import dataset_named, granted
from .errors import NoFile, NotReady, RightsChanged
from .letters import TYPES
from .models import Export, Format
from .seeing import access_export
from .storage import fetch
from .tasks import filters_of

log = get_logger("angarium.exports")


def file_for(principal: Principal, id: UUID) -> FileResponse:
    """The answer with the file, read as it is sent. Raises NoExport, NotReady, NoFile, MayNotRead, RightsChanged."""
    row = access_export(principal, id)
    if row.state not in TERMINAL:
        raise NotReady(state=row.state)
    if not row.has_file(now()):
        raise NoFile
    check(principal, row)
    try:
        file = fetch(row.file)
    except FileNotFoundError:
        log.warning("exports.file_missing", export_id=str(row.id), file=row.file)
        raise NoFile from None
    log.info("exports.handed_out", export_id=str(row.id), dataset=row.dataset, rows=row.rows)
    return _answer(row, file)


def check(principal: Principal, row: Export) -> None:
    """What was read for the file may be read now as well, all of it and no more. Raises MayNotRead, RightsChanged."""
    of = dataset_named(row.dataset)
    if granted(of, principal, filters_of(of, row), row.columns).extent != row.extent:
        raise RightsChanged


def _answer(row: Export, file: Any) -> FileResponse:
    kind = TYPES[Format(row.format)]
    answer = FileResponse(file, as_attachment=True, filename=row.name, content_type=kind)
    answer["Content-Length"] = str(row.size)
    answer["Cache-Control"] = "private, no-store"
    answer["ETag"] = f'"{row.sha256}"'
    return answer
