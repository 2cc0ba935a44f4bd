"""What follows from a change of a mailing, whoever made it and however: its messages are planned, taken back, or an
operation is set to send them."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import AlreadyFinal, NoOperation, Operation, cancel, start
from angarium.kernel.clock import now

from .lifecycle import ALIVE, OVER, WAITING, MessageState, Reason, State
from .models import Mailer, Message, Plan
from .moving import move_all
from .planning import plan, plan_for_update

BECAUSE = {State.CANCELLED: Reason.MAILER_CANCELLED, State.DELETED: Reason.MAILER_DELETED}


def follow(mailer: Mailer, *, anew: bool) -> None:
    """Bring the messages of a mailing, and the operation that sends them, to what it says now. `anew` plans also where
    nothing that a plan depends on has changed. Run twice it changes nothing the second time."""
    if mailer.state not in ALIVE:
        _stop(mailer.pk)
        if mailer.state in OVER:
            take_back(mailer)
    elif (anew or not _is_planned(mailer)) and plan(mailer) is not None:
        set_going(mailer)


def is_going(mailer: Mailer) -> bool:
    """Is there an operation that sends it, or will?"""
    row = Plan.objects.filter(mailer=mailer).first()
    if row is None or row.operation is None:
        return False
    return Operation.objects.filter(id=row.operation, due__isnull=False).exists()


def set_going(mailer: Mailer) -> None:
    """Have one operation send this mailing from its start on; one that waits for another time, or sends, ends."""
    with transaction.atomic():
        row = plan_for_update(mailer.pk)
        _cancel(row)
        row.operation = start("mailings.send_mailing", run_at=max(mailer.start, now()), mailer=mailer.pk)
        row.save(update_fields=["operation"])


def take_back(mailer: Mailer) -> int:
    """Cancel what was not sent. What is on its way ends by itself."""
    rows = Message.objects.filter(mailer=mailer, state__in=sorted(WAITING))
    return move_all(rows, mailer.pk, MessageState.CANCELLED, reason=BECAUSE[State(mailer.state)])


def _is_planned(mailer: Mailer) -> bool:
    return Plan.objects.filter(mailer=mailer, wish=mailer.wish, at__isnull=False).exists() and is_going(mailer)


def _stop(mailer: int) -> None:
    with transaction.atomic():
        _cancel(plan_for_update(mailer))


def _cancel(row: Plan) -> None:
    if row.operation is None:
        return
    with suppress(AlreadyFinal, NoOperation):
        cancel(row.operation, SYSTEM, because="The mailing was changed.")
