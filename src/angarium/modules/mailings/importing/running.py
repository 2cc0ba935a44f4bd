"""Reading a file of clients to its end, a thousand rows in each transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from uuid import UUID

from django.db import transaction

from angarium.engine.ledger.public import LeaseLost
from angarium.kernel.clock import now
from angarium.modules.mailings.lifecycle import ImportState
from angarium.modules.mailings.models import Import

from .cleaning import Wanted, Wrong, wanted
from .columns import cells
from .comparing import applied
from .files import forget, upload_of, write_wrongs
from .reading import rows_of
from .seen import Seen, seen

#: Rows in one transaction.
TOGETHER = 1000
#: What an operation does, and what it then is.
ENDS = {ImportState.CHECKING: ImportState.CHECKED, ImportState.RUNNING: ImportState.DONE}
Numbered = tuple[int, list[str]]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows up to the number `last`: what they ask for, and those that cannot be taken."""

    last: int
    wanted: list[Wanted]
    wrongs: list[tuple[int, str, str]]


def import_of(id: int, operation: UUID) -> Import | None:
    """The import that this operation is to read; None when it was stopped or begun anew."""
    return Import.objects.filter(pk=id, operation=operation, state__in=list(ENDS)).first()


def read_on(row: Import, tell: Tell, *, pauses: Callable[[], bool] = lambda: False) -> bool:
    """Read from where it is to the end; False when it is to pause before. LeaseLost when it was stopped, or somebody
    else reads it by now; BrokenFile; FileNotFoundError when the upload is not there."""
    with seen() as known:
        for batch in _batches(row, known):
            if pauses():
                return False
            if batch.last > row.rows:
                row = _write(row, batch)
                tell(row.rows, max(row.lines, row.rows))
    return True


def end(id: int, operation: UUID) -> None:
    """It was read to its end. Called in the transaction of the operation's outcome."""
    row = _locked(id, operation)
    row.move(ENDS[ImportState(row.state)])
    row.finished_at = now()
    row.save(update_fields=["state", "finished_at"])
    if row.state == ImportState.DONE:
        transaction.on_commit(partial(forget, row.file, errors=False))


def fail(id: int, operation: UUID, because: str) -> None:
    """It cannot be read to its end. Called in the transaction of the operation's outcome."""
    row = _locked(id, operation)
    row.move(ImportState.FAILED)
    row.finished_at, row.because = now(), because[:300]
    row.save(update_fields=["state", "finished_at", "because"])


def told(row: Import) -> dict[str, int]:
    """What became of its rows so far."""
    return {name: getattr(row, name) for name in ("rows", "new", "changed", "unchanged", "wrong")}


def _batches(row: Import, known: Seen) -> Iterator[Batch]:
    """The whole file, also what was read before: numbers that stood in it are not to be taken twice."""
    numbered = enumerate(rows_of(upload_of(row.file), row.encoding, row.delimiter), 1)
    while rows := list(islice(numbered, TOGETHER)):
        yield _judged(rows[1:] if rows[0][0] == 1 and row.has_header else rows, rows[-1][0], row.mapping, known)


def _judged(rows: list[Numbered], last: int, mapping: dict[str, int], known: Seen) -> Batch:
    good: list[tuple[int, Wanted]] = []
    wrongs: list[tuple[int, str, str]] = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        try:
            good.append((number, wanted(cells(row, mapping))))
        except Wrong as wrong:
            wrongs.append((number, wrong.value, wrong.reason))
    first = known.first([(one.phone, number) for number, one in good]) if good else {}
    taken = [one for number, one in good if first[one.phone] == number]
    wrongs += [(number, one.phone, _again(first[one.phone])) for number, one in good if first[one.phone] != number]
    return Batch(last, taken, sorted(wrongs))


def _again(row: int) -> str:
    return f"This number stood in row {row} already."


def _write(seen_as: Import, batch: Batch) -> Import:
    """Write a batch, and in the same transaction how far the import is."""
    with transaction.atomic():
        row = _locked(seen_as.pk, seen_as.operation)
        if row.rows != seen_as.rows:
            raise LeaseLost
        counts = applied(batch.wanted, write=row.state == ImportState.RUNNING)
        _count(row, counts, len(batch.wrongs))
        row.rows = batch.last
        if batch.wrongs:
            row.errors_size = write_wrongs(row.file, row.errors_size, row.delimiter, batch.wrongs)
        row.save(update_fields=["rows", "new", "changed", "unchanged", "wrong", "errors_size"])
    return row


def _count(row: Import, counts: Counter[str], wrong: int) -> None:
    for name in ("new", "changed", "unchanged"):
        setattr(row, name, getattr(row, name) + counts[name])
    row.wrong += wrong


def _locked(id: int, operation: UUID | None) -> Import:
    rows = Import.objects.select_for_update(no_key=True)
    row = rows.filter(pk=id, operation=operation, state__in=list(ENDS)).first()
    if row is None:
        raise LeaseLost
    return row
