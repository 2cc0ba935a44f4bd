"""Keeping a lesson's reminders in line with the lesson, whatever happened to it, and in whatever order one hears of it.

    lessons.plan_reminders (any event)   lock the lesson; what should exist (`reminders.wanted`) against what does:
                                         no longer wanted → voided, its timer cancelled, a waiting letter recalled
                                         newly wanted     → planned, its timer an operation of the ledger with `run_at`;
                                                            or skipped at once when its time was past by then
    lessons.remind (at `run_at`)         lock the lesson; still wanted → sent; else voided; begun → skipped

Both read what is true from the lesson's row and the event log under the lesson's lock, so a reaction that lags, comes
twice or is missed sends nothing for an old version. After an outage what is due is sent late as long as the lesson has
not begun. A deleted lesson takes its reminders along; their timers then find nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from angarium.contracts import lessons as told
from angarium.contracts.lessons import LessonEvent
from angarium.engine.delivery.public import cancel as recall
from angarium.engine.events.public import Event
from angarium.engine.identity.public import current_principal
from angarium.engine.ledger.public import AlreadyFinal, NoOperation, start
from angarium.engine.ledger.public import cancel as cancel_operation
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

from .models import Lesson, Reminder
from .reminders import BEFORE, Anchor, Because, Kind, State, Wanted, wanted, why_void

_log = get_logger(__name__)
_STARTS = (told.LessonCreated.type, told.LessonRescheduled.type)
_AHEAD_AFTER = (*_STARTS, told.LessonConfirmed.type)
_ENDS = (told.LessonStarted.type, told.LessonCompleted.type, told.LessonMissed.type, told.LessonCancelled.type)


def locked(lesson_id: int | None) -> Lesson | None:
    """The lesson with its participants, locked until the transaction ends; None when it is gone."""
    lessons = Lesson.objects.select_for_update(of=("self",)).select_related("student", "teacher")
    return None if lesson_id is None else lessons.filter(pk=lesson_id).first()


def plan(lesson: Lesson) -> dict[str, int]:
    """Bring the reminders in line; the caller holds the lesson's lock. Says how many of each state changed."""
    should = {one.key: one for one in _wanted(lesson)}
    known = {row.key: row for row in lesson.reminders.all()}
    changed = [_withdraw(row, lesson) for key, row in known.items() if key not in should]
    changed += [_enter(one, lesson, known.get(key)) for key, one in should.items()]
    return {state.value: changed.count(state) for state in State if state in changed}


def why_not(row: Reminder, lesson: Lesson) -> Because | None:
    """Why a planned reminder whose time has come must not be sent; None when it must."""
    if row.key not in {one.key for one in _wanted(lesson)}:
        return why_void(row.kind, row.participant, row.role, lesson.snapshot)
    if row.kind not in (Kind.FEEDBACK, Kind.FEEDBACK_DUE) and lesson.starts_at <= now():
        return Because.BEGUN
    return None


def letter_key(row: Reminder) -> str:
    return f"lessons.reminder:{row.pk}"


def ended_before(event: LessonEvent, at: datetime) -> bool:
    return event.starts_at + timedelta(minutes=event.duration_minutes) <= at


def was_ahead(deleted: Event) -> bool:
    """Was a lesson still to be held when it was deleted?"""
    return _latest(deleted.subject, (*_AHEAD_AFTER, *_ENDS)) in _AHEAD_AFTER


def moved_by_the_same_write(logged: Event) -> bool:
    same = Event.objects.filter(subject=logged.subject, subject_version=logged.subject_version)
    return same.filter(type=told.LessonRescheduled.type).exists()


def _latest(subject: str, types: Iterable[str]) -> str | None:
    of_these = Event.objects.filter(subject=subject, type__in=tuple(types)).order_by("-id")
    return of_these.values_list("type", flat=True).first()


def _wanted(lesson: Lesson) -> list[Wanted]:
    """What should exist, by the row and by when the log says that it became so."""
    subject, types = f"lessons.lesson:{lesson.pk}", (*_STARTS, told.LessonCompleted.type)
    start = completion = None
    for type, version, at in (
        Event.objects.filter(subject=subject, type__in=types)
        .order_by("id")
        .values_list("type", "subject_version", "at")
    ):
        if type in _STARTS:
            start = Anchor(version or 1, at)
        else:
            completion = Anchor(version or 1, at)
    return list(wanted(lesson.snapshot, start or Anchor(1, lesson.created_at), completion))


def _enter(one: Wanted, lesson: Lesson, row: Reminder | None) -> State | None:
    """Plan a reminder that is not there yet, or once more one that somebody else's having the lesson had voided."""
    if row is None:
        row = Reminder(
            lesson=lesson,
            kind=one.kind,
            role=one.role,
            participant=one.participant,
            lesson_version=one.version,
            due_at=one.due_at,
        )
        if one.late:
            row.settle(State.SKIPPED, Because.LATE)
            _log.info("lessons.reminder_not_sent", lesson_id=lesson.pk, kind=one.kind, because=Because.LATE.value)
    elif row.state == State.VOIDED and row.because == Because.HANDED_OVER and one.due_at > now():
        row.state, row.because, row.settled_at = State.PLANNED, "", None
    else:
        return None
    row.save()
    if row.state == State.PLANNED:
        row.operation = start("lessons.remind", run_at=row.due_at, reminder=row.pk)
        row.save(update_fields=["operation"])
    return State(row.state)


def _withdraw(row: Reminder, lesson: Lesson) -> State | None:
    """Void a reminder that is not wanted any more, and recall its letter while that still waits (for quiet hours)."""
    because = why_void(row.kind, row.participant, row.role, lesson.snapshot)
    if row.state == State.PLANNED:
        _stop(row, because)
    elif not (row.state == State.SENT and row.kind in BEFORE and _recalled(row, because)):
        return None
    row.settle(State.VOIDED, because)
    row.save()
    return State.VOIDED


def _stop(row: Reminder, because: Because) -> None:
    if row.operation is None:
        return
    try:
        cancel_operation(row.operation, current_principal(), because=str(because.label))
    except (AlreadyFinal, NoOperation):
        return


def _recalled(row: Reminder, because: Because) -> bool:
    return recall(channel="email", key=letter_key(row), because=str(because.label))
