"""The audit sees what is lost, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import translation

from angarium.contracts.lessons import LessonCompleted
from angarium.engine.console.audit import metrics, report
from angarium.engine.console.audit.looking import Findings, look
from angarium.engine.console.audit.report import Look, as_output, last_look
from angarium.engine.console.honesty import honest
from angarium.engine.events.public import Event, publish, stamp
from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.models import CountDelta
from angarium.engine.ledger.public import (
    DeadLetter,
    Due,
    Harmless,
    Operation,
    Report,
    claim,
    start,
    tally,
)
from angarium.engine.ledger.public import report as report_to_ledger
from angarium.engine.tasks.testing import settled, until, working
from angarium.kernel.clock import now

pytestmark = pytest.mark.django_db
WORK = "tasks.prune"


def work() -> UUID:
    return start(WORK)


def told() -> None:
    """An event that starts something, stamped."""
    with transaction.atomic():
        publish(
            LessonCompleted(
                lesson_id=7,
                student_id=1,
                teacher_id=1,
                title="Алгебра",
                starts_at=now(),
                timezone="UTC",
                duration_minutes=45,
            )
        )
    stamp()


def forget_operations() -> None:
    Operation.objects.all().delete()
    CountDelta.objects.all().delete()


def unseen() -> None:
    told()
    Event.objects.update(position=None, at=now() - timedelta(minutes=2))


def overdue() -> None:
    work()
    Due.objects.update(due_at=now() - timedelta(hours=2))


def not_due() -> None:
    work()
    Due.objects.all().delete()


def torn() -> None:
    work()
    Due.objects.update(claimed=True)


def ended_and_due() -> None:
    """Its counters agree with its rows, but the head has ended."""
    Operation.objects.filter(id=work()).update(state="succeeded")


def miscounted() -> None:
    work()
    CountDelta.objects.create(kind=WORK, state="queued", delta=-1)


def letter_without_a_failure() -> None:
    DeadLetter.objects.create(operation_id=work(), kind=WORK, reason="none")


def unstarted() -> None:
    told()
    forget_operations()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (unseen, "unseen"),
        (unstarted, "unstarted"),
        (not_due, "not_due"),
        (overdue, "overdue"),
        (torn, "torn"),
        (ended_and_due, "torn"),
        (miscounted, "miscounted"),
        (letter_without_a_failure, "miscounted"),
    ],
)
def test_what_is_lost_is_found_and_named(harm: Callable[[], None], code: str) -> None:
    assert look(0).lost == 0
    harm()
    found = look(0)
    assert set(found.numbers) == {code}
    assert found.examples[code]


def test_work_of_every_state_is_no_loss() -> None:
    told()
    work()
    for state in ("succeeded", "failed", "retrying", "running"):
        got = claim(work(), worker="w", lease_seconds=30)
        report_to_ledger(Report(operation=got.operation, epoch=got.epoch, seq=1, state=state))
    start(WORK, run_at=now() + timedelta(days=2))
    found = look(0)
    assert (found.lost, found.behind, found.position) == (0, 0, 1)


def test_an_event_is_looked_at_once() -> None:
    unstarted()
    assert look(0).lost
    assert look(1).lost == 0
    told()
    assert look(1).position == 2


def test_what_is_kept_from_growing_stays_small() -> None:
    found = Findings(position=0)
    found.add("overdue", 7, [1, 2, 3])
    found.add("overdue", 5, [4, 5, 6, 7])
    found.add("torn", 0)
    assert (found.lost, found.examples) == (12, {"overdue": ["1", "2", "3", "4", "5"]})


def test_the_command_says_what_is_wrong_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with translation.override("en"):
        call_command("audit")
        assert "All is accounted for, events up to position 0." in capsys.readouterr().out
        overdue()
        with pytest.raises(SystemExit) as ended:
            call_command("audit")
    assert ended.value.code == 1
    assert "1\toperations due for more than an hour" in capsys.readouterr().out


def looked(**numbers: int) -> None:
    """A look that ended just now and found this."""
    got = claim(start(report.KIND), worker="w", lease_seconds=30)
    found = Findings(position=3)
    for code, number in numbers.items():
        found.add(code, number, ["an-example"])
    done = Report(operation=got.operation, epoch=got.epoch, seq=1, state="succeeded", output=as_output(found))
    report_to_ledger(done)


def test_the_first_page_says_what_the_last_look_found_and_when() -> None:
    staff = client_signed_in(make_person(role=Role.STAFF, password=None))
    assert "Nothing was checked yet" in staff.get("/").content.decode()
    looked()
    text = staff.get("/").content.decode()
    assert 'id="lost">0<' in text
    assert "last checked" in text
    looked(torn=2)
    text = staff.get("/").content.decode()
    assert 'bad-text" id="lost">2<' in text
    assert "say different things" in text
    assert "an-example" in text


def test_a_look_that_is_old_says_nothing_about_now() -> None:
    looked()
    Operation.objects.filter(kind=report.KIND).update(finished_at=now() - timedelta(minutes=16))
    text = client_signed_in(make_person(role=Role.STAFF, password=None)).get("/").content.decode()
    assert "these numbers say nothing about now" in text


def test_a_look_that_failed_is_passed_over() -> None:
    assert last_look() is None
    looked(torn=1)
    work_that_failed = claim(start(report.KIND), worker="w", lease_seconds=30)
    report_to_ledger(Report(operation=work_that_failed.operation, epoch=work_that_failed.epoch, seq=1, state="failed"))
    found = last_look()
    assert isinstance(found, Look)
    assert (found.lost, found.position, found.stale) == (1, 3, False)


def test_the_first_page_counts_what_was_kept_from_doing_harm() -> None:
    tally(Harmless.DUPLICATE, 5)
    tally(Harmless.ZOMBIE, 3)
    tally(Harmless.LATE, 2)
    work()
    seen = honest()
    assert (seen.duplicates, seen.zombies, seen.late, seen.waiting) == (5, 3, 2, 1)
    text = client_signed_in(make_person(role=Role.STAFF, password=None)).get("/").content.decode()
    assert ('id="duplicates">5<' in text, 'id="zombies">3<' in text, 'id="late">2<' in text) == (True, True, True)


def test_a_member_is_told_nothing_of_the_instance() -> None:
    assert "The promise, checked" not in client_signed_in(make_person(password=None)).get("/").content.decode()


def test_the_metrics_say_the_same() -> None:
    tally(Harmless.ZOMBIE, 3)
    looked(torn=2)
    values = {reading.name: reading.values for reading in metrics.read()}
    assert values["angarium_lost"]["torn",] == 2
    assert values["angarium_lost"]["unseen",] == 0
    assert values["angarium_harmless"]["zombie",] == 3
    assert 0 <= values["angarium_audit_age_seconds"][()] < 60


@pytest.mark.django_db(transaction=True)
def test_a_worker_looks_and_the_next_look_goes_on_from_there() -> None:
    told()
    with working():
        for _ in range(2):
            id = start(report.KIND, slot=now().isoformat())
            until(lambda id=id: Operation.objects.get(id=id).state == "succeeded")  # type: ignore[misc]
        settled()
    found = last_look()
    assert found is not None
    assert (found.lost, found.behind, found.position) == (0, 0, Event.objects.count())
