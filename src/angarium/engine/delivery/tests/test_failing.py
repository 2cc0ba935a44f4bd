"""What becomes of a message whose attempt ended badly, or did not end at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from angarium.engine.delivery import tasks
from angarium.engine.delivery.channel import Receipt, TemporaryFailure, UnknownOutcome
from angarium.engine.delivery.metrics import read
from angarium.engine.delivery.models import Delivery, DeliveryStep
from angarium.engine.delivery.moves import move
from angarium.engine.delivery.public import (
    PermanentFailure,
    State,
    arrived,
    bounced,
    delivery_timeline,
    send,
    suppressions,
)
from angarium.engine.delivery.retention import end_abandoned, prune
from angarium.engine.delivery.testing import FakeChannel, channel_replaced, states_of
from angarium.engine.delivery.tests.conftest import ANNA
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Operation, retry
from angarium.engine.ledger.public import cancel as cancel_operation
from angarium.engine.tasks.public import Slot
from angarium.engine.tasks.testing import bring_forward, settled, working
from angarium.kernel.clock import now
from angarium.kernel.transitions import IllegalMove

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("templates")]


def tell(key: str = "one", **wishes: Any) -> Delivery:
    return send(to=ANNA, template="tests/told", channel="email", key=key, context={"title": "Алгебра"}, **wishes)


def again(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery


def test_an_unknown_outcome_is_tried_again_where_a_repeat_is_seen_once() -> None:
    channel = FakeChannel(UnknownOutcome("No answer."))
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
        bring_forward()
        settled()
    assert states_of(delivery) == ["queued", "sending", "queued", "sending", "sent"]
    assert len({message.id for message in channel.attempts}) == 1


def test_an_unknown_outcome_is_not_tried_again_where_it_would_come_twice() -> None:
    channel = FakeChannel(UnknownOutcome("No answer."), idempotent=False)
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
        bring_forward()
        settled()
    assert (again(delivery).state, len(channel.attempts)) == ("failed", 1)
    assert again(delivery).because == "No answer. It is not tried again, since it would then come twice."


@pytest.mark.parametrize(("idempotent", "state", "attempts"), [(True, "sent", 1), (False, "failed", 0)])
def test_a_worker_that_died_while_sending_is_seen_by_the_next(idempotent: bool, state: str, attempts: int) -> None:
    channel = FakeChannel(idempotent=idempotent)
    with channel_replaced("email", channel), working():
        delivery = tell(not_before=now() + timedelta(hours=1))
        settled()
        Delivery.objects.update(state="sending", attempts=1, not_before=None)
        bring_forward()
        settled()
    assert (again(delivery).state, len(channel.attempts)) == (state, attempts)
    assert any("it may have arrived" in step.because for step in delivery_timeline(delivery.id))


def test_while_a_channel_is_called_the_row_says_sending_and_holds_no_transaction() -> None:
    seen: list[tuple[str, int]] = []

    def look(_: object) -> None:
        assert not connection.in_atomic_block
        seen.append(Delivery.objects.values_list("state", "attempts").get())

    with channel_replaced("email", FakeChannel(look)), working():
        tell()
        settled()
    assert seen == [("sending", 1)]


def test_a_failed_message_that_is_asked_for_again_is_sent_by_a_new_operation() -> None:
    channel = FakeChannel(PermanentFailure("No."))
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
        first = again(delivery).operation
        assert first is not None
        new = retry(first, SYSTEM)
        settled()
    assert (again(delivery).state, again(delivery).operation) == ("sent", new)
    assert states_of(delivery) == ["queued", "sending", "failed", "queued", "sending", "sent"]


def test_asked_for_again_what_was_sent_is_not_sent_twice() -> None:
    channel = FakeChannel()
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
        operation = again(delivery).operation
        assert operation is not None
        retry(operation, SYSTEM)
        settled()
    assert len(channel.attempts) == 1


def test_the_timeline_keeps_what_the_provider_said() -> None:
    script = TemporaryFailure("Greylisted.", answer="450 4.2.0"), Receipt(id="stub-1", answer="250 queued as 1")
    with channel_replaced("email", FakeChannel(*script)), working():
        delivery = tell()
        settled()
        bring_forward()
        settled()
    lines = [(step.state, step.attempt, step.because, step.answer) for step in delivery_timeline(delivery.id)]
    assert lines == [
        ("queued", 0, "", ""),
        ("sending", 1, "", ""),
        ("queued", 1, "Greylisted.", "450 4.2.0"),
        ("sending", 2, "", ""),
        ("sent", 2, "", "250 queued as 1"),
    ]
    assert again(delivery).provider_id == "stub-1"


def test_every_line_of_an_attempt_carries_the_delivery_and_the_person(caplog: pytest.LogCaptureFixture) -> None:
    person = uuid4()
    with caplog.at_level("INFO"), channel_replaced("email", FakeChannel()), working():
        told = send(to=replace(ANNA, person=person), template="tests/told", channel="email", key="one")
        settled()
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    [ran] = [line for line in lines if line.get("task") == "delivery.deliver"]
    assert (ran["delivery_id"], ran["person_id"]) == (str(told.id), str(person))


def test_moves_that_are_not_in_the_table_are_refused() -> None:
    delivery = tell()
    with pytest.raises(IllegalMove):
        move(delivery, State.SENT)
    assert states_of(delivery) == ["queued"]


def test_an_operation_that_was_cancelled_ends_its_delivery() -> None:
    cancelled, waiting = tell("1", not_before=now() + timedelta(hours=1)), tell("2")
    assert cancelled.operation is not None
    cancel_operation(cancelled.operation, SYSTEM, because="Not needed.")
    assert end_abandoned() == 1
    assert (again(cancelled).state, again(cancelled).because) == ("cancelled", "Not needed.")
    assert again(waiting).state == "queued"


def test_a_message_whose_workers_all_died_has_failed() -> None:
    delivery = tell()
    Delivery.objects.update(state="sending")
    Operation.objects.update(state="failed", message="The worker fell silent.")
    assert end_abandoned(batch=1) == 1
    assert (again(delivery).state, again(delivery).because) == ("failed", "The worker fell silent.")


def test_what_ended_long_ago_is_forgotten_with_its_timeline() -> None:
    with channel_replaced("email", FakeChannel()), working():
        old, young = tell("1"), tell("2")
        settled()
    waiting = tell("3", not_before=now() + timedelta(hours=1))
    Delivery.objects.exclude(id=young.id).update(created_at=now() - timedelta(days=91))
    assert prune(now() - timedelta(days=90), batch=1) == 1
    assert set(Delivery.objects.values_list("id", flat=True)) == {young.id, waiting.id}
    assert not DeliveryStep.objects.filter(delivery=old.id).exists()


def test_the_schedule_ends_what_was_abandoned_and_forgets_what_is_old(settings: Any) -> None:
    settings.RETENTION_DAYS = 90
    tell()
    Operation.objects.update(state="cancelled")
    assert tasks.end_deliveries(Slot(now())).output == {"ended": 1}
    assert tasks.prune_deliveries(Slot(now())).output == {"deliveries": 0, "providers": 0}
    assert tasks.prune_deliveries(Slot(now() + timedelta(days=91))).output == {"deliveries": 1, "providers": 0}


def test_a_message_that_was_forgotten_is_nobody_s_failure() -> None:
    channel = FakeChannel()
    with channel_replaced("email", channel), working():
        delivery = tell(not_before=now() + timedelta(hours=1))
        Delivery.objects.all().delete()
        bring_forward()
        settled()
    assert Operation.objects.get(id=delivery.operation).state == "cancelled"
    assert channel.attempts == []


def test_what_is_open_is_told_at_each_scrape() -> None:
    tell()
    open_ones, breakers, _hosts = read()
    assert open_ones.values["email", "queued"] == 1
    assert open_ones.values["log", "deferred"] == 0
    assert breakers.values["email",] == 0


def test_what_a_provider_says_later_is_noted_once() -> None:
    with channel_replaced("email", FakeChannel()), working():
        first, second, waiting = tell("1"), tell("2"), tell("3", not_before=now() + timedelta(hours=1))
        settled()
    assert [arrived(first.id, answer="opened"), arrived(first.id), arrived(waiting.id)] == [True, False, False]
    assert bounced(second.id, because="Mailbox gone.", answer="550 5.1.1", address_is_dead=True)
    assert not bounced(second.id, because="Again.")
    assert [again(row).state for row in (first, second, waiting)] == ["delivered", "failed", "deferred"]
    assert delivery_timeline(first.id)[-1].answer == "opened"
    assert suppressions("email", ANNA.address).get().because == "Mailbox gone."


STATES = {"queued": "", "sent": "", "failed": "There is no such address."}


def test_rows_of_the_first_form_keep_their_meaning_forward_back_and_forward() -> None:
    def migrate(name: str) -> Any:
        executor = MigrationExecutor(connection)
        executor.migrate([("delivery", name)])
        return executor.loader.project_state([("delivery", name)]).apps

    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("delivery")[0][1]
    try:
        first = migrate("0001_initial").get_model("delivery", "Delivery")
        for state, error in STATES.items():
            first.objects.create(
                channel="log", key=state, template="t", recipient_kind="student", recipient_id="7", state=state,
                error=error, attempts=len(error and "x"),
            )  # fmt: skip
        migrate(latest)
        assert dict(Delivery.objects.values_list("state", "because")) == STATES
        steps = DeliveryStep.objects.values_list("state", "because")
        assert dict(steps) == STATES
        Delivery.objects.filter(state="queued").update(state="deferred")
        Delivery.objects.filter(state="failed").update(state="suppressed")
        first = migrate("0001_initial").get_model("delivery", "Delivery")
        assert dict(first.objects.values_list("state", "error")) == STATES
    finally:
        migrate(latest)
    assert dict(Delivery.objects.values_list("state", "because")) == STATES
