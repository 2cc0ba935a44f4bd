"""A second table made of AbstractDelivery: sent by the same attempt, moved by the same table of moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from angarium.engine.delivery.attempt import attempt
from angarium.engine.delivery.errors import Overtaken
from angarium.engine.delivery.public import (
    Delivery,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    delivery_timeline,
    move,
    recipient_columns,
    suppressions,
)
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.delivery.tests.conftest import ANNA
from angarium.engine.delivery.tests.models import Postcard
from angarium.engine.ledger.public import Operation, start
from angarium.engine.tasks.public import Outcome, Run, task
from angarium.engine.tasks.testing import bring_forward, own_tasks, settled, working
from angarium.kernel.transitions import IllegalMove

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("templates", "_task")]


@pytest.fixture
def _task() -> Iterator[None]:
    with own_tasks():

        @task(name="postcards.post", outside=True, first_retry=timedelta(minutes=10))
        def post(run: Run, card: UUID) -> Outcome:
            """Send one postcard."""
            return attempt(Postcard.objects.get(id=card), run)

        yield


def written(key: str = "one", channel: str = "email") -> Postcard:
    """A postcard and the operation that sends it, in one transaction, as a module would write them."""
    with transaction.atomic():
        card = Postcard.objects.create(
            channel=channel, key=key, template="tests/told", context={"title": "Маяк"}, picture="lighthouse",
            **recipient_columns(ANNA),
        )  # fmt: skip
        card.operation = start("postcards.post", key=str(card.id), card=str(card.id))
        card.save(update_fields=["operation"])
    return card


def steps(card: Postcard) -> list[tuple[str, int, str]]:
    return [(step.state, step.attempt, step.answer) for step in delivery_timeline(card.id)]


def test_a_row_of_another_table_is_sent_once_and_has_its_timeline() -> None:
    channel = FakeChannel(Receipt(id="p-1", answer="250 Ok"), disturbs=True)
    with channel_replaced("email", channel), working():
        card = written()
        settled()
    [message] = channel.taken
    assert (message.id, message.to, message.body) == (card.id, ANNA, "7: Маяк")
    card.refresh_from_db()
    assert (card.state, card.attempts, card.provider_id, card.picture) == ("sent", 1, "p-1", "lighthouse")
    assert card.sent_at is not None
    assert steps(card) == [("sending", 1, ""), ("sent", 1, "250 Ok")]
    assert Operation.objects.get(id=card.operation).state == "succeeded"
    assert not Delivery.objects.exists()


def test_a_row_of_another_table_is_tried_again_and_ends_when_it_is_refused() -> None:
    dead = PermanentFailure("No such mailbox.", answer="550 5.1.1", address_is_dead=True)
    channel = FakeChannel(TemporaryFailure("Greylisted.", answer="450"), dead, disturbs=True)
    with channel_replaced("email", channel), working():
        card = written()
        settled()
        card.refresh_from_db()
        assert (card.state, card.because) == ("queued", "Greylisted.")
        [pause] = bring_forward("postcards.post")
        assert timedelta(minutes=9) < pause <= timedelta(minutes=12)
        settled()
    card.refresh_from_db()
    assert (card.state, card.attempts, card.because) == ("failed", 2, "No such mailbox.")
    assert steps(card) == [("sending", 1, ""), ("queued", 1, "450"), ("sending", 2, ""), ("failed", 2, "550 5.1.1")]
    assert [row.address for row in suppressions()] == ["anna@example.org"]
    assert channel.taken == []


def test_each_table_has_its_own_keys() -> None:
    card = written()
    Delivery.objects.create(channel=card.channel, key=card.key, template="tests/told")
    written(card.key, channel="log")
    with pytest.raises(IntegrityError):
        written(card.key, channel=card.channel)
    assert Postcard.objects.count() == 2


def test_a_row_of_another_table_moves_by_the_same_table_of_moves() -> None:
    card = written()
    behind = Postcard.objects.get(id=card.id)
    move(card, "cancelled", because="The lighthouse is closed.")
    with pytest.raises(IllegalMove):
        move(card, "sending")
    with pytest.raises(Overtaken):
        move(behind, "sending")
    card.refresh_from_db()
    assert (card.state, card.because) == ("cancelled", "The lighthouse is closed.")
    assert [(step.state, step.because) for step in delivery_timeline(card.id)] == [
        ("cancelled", "The lighthouse is closed.")
    ]
