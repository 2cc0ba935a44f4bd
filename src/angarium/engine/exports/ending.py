"""Ending an export before its time: cancelling one that is open, taking back the file of one that is not."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from angarium.engine.delivery.public import cancel as call_back
from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import TERMINAL, AlreadyFinal, NoOperation, State
from angarium.engine.ledger.public import cancel as cancel_operation
from angarium.kernel.clock import now

from . import metrics
from .errors import HasEnded, NoFile
from .models import Export
from .seeing import access_export
from .storage import discard


def cancel(id: UUID, *, by: Principal) -> Export:
    """End an open export. It stands at once, and its worker stops at its next look. Raises NoExport, HasEnded."""
    with transaction.atomic():
        row = _locked(id, by)
        if row.state in TERMINAL or row.operation is None:
            raise HasEnded(state=row.state)
        because = f"Cancelled by {by}."
        try:
            cancel_operation(row.operation, by, because=because)
        except (AlreadyFinal, NoOperation):
            raise HasEnded(state=row.state) from None
        end(row, State.CANCELLED, because)
    return access_export(by, id)


def revoke(id: UUID, *, by: Principal) -> Export:
    """Take a file back: its link leads nowhere from here on, and a letter that waits is not sent. Raises NoExport,
    NoFile."""
    with transaction.atomic():
        row = _locked(id, by)
        if not row.has_file(now()):
            raise NoFile
        call_back(channel="email", key=letter_key(row), because="The file was taken back.")
        key, row.file, row.revoked_at = row.file, "", now()
        row.save(update_fields=["file", "revoked_at"])
        transaction.on_commit(lambda: discard(key))
    return access_export(by, id)


def _locked(id: UUID, by: Principal) -> Export:
    """The row before its operation, in which order the worker that ends it locks them too."""
    Export.objects.select_for_update().filter(id=id).first()
    return access_export(by, id)


def end(row: Export, state: str, because: str = "") -> None:
    """Note how it ended, and leave its seat."""
    row.ended, row.because, row.finished_at, row.same, row.seat = state, because[:1000], now(), None, None
    row.save(update_fields=["ended", "because", "finished_at", "same", "seat"])
    metrics.ended(row)


def letter_key(row: Export) -> str:
    """Under which its one letter is asked for."""
    return f"export:{row.id}"
