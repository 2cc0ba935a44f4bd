"""Who is told what of a request, by real workers: never in the request, each once, in their language, as long as it is
so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from angarium.engine.delivery.public import Delivery, delivery_timeline
from angarium.engine.delivery.testing import FakeChannel
from angarium.engine.delivery.tests.mailing import use_smtp
from angarium.engine.identity.public import Person, acting_as
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.testing import bring_forward, settled, working
from angarium.kernel.clock import now
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Delegation, Department, Employee
from tests.servers.smtp import HEALTHY, SmtpServer, smtp_server

from .telling import HIRED, as_, ask, letters, post_office, somebody

pytestmark = pytest.mark.django_db(transaction=True)
GREYLISTED = "450 4.2.0 Greylisted"
WHEN = "7 July 2031 – 20 July 2031"
MANY = 500 if os.environ.get("PROVE") else 50


@pytest.fixture
def post() -> Iterator[FakeChannel]:
    with post_office() as channel:
        yield channel


@pytest.fixture
def boris(transactional_db: None) -> Employee:
    return somebody("boris")


@pytest.fixture
def anna(boris: Employee) -> Employee:
    return somebody("anna", manager=boris)


def test_hr_01_whoever_decides_is_asked_and_the_employee_hears_to_whom_it_went(
    post: FakeChannel, anna: Employee
) -> None:
    request = ask(anna)
    settled()
    assert letters() == [
        ("anna", f"Sent: vacation, {WHEN}"),
        ("boris", f"To decide: Anna, vacation, {WHEN}"),
    ]
    actions.approve_request(request.pk, by=as_(anna.manager), comment="Have a rest.")  # type: ignore[arg-type]
    settled()
    assert letters()[0:2][1] == ("anna", f"Approved: vacation, {WHEN}")
    assert "boris has approved your request." in post.taken[-1].body
    assert "Have a rest." in post.taken[-1].body
    actions.cancel_request(request.pk, by=as_(anna))
    settled()
    assert letters()[-1] == ("boris", f"Called off: Anna, vacation, {WHEN}")
    assert len(letters()) == 5


def test_hr_01_in_the_reader_s_language_and_by_their_clock(post: FakeChannel, boris: Employee, settings: Any) -> None:
    settings.PUBLIC_URL = "https://work.example.org"
    Employee.objects.filter(pk=boris.pk).update(language="ru", timezone="Asia/Vladivostok")
    anna = somebody("anna", manager=boris, language="en", timezone="Europe/Moscow")
    request = ask(anna)
    settled()
    told = {one.to.name: one for one in post.taken}
    assert told["Boris"].to.language == "ru"
    assert "июля 2031" in told["Boris"].subject
    assert "(Asia/Vladivostok)" in told["Boris"].body
    assert "(Europe/Moscow)" in told["Anna"].body
    assert f"https://work.example.org/app/timeoff/requests/{request.pk}/" in told["Anna"].body
    assert "https://work.example.org/app/timeoff/decide/?key=" in told["Boris"].body


def test_hr_01_deputies_are_asked_in_their_days_and_without_anybody_human_resources_are(
    post: FakeChannel, anna: Employee, boris: Employee
) -> None:
    today, clara = now().date(), somebody("clara")
    Delegation.objects.create(manager=boris, deputy=clara, start=today, end=today + timedelta(days=1))
    Delegation.objects.create(manager=boris, deputy=somebody("late"), start=today + timedelta(days=9), end=date.max)
    ask(anna)
    alone = somebody("alone", department=Department.objects.create(name="Склад"))
    harriet = somebody("harriet", role="hr")
    ask(alone)
    ask(harriet)
    settled()
    asked = [(name, heading.split(",")[0]) for name, heading in letters() if heading.startswith("To decide")]
    assert asked == [("boris", "To decide: Anna"), ("clara", "To decide: Anna"), ("harriet", "To decide: Alone")]


def test_hr_01_where_nobody_is_left_the_addresses_of_the_setting_hear_no_more_than_colleagues_see(
    post: FakeChannel, settings: Any
) -> None:
    settings.TIMEOFF_NOTIFY = ["office@example.org"]
    ask(somebody("alone"), comment="To the sea.")
    settled()
    [letter] = [one for one in post.taken if one.to.address == "office@example.org"]
    assert letter.subject == f"To decide: Alone, time off, {WHEN}"
    assert "vacation" not in letter.body + letter.html
    assert "sea" not in letter.body + letter.html


def test_hr_02_many_are_told_once_each_and_one_bad_address_is_a_failed_delivery_with_its_reason(
    post: FakeChannel,
) -> None:
    Employee.objects.bulk_create(
        Employee(name=f"HR {n}", email=f"{name}@example.org", role="hr", hired_on=HIRED)
        for n, name in enumerate(["bad", *(f"hr{n}" for n in range(1, MANY))])
    )
    ask(somebody("alone"))
    settled(within=120)
    asking = [row for row in Delivery.objects.all() if row.topic == "timeoff.asking"]
    assert len({row.address for row in asking}) == len(asking) == MANY
    assert [row.address for row in asking if row.state != "sent"] == ["bad@example.org"]
    assert len({one.to.address for one in post.taken}) == len(post.taken) == MANY
    failed = Delivery.objects.get(state="failed")
    assert failed.because == "There is nobody of this name."
    assert [(step.state, step.attempt) for step in delivery_timeline(failed.pk)] == [
        ("queued", 0), ("sending", 1), ("failed", 1),
    ]  # fmt: skip
    assert Operation.objects.get(pk=failed.operation).state == "failed"
    assert Operation.objects.get(kind="timeoff.tell_of_request").state == "succeeded"


def test_hr_05_what_is_rolled_back_is_told_to_nobody(post: FakeChannel, anna: Employee) -> None:
    with transaction.atomic():
        ask(anna)
        transaction.set_rollback(True)
    settled()
    assert (Delivery.objects.count(), post.taken) == (0, [])


def test_hr_01_withdrawn_before_it_was_sent_is_not_sent_and_who_was_asked_already_hears_that_it_was_taken_back(
    post: FakeChannel, anna: Employee, boris: Employee, settings: Any
) -> None:
    first = ask(anna)
    settled()
    with acting_as(as_(anna)):
        actions.withdraw_request(first.pk, by=as_(anna))
    settled()
    assert letters()[-1] == ("boris", f"Taken back: Anna, vacation, {WHEN}")
    post.disturbs = True
    hour = datetime.now(tz=now().tzinfo).hour
    settings.QUIET_HOURS = f"{(hour - 2) % 24:02}:00-{(hour + 4) % 24:02}:00"
    Employee.objects.all().update(timezone="UTC")
    count = len(post.taken)
    second = ask(anna)
    settled()
    assert {row.state for row in Delivery.objects.filter(subject=f"timeoff.request:{second.pk}")} == {"deferred"}
    with acting_as(as_(anna)):
        actions.withdraw_request(second.pk, by=as_(anna))
    settled()
    rows = Delivery.objects.filter(subject=f"timeoff.request:{second.pk}", topic="timeoff.asking")
    assert [(row.state, row.because) for row in rows] == [("cancelled", "It was taken back.")]
    assert len(post.taken) == count
    assert letters("deferred") == [("anna", f"Sent: vacation, {WHEN}")]
    third = ask(anna)
    settled()
    actions.reject_request(third.pk, by=as_(boris))
    settled()
    asking = Delivery.objects.get(subject=f"timeoff.request:{third.pk}", topic="timeoff.asking")
    assert (asking.state, asking.because) == ("cancelled", "It was decided.")


def test_hr_b6_who_may_not_see_the_request_by_now_gets_no_letter(
    post: FakeChannel, anna: Employee, boris: Employee
) -> None:
    Person.objects.filter(pk=boris.person).update(is_active=False)
    ask(anna)
    settled()
    assert letters() == [("anna", f"Sent: vacation, {WHEN}")]
    somebody("harriet", role="hr")
    ask(anna, start=date(2031, 8, 4), end=date(2031, 8, 10))
    settled()
    assert [name for name, heading in letters() if heading.startswith("To decide")] == ["harriet"]


@pytest.fixture
def by_smtp(transactional_db: None, settings: Any) -> Iterator[SmtpServer]:
    """A real worker, and a mail server that does as it is told."""
    with smtp_server() as server, working():
        use_smtp(settings, server.port)
        yield server


def attempted(server: SmtpServer, *answers: str) -> Delivery:
    """The one letter after an attempt for each of these answers to its address, and whatever else becomes due."""
    for answer in answers:
        server.answers["rcpt"] = answer
        if not Delivery.objects.exists():
            ask(somebody("alone"))
        bring_forward("delivery.deliver")
        settled()
    return Delivery.objects.get()


def test_hr_03_refused_twice_and_then_taken_is_one_letter_and_three_attempts(by_smtp: SmtpServer) -> None:
    row = attempted(by_smtp, GREYLISTED, GREYLISTED, HEALTHY["rcpt"], HEALTHY["rcpt"])
    assert (row.state, row.attempts, len(by_smtp.letters)) == ("sent", 3, 1)
    steps = [(step.state, step.attempt, step.answer[:3]) for step in delivery_timeline(row.pk)]
    assert steps == [
        ("queued", 0, ""), ("sending", 1, ""), ("queued", 1, "450"), ("sending", 2, ""), ("queued", 2, "450"),
        ("sending", 3, ""), ("sent", 3, "250"),
    ]  # fmt: skip


def test_hr_03_refused_again_and_again_it_ends_as_failed_and_is_counted(by_smtp: SmtpServer) -> None:
    row = attempted(by_smtp, *[GREYLISTED] * 8)
    assert (row.state, row.attempts, by_smtp.letters) == ("failed", 5, [])
    assert Operation.objects.get(pk=row.operation).state == "failed"
    assert Delivery.objects.filter(state="failed").count() == 1
    assert sum(said.lower().startswith("rcpt") for said in by_smtp.seen) == 5


def test_hr_03_refused_for_good_is_not_tried_again(by_smtp: SmtpServer) -> None:
    row = attempted(by_smtp, *["550 5.1.1 No such mailbox"] * 3)
    assert (row.state, row.attempts, by_smtp.letters) == ("failed", 1, [])
    assert "550 5.1.1 No such mailbox" in row.because
    assert sum(said.lower().startswith("rcpt") for said in by_smtp.seen) == 1
