"""What each of them hears live: whoever sees the balance hears of requests and entries, colleagues that somebody is
away on other days and not why, others nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from angarium.contracts.timeoff import AbsenceChanged
from angarium.engine.events.public import Event, publish, stamp
from angarium.engine.identity.public import Principal
from angarium.engine.live.judging import Verdict, judge
from angarium.engine.live.place import here
from angarium.engine.live.reading import read_on
from angarium.kernel.clock import now
from angarium.modules.timeoff import actions, live
from angarium.modules.timeoff.models import Delegation, Department, Employee

from .deeds import STAFF
from .telling import as_, ask, somebody

pytestmark = pytest.mark.django_db
Heard = dict[str, list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def firm(db: None) -> dict[str, Employee]:
    sales = Department.objects.create(name="Продажи")
    boris = somebody("boris")
    return {
        "boris": boris,
        "anna": somebody("anna", department=sales, manager=boris),
        "clara": somebody("clara", department=sales),
        "dan": somebody("dan"),
        "harriet": somebody("harriet", role="hr"),
    }


def heard(firm: dict[str, Employee], deed: Callable[[], object]) -> Heard:
    """What each of them hears of the deed: (type, data), in order."""
    stamp()
    place = here()
    deed()
    while stamp():
        pass
    frames = read_on(place).frames
    told: Heard = {name: [] for name in firm}
    for name, one in firm.items():
        principal: Principal = as_(one)
        for frame in frames:
            if judge({(principal, frame)})[principal, frame] is Verdict.HEARS:
                said = msgspec.json.decode(frame.whole.body)
                told[name].append((said["type"], said["data"]))
    return told


def test_hr_b6_a_request_is_heard_by_whoever_sees_it_and_by_no_colleague(firm: dict[str, Employee]) -> None:
    told = heard(firm, lambda: ask(firm["anna"]))
    assert told["clara"] == told["dan"] == []
    assert told["anna"] == told["boris"] == told["harriet"]
    [(kind, data)] = told["anna"]
    assert kind == "request.submitted"
    assert (data["kind"], data["employee_id"], data["status"]) == ("vacation", firm["anna"].pk, "submitted")


def test_hr_b6_a_draft_is_heard_by_its_employee_and_human_resources_alone(firm: dict[str, Employee]) -> None:
    told = heard(firm, lambda: ask(firm["anna"], draft=True))
    assert {name for name, frames in told.items() if frames} == {"anna", "harriet"}


def test_hr_b6_colleagues_hear_that_the_days_of_absence_are_others_and_nothing_else(
    firm: dict[str, Employee],
) -> None:
    def approve() -> None:
        actions.approve_request(ask(firm["anna"]).pk, by=as_(firm["boris"]))
        publish(AbsenceChanged(employee_id=firm["anna"].pk))  # as `tasks.tell_colleagues` does

    told = heard(firm, approve)
    assert told["clara"] == [("absence.changed", {"id": firm["anna"].pk})]
    assert told["dan"] == []
    assert [kind for kind, _ in told["boris"]] == [
        "request.submitted", "request.approved", "entry.posted", "absence.changed",
    ]  # fmt: skip


def test_hr_b6_no_frame_has_pay(firm: dict[str, Employee]) -> None:
    rate = {"share": Decimal("0.5"), "salary": Decimal(123456), "valid_from": date(2021, 1, 1)}
    told = heard(firm, lambda: actions.record_rate(firm["anna"].pk, by=STAFF, **rate))  # type: ignore[arg-type]
    assert not any(told.values())
    assert "123456" not in str(list(Event.objects.values_list("data", flat=True)))


def test_hr_b6_a_deputy_hears_in_their_days_and_whom_it_was_escalated_to_hears_that_request(
    firm: dict[str, Employee],
) -> None:
    request, today = ask(firm["anna"]), now().date()
    head = somebody("head")
    assert head.person not in live.who_see_request(str(request.pk))
    actions.escalate_request(request.pk, to=[head.pk])
    assert head.person in live.who_see_request(str(request.pk))
    gone = Delegation.objects.create(
        manager=firm["boris"], deputy=firm["dan"], start=today - timedelta(days=9), end=today - timedelta(days=2)
    )
    assert firm["dan"].person not in live.who_see_request(str(request.pk))
    Delegation.objects.filter(pk=gone.pk).update(end=today + timedelta(days=1))
    assert firm["dan"].person in live.who_see_request(str(request.pk))
    assert live.who_see_request("x") == live.who_see_entry("0") == live.who_see_employee("-1") == set()
