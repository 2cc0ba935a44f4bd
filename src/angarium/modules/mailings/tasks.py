"""What runs in a worker: planning a mailing when it changes, sending it when its time has come, looking after those
that nobody sends."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

from angarium.contracts import mailings as told
from angarium.engine.observability.public import note
from angarium.engine.tasks.public import Cancel, Done, Outcome, Run, Slot, Snooze, crontab, task
from angarium.kernel.clock import now

from .actions import begin_mailer, finish_mailer
from .counting import counts_of
from .following import follow, is_going, set_going
from .lifecycle import ALIVE, OVER, WAITING, MessageState, Reason
from .models import Mailer, Message, Plan
from .moving import move_all
from .planning import plan
from .sending.provider import Sender
from .sending.sitting import Seat, Stop, wakes
from .sending.taking import next_due

#: Mailings that one process sends at once; its other threads are for other work.
SEATS = 4
#: When one that found no seat asks again.
SOON = timedelta(seconds=1)
_seats = threading.BoundedSemaphore(SEATS)
CHANGES = (
    told.MailerCreated,
    told.MailerUpdated,
    told.MailerPaused,
    told.MailerResumed,
    told.MailerReopened,
    told.MailerCancelled,
    told.MailerDeleted,
)
LONG = timedelta(minutes=30)


@task(on=CHANGES, outside=True, timeout=LONG, max_attempts=20)
def plan_mailing(event: told.MailerEvent) -> Outcome:
    """Bring the messages of a mailing to what it says now. Runs in transactions of its own, hence `outside`."""
    note(mailer_id=event.mailer_id)
    mailer = Mailer.objects.filter(pk=event.mailer_id).first()
    if mailer is None:
        return Cancel("The mailing is gone.")
    follow(mailer, anew=not isinstance(event, told.MailerUpdated))
    return Done(counts_of([mailer.pk])[mailer.pk])


@task(outside=True, timeout=LONG, max_attempts=1000)
def send_mailing(run: Run, mailer: int) -> Outcome:
    """Send what is due of a mailing, then sleep until more is, until all its messages have ended."""
    note(mailer_id=mailer)
    row = begin_mailer(mailer)
    if row is None:
        return Cancel("The mailing is not to be sent now.")
    if not Plan.objects.filter(mailer=row, wish=row.wish, at__gte=row.start).exists():
        plan(row)  # clients may have come, gone or changed since it was planned
    if not _seats.acquire(blocking=False):
        return Snooze(now() + SOON, "All seats are taken.")
    try:
        why = Seat(row, run).sit()
    finally:
        _seats.release()
    return _outcome(row, why)


def _outcome(mailer: Mailer, why: Stop) -> Outcome:
    moment = now()
    if why in (Stop.CHANGED, Stop.TURN):
        return Snooze(moment, f"It goes on: {why}.")
    if why is Stop.LOST:
        return Cancel("Another worker has it.")
    if moment >= mailer.finish:
        _expire(mailer)
    due = next_due(mailer.pk)
    if due is None:
        return Done(counts_of([mailer.pk])[mailer.pk], record=partial(finish_mailer, mailer.pk))
    if why is Stop.AWAY:
        due = max(due, Sender().away_until or moment)
    return Snooze(due if moment >= mailer.finish else wakes(due, mailer.finish), f"It waits: {why}.")


def _expire(mailer: Mailer) -> None:
    """Its finish has come. What is on its way ends by itself, or when its lease does."""
    waiting = Message.objects.filter(mailer=mailer, state__in=sorted(WAITING))
    move_all(waiting.filter(attempts=0), mailer.pk, MessageState.EXPIRED, reason=Reason.FINISH)
    move_all(waiting, mailer.pk, MessageState.EXPIRED)
    lost = Message.objects.filter(mailer=mailer, state=MessageState.SENDING, due_at__lte=now())
    move_all(lost, mailer.pk, MessageState.EXPIRED, reason=Reason.LOST)


@task(outside=True, timeout=LONG, max_attempts=20)
def retry_messages(mailer: int) -> Outcome:
    """Queue what has failed again, and have it sent."""
    row = Mailer.objects.filter(pk=mailer).first()
    if row is None or row.state in OVER:
        return Cancel("The mailing is over.")
    failed = Message.objects.filter(mailer=row, state=MessageState.FAILED)
    number = move_all(failed, row.pk, MessageState.QUEUED, reason=Reason.AGAIN, due_at=now())
    if row.state in ALIVE:
        set_going(row)
    return Done({"again": number})


@task(every=crontab(), catch_up=timedelta(minutes=1), outside=True)
def look_after_mailings(slot: Slot) -> Done:
    """A mailing whose operation was ended by hand, or spent, gets another one; what was on its way when a mailing was
    cancelled, and never came back, ends."""
    alive = [row for row in Mailer.objects.filter(state__in=sorted(ALIVE)) if not is_going(row)]
    late = [row for row in alive if row.created_at < now() - timedelta(minutes=1)]
    for row in late:
        follow(row, anew=True)
    lost = Message.objects.filter(
        state=MessageState.SENDING, due_at__lte=now(), mailer__state__in=sorted(OVER)
    ).order_by("id")
    for id in sorted(set(lost.values_list("mailer", flat=True)[:1000])):
        move_all(lost.filter(mailer=id), id, MessageState.CANCELLED, reason=Reason.LOST)
    return Done({"set_going": len(late)})
