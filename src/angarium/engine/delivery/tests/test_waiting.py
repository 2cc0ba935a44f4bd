"""What is not sent now: it waits for its time, its window, its turn or its provider, or ends with the reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from angarium.engine.delivery import providers
from angarium.engine.delivery.attempt import SLOT_HOLDS
from angarium.engine.delivery.channel import ProviderAway, TemporaryFailure
from angarium.engine.delivery.circuit import THRESHOLD
from angarium.engine.delivery.models import Delivery, Provider
from angarium.engine.delivery.public import (
    Message,
    PermanentFailure,
    cancel,
    delivery_timeline,
    reserve,
    send,
    suppress,
    suppressions,
    unsuppress,
)
from angarium.engine.delivery.testing import FakeChannel, assert_told, channel_replaced, states_of
from angarium.engine.delivery.tests.conftest import ANNA
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.testing import bring_forward, settled, working
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("templates")]


def tell(key: str = "one", **wishes: Any) -> Delivery:
    return send(to=ANNA, template="tests/told", channel="email", key=key, context={"title": "Алгебра"}, **wishes)


def disturbing(*script: Any, **how: Any) -> FakeChannel:
    return FakeChannel(*script, disturbs=True, **how)


def again(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery


def quiet_now() -> str:
    """A window around this minute, in the zone of ANNA."""
    start, end = now() + timedelta(hours=3 - 2), now() + timedelta(hours=3 + 2)
    return f"{start:%H:%M}-{end:%H:%M}"


def test_quiet_hours_defer_and_then_it_is_sent(settings: Any) -> None:
    settings.QUIET_HOURS = quiet_now()
    channel = disturbing()
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
        waiting = again(delivery)
        assert (waiting.state, waiting.attempts, channel.attempts) == ("deferred", 0, [])
        assert waiting.due_at is not None
        assert timedelta(hours=1) < waiting.due_at - now() <= timedelta(hours=2)
        assert "Quiet hours" in waiting.because
        assert Operation.objects.get(id=waiting.operation).claims == 0
        settings.QUIET_HOURS = ""
        bring_forward()
        settled()
    assert_told(channel, "7: Алгебра")
    assert states_of(delivery) == ["queued", "deferred", "sending", "sent"]
    assert again(delivery).because == ""


def test_what_is_urgent_does_not_wait_for_the_morning_and_forgets_what_it_held(settings: Any) -> None:
    settings.QUIET_HOURS = quiet_now()
    channel = disturbing()
    with channel_replaced("email", channel), working():
        delivery = tell(urgent=True)
        settled()
    assert_told(channel, "7: Алгебра")
    assert again(delivery).context == {}


def test_what_would_be_of_no_use_after_the_window_expires_unsent(settings: Any) -> None:
    settings.QUIET_HOURS = quiet_now()
    channel = disturbing()
    with channel_replaced("email", channel), working():
        delivery = tell(not_after=now() + timedelta(minutes=30))
        settled()
    ended = again(delivery)
    assert (ended.state, channel.attempts) == ("expired", [])
    assert "After that it would be of no use." in ended.because
    assert Operation.objects.get(id=ended.operation).state == "cancelled"


def test_a_later_message_waits_in_the_database_until_its_time() -> None:
    channel = disturbing()
    at = now() + timedelta(hours=1)
    with channel_replaced("email", channel), working():
        delivery = tell(not_before=at)
        settled()
        waiting = again(delivery)
        assert (waiting.state, waiting.due_at, channel.attempts) == ("deferred", at, [])
        assert Operation.objects.get(id=waiting.operation).state == "scheduled"
        Delivery.objects.filter(id=delivery.id).update(not_before=now())
        bring_forward()
        settled()
    assert_told(channel, "7: Алгебра")


def test_a_message_that_waits_is_called_back_by_its_key_once() -> None:
    channel = disturbing()
    with channel_replaced("email", channel), working():
        delivery = tell(not_before=now() + timedelta(hours=1))
        settled()
        assert cancel(channel="email", key="one", because="The lesson was cancelled.")
        assert not cancel(delivery.id, because="Again.")
        assert not cancel(channel="email", key="two", because="There is none.")
        bring_forward()
        settled()
    ended = again(delivery)
    assert (ended.state, ended.because, channel.attempts) == ("cancelled", "The lesson was cancelled.", [])
    assert Operation.objects.get(id=ended.operation).state == "cancelled"


def test_a_message_whose_operation_has_ended_cannot_be_called_back() -> None:
    delivery = tell()
    Operation.objects.update(state="failed")
    assert not cancel(delivery.id, because="No.")
    assert again(delivery).state == "queued"


def test_a_message_without_an_operation_is_called_back_all_the_same() -> None:
    delivery = tell()
    Operation.objects.all().delete()
    assert cancel(delivery.id, because="No.")
    assert again(delivery).state == "cancelled"


def test_what_is_being_sent_cannot_be_called_back() -> None:
    said: list[bool] = []
    channel = disturbing(lambda message: said.append(cancel(message.id, because="No.")))
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
    assert said == [False]
    assert again(delivery).state == "sent"


def test_what_was_called_back_under_the_worker_s_hands_is_not_sent() -> None:
    """The row moves between the worker's look and its `sending`: the worker yields."""
    channel = disturbing()
    reserved = providers.circuit_of

    def called_back(provider: str) -> Any:
        Delivery.objects.update(state="cancelled", because="Called back.")
        return reserved(provider)

    with pytest.MonkeyPatch.context() as patch, channel_replaced("email", channel), working():
        patch.setattr(providers, "circuit_of", called_back)
        delivery = tell()
        settled()
    assert (again(delivery).state, channel.attempts) == ("cancelled", [])


