"""What people ask of an import: take a file, show its first rows, check it, write it, stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import transaction

from angarium.engine.identity.public import SYSTEM, Principal
from angarium.engine.ledger.public import AlreadyFinal, NoOperation, Operation, State, cancel, start
from angarium.engine.tasks.public import storable
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid
from angarium.kernel.ids import uuid7
from angarium.modules.mailings.errors import NoImport, NotYours
from angarium.modules.mailings.lifecycle import ImportState
from angarium.modules.mailings.models import Import
from angarium.modules.mailings.queries import reads_all, writes_all

from .columns import FIELDS, layout
from .files import forget, save, upload_of
from .reading import BrokenFile, Decoding, delimiter_of, rows_of

#: Rows that are shown of a file, without its header.
SHOWN = 20
WORKING = frozenset({ImportState.CHECKING, ImportState.RUNNING})


def accept_file(name: str, read: Callable[[int], bytes], *, by: Principal) -> Import:
    """Take an upload, `read` piece by piece, and guess what its columns are. TooLarge; BrokenFile for what is no text,
    or has no rows."""
    if not writes_all(by):
        raise NotYours
    file = uuid7()
    decoding = save(file, read)
    try:
        return _entered(name, file, decoding)
    except BaseException:
        forget(file)
        raise


def _entered(name: str, file: UUID, decoding: Decoding) -> Import:
    encoding, path = decoding.end(), upload_of(file)
    delimiter = delimiter_of(path, encoding)
    found = layout(list(islice(rows_of(path, encoding, delimiter), SHOWN + 1)))
    if not found.titles:
        raise BrokenFile("There are no rows in this file.", field="file")
    return Import.objects.create(
        name=storable(name)[-255:],
        file=file,
        size=path.stat().st_size,
        lines=decoding.lines,
        encoding=encoding,
        delimiter=delimiter,
        has_header=found.has_header,
        mapping=found.mapping,
    )


def first_rows(row: Import) -> tuple[tuple[str, ...], list[list[str]]]:
    """What the columns are called, and the first rows as they stand in the file; nothing once it is gone."""
    try:
        rows = list(islice(rows_of(upload_of(row.file), row.encoding, row.delimiter), SHOWN + 1))
    except (FileNotFoundError, BrokenFile):
        return (), []
    return layout(rows).titles, rows[1:] if row.has_header else rows[:SHOWN]


def import_seen_by(by: Principal, id: int) -> Import:
    """The import. NoImport. One whose operation was ended by others is told as it is."""
    row = Import.objects.filter(pk=id).first() if reads_all(by) else None
    if row is None:
        raise NoImport
    return _with_its_operation(row) if row.state in WORKING else row


def start_import(id: int, *, by: Principal, mapping: Mapping[str, int] | None = None, dry_run: bool = False) -> Import:
    """Read the whole file, from its beginning; with `dry_run` nothing is written and all is counted. Invalid for a
    mapping without phones, or of columns that are not there; IllegalMove while it is read, or when it was."""
    import_seen_by(by, id)
    with transaction.atomic():
        row = Import.objects.select_for_update(no_key=True).get(pk=id)
        if not writes_all(by):
            raise NotYours
        row.move(ImportState.CHECKING if dry_run else ImportState.RUNNING)
        row.mapping = _checked(row, row.mapping if mapping is None else mapping)
        row.rows = row.new = row.changed = row.unchanged = row.wrong = row.errors_size = 0
        row.because, row.finished_at = "", None
        row.operation = start("mailings.import_clients", id=row.pk)
        row.save()
    return row


def cancel_import(id: int, *, by: Principal) -> Import:
    """Stop it: what was written stays. IllegalMove when it has ended."""
    seen = import_seen_by(by, id)
    if not writes_all(by):
        raise NotYours
    with transaction.atomic():
        if seen.operation is not None:  # first, as a worker that stores its outcome does
            with suppress(AlreadyFinal, NoOperation):
                cancel(seen.operation, SYSTEM, because=f"The import was cancelled by {by.name}.")
        row = Import.objects.select_for_update(no_key=True).get(pk=id)
        row.move(ImportState.CANCELLED)
        row.finished_at = now()
        row.save(update_fields=["state", "finished_at"])
    return row


def forget_old() -> int:
    """Delete imports, with their files, that are older than RETENTION_DAYS; how many there were."""
    old = Import.objects.filter(created_at__lt=now() - timedelta(days=settings.RETENTION_DAYS))
    rows = list(old.exclude(state__in=WORKING).values_list("pk", "file"))
    for id, file in rows:
        forget(file)
        Import.objects.filter(pk=id).delete()
    return len(rows)


def _checked(row: Import, mapping: Mapping[str, int]) -> dict[str, int]:
    unknown = [name for name in mapping if name not in FIELDS]
    if unknown:
        raise Invalid(f"A column can be one of {', '.join(FIELDS)}.", field=f"mapping.{unknown[0]}")
    if "phone" not in mapping:
        raise Invalid("Say which column has the phone numbers.", field="mapping.phone")
    width = len(first_rows(row)[0])
    wrong = next((name for name, number in mapping.items() if not 0 <= number < width), None)
    if wrong is not None:
        raise Invalid(f"The file has {width} columns, counted from 0.", field=f"mapping.{wrong}")
    if len(set(mapping.values())) != len(mapping):
        raise Invalid("One column can be one thing only.", field="mapping")
    return dict(mapping)


def _with_its_operation(row: Import) -> Import:
    """An operation that was cancelled, or has failed, on its own page ends the import as well."""
    operation = None if row.operation is None else Operation.objects.filter(pk=row.operation).first()
    if operation is not None and operation.is_open:
        return row
    with transaction.atomic():
        row = Import.objects.select_for_update(no_key=True).get(pk=row.pk)
        if row.state in WORKING and (operation is None or operation.pk == row.operation):
            failed = operation is None or operation.state != State.CANCELLED
            row.move(ImportState.FAILED if failed else ImportState.CANCELLED)
            row.because = "" if operation is None else operation.message[:300]
            row.finished_at = now()
            row.save(update_fields=["state", "because", "finished_at"])
    return row
