"""What runs in a worker: planning a mailing when it changes, sending it when its time has come, looking after those
that nobody sends."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial

from angarium.contracts import mailings as told
from angarium.engine.observability.public import note
from angarium.engine.tasks.public import Cancel, Done, Fail, Outcome, Run, Slot, Snooze, crontab, draining, task
from angarium.kernel.clock import now

from .actions import begin_mailer, finish_mailer, reopen_mailer
from .counting import counts_of
from .following import follow, is_going, set_going
from .importing import running
from .importing.asking import forget_old
from .importing.reading import BrokenFile
from .letters import write_days
from .lifecycle import ALIVE, CALLED, OVER, WAITING, MessageState, Reason, State
from .models import Mailer, Message, Plan, Sitting
from .moving import move_all
from .planning import plan
from .sending.provider import Sender
from .sending.seats import Seats, rivals
from .sending.sitting import Seat, Stop
from .sending.taking import next_due

#: When one that found no seat asks again, and the seconds of that for each of those that do so; when one that gave its
#: seat up for them does.
SOON, FOR_EACH, AFTER_THEM = timedelta(seconds=0.5), 0.1, timedelta(seconds=0.8)
#: When it is looked again whether the sender is back, which others may have found out.
LOOK_AGAIN = timedelta(seconds=15)
#: Where a sitting found nothing although something is due: somebody else holds it.
BREATH = timedelta(seconds=0.2)
#: After these a sitting is followed by another one at once.
GOES_ON = {Stop.CHANGED: timedelta(0), Stop.TURN: AFTER_THEM, Stop.DRAINED: timedelta(0), Stop.BROKEN: timedelta(0)}
_seats = Seats()
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
        return _not_now(mailer)
    if not Plan.objects.filter(mailer=row, wish=row.wish, at__gte=row.start).exists():
        plan(row)  # clients may have come, gone or changed since it was planned
    with _seats.one() as is_free:
        if not is_free:
            return Snooze(now() + max(SOON, timedelta(seconds=FOR_EACH * rivals(mailer))), "All seats are taken.")
        why = Seat(row, run).sit()
    return _outcome(row, why)


def _not_now(mailer: int) -> Outcome:
    """Its start may lie ahead by the clock of this machine alone."""
    row = Mailer.objects.filter(pk=mailer, state__in=sorted(ALIVE), start__gt=now()).first()
    return Cancel("The mailing is not to be sent now.") if row is None else Snooze(row.start, "It has not started.")


def _outcome(mailer: Mailer, why: Stop) -> Outcome:
    moment = now()
    if why in GOES_ON:
        return Snooze(moment + GOES_ON[why], f"It goes on: {why}.")
    if why is Stop.LOST:
        return Cancel("Another worker has it.")
    if moment >= mailer.finish:
        _expire(mailer)
    due = next_due(mailer.pk, moment)
    if due is None:
        return Done(counts_of([mailer.pk])[mailer.pk], record=partial(finish_mailer, mailer.pk))
    if why is Stop.AWAY and (away := Sender().away_until) is not None:
        spread = timedelta(seconds=random.uniform(0, 2))  # noqa: S311  so that all do not come back at once
        due = max(due, min(away, moment + LOOK_AGAIN) + spread)
    due = max(due, moment + BREATH)
    return Snooze(due if moment >= mailer.finish else min(due, mailer.finish), f"It waits: {why}.")


def _expire(mailer: Mailer) -> None:
    """Its finish has come. What is on its way ends by itself, or when its lease does."""
    waiting = Message.objects.filter(mailer=mailer, state__in=sorted(WAITING))
    move_all(waiting.exclude(reason__in=CALLED), mailer.pk, MessageState.EXPIRED, reason=Reason.FINISH)
    move_all(waiting, mailer.pk, MessageState.EXPIRED)
    lost = Message.objects.filter(mailer=mailer, state=MessageState.SENDING, due_at__lte=now())
    move_all(lost, mailer.pk, MessageState.EXPIRED, reason=Reason.LOST)


@task(outside=True, timeout=LONG, max_attempts=20)
def retry_messages(mailer: int) -> Outcome:
    """Queue what has failed again, and have it sent."""
    row = Mailer.objects.filter(pk=mailer).first()
    if row is None or row.state in OVER or row.finish <= now():
        return Cancel("The mailing is over.")
    failed = Message.objects.filter(mailer=row, state=MessageState.FAILED)
    number = move_all(failed, row.pk, MessageState.QUEUED, reason=Reason.AGAIN, due_at=now())
    row = reopen_mailer(row.pk)
    if row.state in ALIVE:
        set_going(row)
    return Done({"again": number})


@task(outside=True, timeout=LONG, max_attempts=20)
def import_clients(run: Run, id: int) -> Outcome:
    """Read a file of clients; goes on where it was when a worker died."""
    row = running.import_of(id, run.operation)
    if row is None:
        return Cancel("The import was stopped, or begun anew.")
    try:
        ended = running.read_on(row, run.progress, pauses=draining)
    except BrokenFile as broken:
        return Fail(broken.message, record=partial(running.fail, id, run.operation, broken.message))
    except FileNotFoundError:
        return Fail("The file is gone.", record=partial(running.fail, id, run.operation, "The file is gone."))
    if not ended:
        return Snooze(now(), "It goes on: this worker stops.")
    row.refresh_from_db()
    return Done(running.told(row), record=partial(running.end, id, run.operation))


@task(every=crontab(minute=20, hour=3), catch_up=timedelta(days=1), outside=True)
def forget_imports(slot: Slot) -> Done:
    """Delete what is kept of imports that nobody has touched for RETENTION_DAYS."""
    return Done({"forgotten": forget_old()})


@task(every=crontab(), catch_up=timedelta(minutes=1), outside=True)
def look_after_mailings(slot: Slot) -> Done:
    """A mailing whose operation was ended by hand, or spent, gets another one; what was on its way when a mailing was
    cancelled, and never came back, ends; so does what is still paused at its finish."""
    alive = [row for row in Mailer.objects.filter(state__in=sorted(ALIVE)) if not is_going(row)]
    late = [row for row in alive if row.created_at < now() - timedelta(minutes=1)]
    for row in late:
        follow(row, anew=True)
    for row in Mailer.objects.filter(state=State.PAUSED, finish__lte=now()):
        _expire(row)
        finish_mailer(row.pk)
    lost = Message.objects.filter(
        state=MessageState.SENDING, due_at__lte=now(), mailer__state__in=sorted(OVER)
    ).order_by("id")
    for id in sorted(set(lost.values_list("mailer", flat=True)[:1000])):
        move_all(lost.filter(mailer=id), id, MessageState.CANCELLED, reason=Reason.LOST)
    Sitting.objects.filter(until__lt=now() - timedelta(hours=1)).delete()
    return Done({"set_going": len(late)})


@task(every=crontab(minute="0", hour="8"), catch_up=timedelta(days=2), outside=True)
def write_daily_statistics(slot: Slot) -> Done:
    """One letter about the day before; after an outage one about each day that was missed."""
    return Done({"days": [letter.subject for letter in write_days(slot.at)]})
