"""What follows from a change of a mailing: its messages, and the one operation that sends them when its time comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest

from angarium.engine.events.public import Event
from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Operation, cancel
from angarium.engine.tasks.public import Slot
from angarium.engine.tasks.testing import settled, until, working
from angarium.kernel.clock import now
from angarium.modules.mailings import actions
from angarium.modules.mailings.following import follow
from angarium.modules.mailings.models import Client, Mailer, Message, Plan
from angarium.modules.mailings.planning import plan
from angarium.modules.mailings.sending.judging import given_back
from angarium.modules.mailings.sending.results import write
from angarium.modules.mailings.sending.taking import take
from angarium.modules.mailings.tasks import look_after_mailings, retry_messages

from .conftest import HOUR, people, values
from .plans import assert_counted, caught_up, everybody, sendings, settle, states

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def exact(db: None) -> Iterator[None]:
    yield
    assert_counted()


def planned(**changes: Any) -> Mailer:
    """A mailing that starts in half an hour, and what followed from its making."""
    made = Mailer.objects.create(**values(start=now() + HOUR / 2, **changes))
    caught_up()
    return made


def test_mail_07_one_operation_waits_for_the_start() -> None:
    people(("A", "900"))
    mailer = planned()
    assert sendings() == [("scheduled", mailer.start)]
    assert Operation.objects.get(kind="mailings.send_mailing").input == {"mailer": mailer.pk}


def test_mail_06_one_that_is_active_is_sent_at_once() -> None:
    people(("A", "900"))
    Mailer.objects.create(**values())
    caught_up()
    [(state, due)] = sendings()
    assert state == "queued"
    assert due is not None
    assert due <= now()


@pytest.mark.parametrize("minutes", [-20, 20])
def test_mail_18_another_start_is_another_operation_and_the_old_time_does_nothing(minutes: int) -> None:
    people(("A", "900"))
    mailer = planned()
    start = mailer.start + timedelta(minutes=minutes)
    actions.edit_mailer(mailer.pk, by=SYSTEM, start=start)
    caught_up()
    assert sendings() == [("cancelled", None), ("scheduled", start)]
    assert Message.objects.get().due_at == start


def test_mail_18_two_edits_in_a_row_leave_the_plan_of_the_last() -> None:
    clients = people(("A", "900"), ("B", "900"))
    mailer = planned(tag="A")
    actions.edit_mailer(mailer.pk, by=SYSTEM, tag="")
    actions.edit_mailer(mailer.pk, by=SYSTEM, tag="B")
    caught_up()
    assert states(mailer) == {clients[1].pk: "queued"} | {clients[0].pk: "cancelled: filter"}
    assert [state for state, _ in sendings()] == ["cancelled", "scheduled"]


def test_mail_19_another_text_moves_nobody_and_starts_nothing() -> None:
    people(("A", "900"))
    mailer = planned()
    before = list(Message.objects.values()), sendings(), Plan.objects.get().at
    actions.edit_mailer(mailer.pk, by=SYSTEM, content="Иначе")
    caught_up()
    assert (list(Message.objects.values()), sendings(), Plan.objects.get().at) == before


def test_mail_b06_a_paused_mailing_has_no_operation_and_gets_one_when_it_is_resumed() -> None:
    clients = people(*[("A", "900")] * 2)
    mailer = planned()
    actions.pause_mailer(mailer.pk, by=SYSTEM)
    actions.edit_mailer(mailer.pk, by=SYSTEM, window_start=time(0), window_end=time(0), tag="A")
    caught_up()
    assert [state for state, _ in sendings()] == ["cancelled"]
    assert states(mailer) == everybody(clients, "queued")
    actions.resume_mailer(mailer.pk, by=SYSTEM)
    caught_up()
    assert sendings() == [("cancelled", None), ("scheduled", mailer.start)]


@pytest.mark.parametrize(
    ("end", "reason"), [(actions.cancel_mailer, "mailer_cancelled"), (actions.delete_mailer, "mailer_deleted")]
)
def test_mail_20_what_was_not_sent_of_a_mailing_that_ends_is_taken_back(end: Any, reason: str) -> None:
    sent, on_its_way, *others = people(*[("A", "900")] * 5)
    mailer = planned()
    settle(mailer, sent, "sent")
    settle(mailer, on_its_way, "sending")
    end(mailer.pk, by=SYSTEM)
    caught_up()
    assert [state for state, _ in sendings()] == ["cancelled"]
    assert states(mailer) == {sent.pk: "sent", on_its_way.pk: "sending"} | everybody(others, f"cancelled: {reason}")
    follow(Mailer.objects.get(pk=mailer.pk), anew=True)
    assert len(sendings()) == 1


def test_mail_20_a_deleted_mailing_is_not_planned_by_an_event_that_comes_late() -> None:
    people(("A", "900"))
    mailer = Mailer.objects.create(**values())
    actions.delete_mailer(mailer.pk, by=SYSTEM)
    caught_up()
    assert (states(mailer), sendings()) == ({}, [])


def test_mail_20_a_row_that_is_gone_is_nobody_s_business() -> None:
    mailer = Mailer.objects.create(**values())
    mailer.delete()
    caught_up()
    assert sendings() == []


def test_mail_10_what_follows_twice_follows_once() -> None:
    people(*[("A", "900")] * 3)
    mailer = planned()
    before = list(Message.objects.order_by("id").values())
    Event.objects.filter(type__startswith="mailings.").update(position=None)
    caught_up()
    assert list(Message.objects.order_by("id").values()) == before
    assert [state for state, _ in sendings()] == ["cancelled", "scheduled"]
    assert Plan.objects.get(mailer=mailer).operation == Operation.objects.order_by("created_at").last().id  # type: ignore[union-attr]


def test_a_mailing_whose_operation_was_ended_by_hand_gets_another_one() -> None:
    people(("A", "900"))
    mailer = planned()
    cancel(Operation.objects.get().id, SYSTEM)
    look_after_mailings(slot())
    assert len(sendings()) == 1  # it was made a moment ago: its plan may be on its way
    Mailer.objects.filter(pk=mailer.pk).update(created_at=now() - HOUR)
    look_after_mailings(slot())
    assert [state for state, _ in sendings()] == ["cancelled", "scheduled"]
    look_after_mailings(slot())
    assert len(sendings()) == 2


def test_mail_08_what_is_still_paused_at_its_finish_expires() -> None:
    waits, sent = people(*[("A", "900")] * 2)
    mailer = planned()
    settle(mailer, sent, "sent")
    actions.pause_mailer(mailer.pk, by=SYSTEM)
    look_after_mailings(slot())
    assert states(mailer)[waits.pk] == "queued"
    Mailer.objects.filter(pk=mailer.pk).update(start=now() - HOUR, finish=now() - HOUR / 2)
    look_after_mailings(slot())
    assert states(mailer) == {waits.pk: "expired: finish", sent.pk: "sent"}
    assert Mailer.objects.get().state == "finished"


@pytest.mark.parametrize("state", ["sending", "finished"])
def test_mail_b06_failures_are_queued_again_and_sent_also_where_the_mailing_has_finished_meanwhile(state: str) -> None:
    failed, sent = people(*[("A", "900")] * 2)
    mailer = Mailer.objects.create(**values())
    plan(mailer)
    settle(mailer, failed, "failed", "refused", attempts=1)
    settle(mailer, sent, "sent", attempts=1)
    Mailer.objects.filter(pk=mailer.pk).update(state=state)
    retry_messages(mailer.pk)
    caught_up()
    assert states(mailer) == {failed.pk: "queued: again", sent.pk: "sent"}
    assert Mailer.objects.get().state == "sending"
    assert [one for one, _ in sendings()][-1] == "queued"


@pytest.mark.parametrize("changes", [{"state": "cancelled"}, {"finish": now() - timedelta(seconds=1)}])
def test_failures_of_what_is_over_stay_as_they_are(changes: dict[str, Any]) -> None:
    [failed] = people(("A", "900"))
    mailer = Mailer.objects.create(**values())
    plan(mailer)
    settle(mailer, failed, "failed", "refused")
    Mailer.objects.filter(pk=mailer.pk).update(**changes)
    retry_messages(mailer.pk)
    assert states(mailer) == {failed.pk: "failed: refused"}


@pytest.mark.django_db(transaction=True)
def test_mail_31_plans_at_the_same_time_double_nobody() -> None:
    clients = people(*[("A", "900")] * 50)
    mailer = Mailer.objects.create(**values())
    answers = together(*[lambda: plan(mailer)] * 4)
    assert sum(answer.made for answer in answers) == 50
    assert states(mailer) == everybody(clients, "queued")


@pytest.mark.django_db(transaction=True)
def test_mail_20_a_plan_and_a_deletion_at_the_same_time_leave_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("angarium.modules.mailings.planning.RANGE", 10)
    people(*[("A", "900")] * 100)
    mailer = Mailer.objects.create(**values())

    def delete() -> None:
        actions.delete_mailer(mailer.pk, by=SYSTEM)
        follow(Mailer.objects.get(pk=mailer.pk), anew=True)

    together(lambda: follow(Mailer.objects.get(pk=mailer.pk), anew=True), delete)
    assert set(states(mailer).values()) <= {"cancelled: mailer_deleted"}
    assert [state for state, _ in sendings() if state != "cancelled"] == []


@pytest.mark.django_db(transaction=True)
def test_mail_19_the_counts_are_right_while_plans_and_workers_meet() -> None:
    people(*[("A", "900")] * 40, *[("B", "900")] * 40)
    mailer = Mailer.objects.create(**values())
    plan(mailer)

    def work() -> None:
        for _ in range(25):
            found = take(mailer.pk, 20, now())
            write(mailer.pk, [given_back(one, now()) for one in found])

    def replan() -> None:
        for tag in ("A", "", "B", "") * 5:
            Mailer.objects.filter(pk=mailer.pk).update(tag=tag)
            plan(Mailer.objects.get(pk=mailer.pk))

    assert together(work, replan, work) == [None] * 3
    assert Message.objects.filter(mailer=mailer).count() == 80


@pytest.mark.django_db(transaction=True)
def test_mail_10_a_worker_plans_within_two_seconds(settings: Any) -> None:
    rows = [Client(phone=f"7900{number:07}", operator_code="900") for number in range(10_000)]
    clients = Client.objects.bulk_create(rows)
    with working():
        mailer = Mailer.objects.create(**values(start=now() + HOUR / 2))
        until(lambda: Plan.objects.filter(mailer=mailer, operation__isnull=False).exists(), within=2)
        settled()
    assert states(mailer) == everybody(clients, "queued")
    assert sendings() == [("scheduled", mailer.start)]


@pytest.mark.django_db(transaction=True)
def test_mail_11_at_the_start_clients_have_entered_and_left(settings: Any) -> None:
    settings.SENDER_URL = "http://127.0.0.1:1"
    stays, leaves = people(*[("A", "900")] * 2)
    with working():
        mailer = Mailer.objects.create(**values(tag="A", start=now() + timedelta(seconds=2)))
        until(lambda: len(states(mailer)) == 2 and bool(sendings()))
        actions.edit_client(leaves.pk, by=SYSTEM, tag="B")
        [enters] = people(("A", "900"))
        until(lambda: enters.pk in states(mailer), within=15)
        assert states(mailer)[leaves.pk] == "cancelled: filter"
        assert stays.pk in states(mailer)
        actions.delete_mailer(mailer.pk, by=SYSTEM)
        settled(15)
    assert {state.partition(":")[0] for state in states(mailer).values()} == {"cancelled"}


def slot() -> Slot:
    return Slot(now())