def test_an_address_that_is_dead_is_suppressed_and_the_next_message_not_tried() -> None:
    channel = disturbing(PermanentFailure("550 no such mailbox", address_is_dead=True, answer="550 5.1.1 no"))
    with channel_replaced("email", channel), working():
        first = tell("1")
        settled()
        second = tell("2")
        settled()
    assert (again(first).state, again(second).state, len(channel.attempts)) == ("failed", "suppressed", 1)
    assert "550 no such mailbox" in again(second).because
    assert [step.answer for step in delivery_timeline(first.id)][-1] == "550 5.1.1 no"
    [row] = suppressions("email", "ANNA@example.org")
    assert (row.by, row.topic) == ("delivery", "")


@pytest.mark.parametrize(
    ("refused", "topic", "told"),
    [
        ("lessons.reminder", "lessons.reminder", False),
        ("lessons.reminder", "lessons.summary", True),
        ("lessons.reminder", "", True),
        ("*", "lessons.reminder", False),
        ("*", "", True),
        ("", "lessons.reminder", False),
        ("", "", False),
    ],
)
def test_who_unsubscribes_is_told_of_the_rest(refused: str, topic: str, told: bool) -> None:
    suppress("email", "Anna@Example.org", "She unsubscribed.", by="Anna", topic=refused)
    channel = disturbing()
    with channel_replaced("email", channel), working():
        delivery = tell(topic=topic)
        settled()
    assert (again(delivery).state, len(channel.taken)) == (("sent", 1) if told else ("suppressed", 0))
    assert unsuppress("email", "anna@example.org", "Anna", topic=refused)
    assert not unsuppress("email", "anna@example.org", "Anna", topic=refused)


