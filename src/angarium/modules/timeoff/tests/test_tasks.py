"""What beat and events start, by real workers: escalation level by level, accruals entered, requests that follow the
calendar, and who hears of it live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from angarium.engine.delivery.testing import FakeChannel
from angarium.engine.events.public import Event
from angarium.engine.tasks.public import tasks
from angarium.engine.tasks.slots import enqueue_slots
from angarium.engine.tasks.testing import settled
from angarium.kernel.clock import now
from angarium.modules.timeoff import actions, rights
from angarium.modules.timeoff.asking import next_up
from angarium.modules.timeoff.balances import balance
from angarium.modules.timeoff.models import Department, Employee, Entry, Request
from angarium.modules.timeoff.queries import find_requests

from .deeds import STAFF
from .telling import START, as_, ask, letters, post_office, somebody

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
TOO_LONG = 49 * HOUR


@pytest.fixture
def post() -> Iterator[FakeChannel]:
    with post_office() as channel:
        yield channel


def beat(name: str, *ahead: timedelta) -> None:
    """What Beat does now, or so much later than now, each time with a slot that is due; and wait for what it starts."""
    one = tasks()[f"timeoff.{name}"]
    assert one.every is not None
    for later in ahead or (timedelta(),):
        enqueue_slots(one, one.every, now() + later - one.catch_up)
        assert enqueue_slots(one, one.every, now() + later)
        settled()


def wait_in_vain(request: Request) -> None:
    """Nobody decides for longer than the setting says: all its moments are that much earlier."""
    moved = {"submitted_at": now() - TOO_LONG}
    if Request.objects.get(pk=request.pk).escalated_at:
        moved["escalated_at"] = now() - TOO_LONG
    Request.objects.filter(pk=request.pk).update(**moved)


def asked(request: Request) -> list[str]:
    """Who was asked besides, step by step; empty for human resources alone."""
    steps = request.steps.filter(verdict="escalated").order_by("id").select_related("on_behalf_of")
    return [step.on_behalf_of.name if step.on_behalf_of else "" for step in steps]


def test_hr_b5_a_request_that_nobody_decides_goes_one_up_at_a_time_once_each_and_to_human_resources_in_the_end(
    post: FakeChannel,
) -> None:
    top = somebody("top")
    head = somebody("head", department=Department.objects.create(name="Фирма", head=top))
    boris = somebody("boris", manager=head)
    somebody("harriet", role="hr")
    request = ask(somebody("anna", manager=boris))
    fresh = ask(somebody("fresh", manager=boris), start=date(2031, 8, 4), end=date(2031, 8, 10))
    settled()
    for turn, known in enumerate((["Head"], ["Head", "Top"], ["Head", "Top", ""], ["Head", "Top", ""])):
        wait_in_vain(request)
        beat("escalate_requests", HOUR * 2 * turn, HOUR * (2 * turn + 1))
        assert asked(request) == known
    assert asked(fresh) == []
    told = [name for name, heading in letters() if heading.startswith("Still to decide: Anna")]
    assert told == ["harriet", "harriet", "harriet", "head", "top"]
    types = Event.objects.filter(type="timeoff.request_escalated.v1").order_by("id")
    assert [event.data["to"] for event in types] == [[head.pk], [top.pk], []]


def test_hr_b5_whom_it_was_escalated_to_sees_and_decides_it_and_nobody_else_of_theirs(post: FakeChannel) -> None:
    head = somebody("head")
    boris = somebody("boris", manager=head)
    anna = somebody("anna", manager=boris)
    request = ask(anna)
    other = ask(anna, start=date(2031, 8, 4), end=date(2031, 8, 10))
    assert not rights.may_decide(as_(head), request)
    wait_in_vain(request)
    beat("escalate_requests")
    assert list(find_requests(as_(head), to_decide=True)) == [request]
    assert not rights.may_decide(as_(head), other)
    actions.approve_request(request.pk, by=as_(head))
    settled()
    request.refresh_from_db()
    assert (request.status, request.decided_by) == ("approved", "head")
    wait_in_vain(request)
    beat("escalate_requests", HOUR)
    assert asked(request) == ["Head"]


def test_hr_b5_an_hour_of_zero_never_escalates_and_who_is_at_the_top_has_nobody_above(
    post: FakeChannel, settings: object
) -> None:
    top = somebody("top")
    boris = somebody("boris", manager=top)
    request = ask(somebody("anna", manager=boris))
    assert next_up(request) == [top.pk]
    assert next_up(ask(top, start=START + timedelta(days=30), end=START + timedelta(days=31))) == []
    settings.TIMEOFF_ESCALATE_HOURS = 0  # type: ignore[attr-defined]
    wait_in_vain(request)
    beat("escalate_requests")
    assert asked(request) == []


def test_hr_b1_the_accruals_of_whole_months_are_entered_by_beat_once(post: FakeChannel) -> None:
    """In the middle of a month: what is entered by its end is not in the balance of the day before."""
    with time_machine.travel(datetime(2026, 9, 15, 12, tzinfo=UTC)):
        anna = somebody("anna")
        on = now().date() - timedelta(days=1)
        before = balance(anna, on).days
        beat("store_accruals", timedelta(), 24 * HOUR)
        stored = list(Entry.objects.filter(employee=anna, kind="accrual"))
        assert sum(entry.days for entry in stored) == before
        assert len({entry.key for entry in stored}) == len(stored) > 60
        assert balance(anna, on).days == before


def test_hr_12_a_holiday_that_is_entered_under_an_approved_vacation_gives_a_day_back(post: FakeChannel) -> None:
    anna = somebody("anna", manager=somebody("boris"))
    request = ask(anna)
    actions.approve_request(request.pk, by=STAFF)
    made = actions.create_holiday(by=STAFF, day=START, kind="public", name="Праздник", source="приказ")
    settled()
    request.refresh_from_db()
    assert request.days == Decimal(13)
    actions.edit_holiday(made.pk, by=STAFF, day=date(2031, 12, 1))
    settled()
    request.refresh_from_db()
    assert request.days == Decimal(14)
    assert sum(request.entries.values_list("days", flat=True)) == Decimal(-14)


def test_colleagues_hear_that_days_of_absence_are_others_and_not_which(post: FakeChannel) -> None:
    boris = somebody("boris")
    request = ask(somebody("anna", manager=boris))
    settled()
    assert not Event.objects.filter(type="timeoff.absence_changed.v1").exists()
    actions.approve_request(request.pk, by=as_(boris))
    settled()
    told = Event.objects.get(type="timeoff.absence_changed.v1")
    assert told.data == {"employee_id": request.employee_id}


def test_rights_are_asked_again_where_somebody_s_place_is_another(post: FakeChannel) -> None:
    anna, boris = somebody("anna"), somebody("boris")
    settled()
    Event.objects.all().delete()
    actions.edit_employee(anna.pk, by=STAFF, name="Анна")
    settled()
    assert not Event.objects.filter(type__contains="rights_changed").exists()
    actions.edit_employee(anna.pk, by=STAFF, manager=boris.pk)
    settled()
    assert Event.objects.filter(type__contains="rights_changed").count() == 1
    assert Employee.objects.get(pk=anna.pk).manager_id == boris.pk
