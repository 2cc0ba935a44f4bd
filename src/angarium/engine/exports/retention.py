"""What is removed: files whose time is over, rows of long ago, and what workers left behind that never came back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from angarium.engine.delivery.public import Delivery
from angarium.engine.delivery.public import State as Sent
from angarium.engine.ledger.public import TERMINAL, Operation, State

from .asking import leave_seats
from .letters import send_link_instead
from .models import Export
from .storage import clear, discard, workshop

BATCH = 200
#: How long ago the last byte was written to what nobody can be writing any more.
ABANDONED = timedelta(hours=6)


def end_files(at: datetime) -> int:
    """Delete the files whose time is over; returns how many."""
    gone = 0
    while rows := list(Export.objects.filter(~Q(file=""), expires_at__lte=at).order_by("id")[:BATCH]):
        for row in rows:
            discard(row.file)
            Export.objects.filter(id=row.id).update(file="")
        gone += len(rows)
    return gone


def settle(at: datetime) -> int:
    """See to those that ended as operations alone, and to what the workers of the last hours left; returns how many
    were looked at."""
    for asker in Export.objects.filter(seat__isnull=False).values_list("asker", flat=True).distinct():
        leave_seats(asker)
    recent = Export.objects.filter(ended__in=TERMINAL - {State.SUCCEEDED}, finished_at__gt=at - timedelta(hours=3))
    epochs = dict(Operation.objects.filter(id__in=recent.values("operation")).values_list("id", "epoch"))
    ended = [(id, epochs[operation]) for id, operation in recent.values_list("id", "operation") if operation in epochs]
    for id, epoch in ended:
        clear(id, before=epoch + 1)
    for path in workshop().iterdir():
        if path.stat().st_mtime < (at - ABANDONED).timestamp():
            path.unlink(missing_ok=True)
    return len(ended)


def answer_too_large(at: datetime) -> int:
    """Send a link where the mail server refused the letter for its size (RFC 1870: 552, 5.3.4); returns how many."""
    refused = Delivery.objects.filter(
        Q(because__contains="552") | Q(because__contains="5.3.4"),
        state=Sent.FAILED,
        template="exports/ready",
        created_at__gt=at - timedelta(days=1),
    ).exclude(attachments=[])
    gone = 0
    for row in Export.objects.filter(id__in=[one.subject.partition(":")[2] for one in refused], expires_at__gt=at):
        with transaction.atomic():
            send_link_instead(row)
        gone += 1
    return gone


def prune(before: datetime) -> int:
    """Delete rows of what ended before then, once their files are gone; returns how many."""
    old = Export.objects.filter(finished_at__lt=before, file="").order_by("id")
    gone = 0
    while ids := list(old.values_list("id", flat=True)[:BATCH]):
        gone += Export.objects.filter(id__in=ids).delete()[0]
    return gone