@pytest.mark.parametrize(("channel", "address", "field"), [("pigeon", "a@b", "channel"), ("email", " ", "address")])
def test_what_cannot_be_suppressed_is_refused_by_name(channel: str, address: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        suppress(channel, address, "x", by="Anna")
    assert refused.value.field == field


def test_what_has_a_topic_that_was_refused_for_another_channel_goes() -> None:
    suppress("log", "anna@example.org", "x", by="Anna")
    channel = disturbing()
    with channel_replaced("email", channel), working():
        tell()
        settled()
    assert len(channel.taken) == 1


def test_a_provider_that_is_away_opens_its_breaker_and_nothing_fails() -> None:
    channel = disturbing(always=ProviderAway("Connection refused"))
    with channel_replaced("email", channel), working():
        rows = [tell(str(n)) for n in range(THRESHOLD + 3)]
        settled()
        assert Provider.objects.get(name="fake").failures >= THRESHOLD
        called = len(channel.attempts)
        bring_forward()
        settled()
        assert len(channel.attempts) == called, "nobody calls a provider whose breaker is open"
        assert {again(row).state for row in rows} == {"deferred"}
        assert {again(row).because for row in rows} == {"fake does not work: Connection refused"}
        assert {Operation.objects.get(id=row.operation).claims for row in rows} == {0}
        channel.always = None
        Provider.objects.update(open_until=now())
        bring_forward()
        settled()
        assert Provider.objects.get(name="fake").open_until is None
        bring_forward()
        settled()
    assert {again(row).state for row in rows} == {"sent"}
    assert sorted(message.id for message in channel.taken) == sorted(row.id for row in rows)


def test_a_wrong_password_opens_the_breaker_at_once_with_the_sentence() -> None:
    channel = disturbing(ProviderAway("The mail server refuses our name and password: 535", at_once=True))
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
    assert "refuses our name and password" in again(delivery).because
    assert providers.circuit_of("fake").is_open(now())


def test_one_message_at_a_time_probes_a_provider_that_was_away() -> None:
    providers.failed("fake", "refused", at_once=True, probe=False)
    Provider.objects.update(open_until=now())
    circuit = providers.circuit_of("fake")
    assert circuit.is_half_open(now())
    assert [providers.take_probe("fake", circuit) for _ in range(3)] == [True, False, False]
    assert providers.circuit_of("fake").is_open(now())


def test_a_probe_that_fails_opens_the_breaker_for_longer() -> None:
    providers.failed("fake", "refused", at_once=True, probe=False)
    Provider.objects.update(open_until=now())
    channel = disturbing(ProviderAway("refused"))
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
    assert (len(channel.attempts), again(delivery).state) == (1, "deferred")
    assert Provider.objects.get(name="fake").openings == 2


def test_what_is_worth_nothing_when_the_provider_is_back_expires() -> None:
    channel = disturbing(ProviderAway("refused", at_once=True))
    with channel_replaced("email", channel), working():
        delivery = tell(not_after=now() + timedelta(seconds=5))
        settled()
    assert again(delivery).state == "expired"
    assert again(delivery).because.startswith("fake does not work: refused")


def test_a_refused_address_is_a_sign_of_health() -> None:
    for _ in range(THRESHOLD - 1):
        providers.failed("fake", "refused", at_once=False, probe=False)
    channel = disturbing(TemporaryFailure("450 greylisted"))
    with channel_replaced("email", channel), working():
        tell()
        settled()
    assert Provider.objects.get(name="fake").failures == 0


def test_all_workers_together_keep_one_rate() -> None:
    """One in a thousand seconds: of four messages the first goes, the others get places that far apart."""
    channel = disturbing(per_second=0.001)
    with channel_replaced("email", channel), working():
        rows = [tell(str(n)) for n in range(4)]
        settled()
    waiting = sorted(row.slot for row in map(again, rows) if row.slot is not None)
    assert (len(channel.taken), len(waiting)) == (1, 3)
    assert [round((b - a).total_seconds()) for a, b in pairwise(waiting)] == [1000, 1000]
    assert {again(row).state for row in rows} == {"sent", "deferred"}


def test_a_place_in_the_rate_is_kept_and_not_asked_for_again() -> None:
    channel = disturbing(per_second=0.001)
    reserve("fake", per_second=0.001)
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
        assert again(delivery).state == "deferred"
        Delivery.objects.update(slot=now())
        before = Provider.objects.get(name="fake").slot
        bring_forward()
        settled()
    assert again(delivery).state == "sent"
    assert Provider.objects.get(name="fake").slot == before


def test_a_place_that_was_missed_for_long_is_taken_anew() -> None:
    channel = disturbing(per_second=0.001)
    reserve("fake", per_second=0.001)
    with channel_replaced("email", channel), working():
        delivery = tell()
        settled()
        Delivery.objects.update(slot=now() - SLOT_HOLDS)
        bring_forward()
        settled()
    waiting = again(delivery)
    assert waiting.state == "deferred"
    assert waiting.slot is not None
    assert waiting.slot > now()


def test_what_is_urgent_goes_before_those_who_wait_for_their_turn() -> None:
    reserve("fake", 5, per_second=0.001)
    channel = disturbing(per_second=0.001)
    with channel_replaced("email", channel), working():
        tell(urgent=True)
        settled()
    assert len(channel.taken) == 1


def test_a_short_wait_is_waited_for_by_the_worker() -> None:
    """Five a second: the third of three goes no earlier than two fifths of a second after the first might have."""
    at: list[datetime] = []

    def noted(message: Message) -> None:
        at.append(now())

    channel = disturbing(*[noted] * 3, per_second=5)
    begin = now()
    with channel_replaced("email", channel), working():
        rows = [tell(str(n)) for n in range(3)]
        settled()
    assert {again(row).state for row in rows} == {"sent"}
    assert not any("deferred" in states_of(row) for row in rows)
    assert [when - begin >= timedelta(seconds=n / 5 - 0.01) for n, when in enumerate(sorted(at))] == [True] * 3


def test_a_batch_takes_so_many_places_at_once() -> None:
    first = reserve("sms", 500, per_second=100)
    second = reserve("sms", 1, per_second=100)
    third = reserve("sms", 1, per_second=100)
    assert abs(first - now()) < timedelta(seconds=2)
    assert (second - first, third - second) == (timedelta(seconds=5), timedelta(milliseconds=10))
    assert reserve("sms", 1, per_second=0) <= now()


def test_a_rate_that_was_not_used_is_not_saved_up() -> None:
    reserve("sms", 1, per_second=100)
    Provider.objects.filter(name="sms").update(slot=0)
    assert abs(reserve("sms", 1, per_second=100) - now()) < timedelta(seconds=2)


def test_two_at_once_never_get_the_same_place() -> None:
    def take(_: int) -> datetime:
        try:
            return reserve("sms", 1, per_second=1000)
        finally:
            connection.close()

    reserve("sms", 1000, per_second=1000)
    with ThreadPoolExecutor(4) as pool:
        places = sorted(pool.map(take, range(40)))
    assert all(b - a == timedelta(milliseconds=1) for a, b in pairwise(places))
