"""Telling people: once, after the commit, again when the channel fails, visibly in the end."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, transaction

from angarium.engine.delivery import attempt
from angarium.engine.delivery.channels import channel_named
from angarium.engine.delivery.channels.log import Log, one_line
from angarium.engine.delivery.public import (
    Delivery,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    deliveries_of,
    send,
)
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.delivery.tests.conftest import ANNA
from angarium.engine.ledger.public import DeadLetter, Operation
from angarium.engine.tasks.testing import bring_forward, settled, working

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("templates")]


def tell(title: str = "Алгебра", key: str = "one") -> Delivery:
    return send(
        to=ANNA, template="tests/told", channel="log", key=key, subject="tests.thing:1", context={"title": title}
    )


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "angarium.notifications"]


def operation_of(delivery: Delivery) -> Operation:
    return Operation.objects.get(id=Delivery.objects.get(id=delivery.id).operation)


def test_a_message_is_rendered_and_handed_to_its_channel_once() -> None:
    channel = FakeChannel()
    with channel_replaced("log", channel), working():
        delivery = tell()
        settled()
    [message] = channel.taken
    assert (message.id, message.to, message.body) == (delivery.id, ANNA, "7: Алгебра")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.because) == ("sent", 1, "")
    assert delivery.sent_at is not None
    assert deliveries_of("tests.thing:1") == [delivery]


def test_the_same_key_is_sent_once() -> None:
    channel = FakeChannel()
    with channel_replaced("log", channel), working():
        first, again, other = tell(), tell("Геометрия"), tell(key="two")
        settled()
    assert first.id == again.id != other.id
    assert [message.body for message in channel.taken] == ["7: Алгебра"] * 2


def test_what_is_rolled_back_is_not_sent() -> None:
    channel = FakeChannel()
    with channel_replaced("log", channel), working():
        with transaction.atomic():
            tell()
            transaction.set_rollback(True)
        settled()
    assert not Delivery.objects.exists()
    assert channel.attempts == []


def test_les_07_a_channel_that_fails_twice_is_tried_three_times_with_growing_gaps() -> None:
    channel = FakeChannel(TemporaryFailure("busy"), ConnectionError("refused"))
    gaps: list[timedelta] = []
    with channel_replaced("log", channel), working():
        delivery = tell()
        settled()
        while waited := bring_forward():
            delivery.refresh_from_db()
            assert delivery.state == "queued"
            assert delivery.because
            gaps += waited
            settled()
    assert len({message.id for message in channel.attempts}) == 1
    assert len(channel.attempts) == 3
    assert len(gaps) == 2
    assert gaps[1] > gaps[0] * 1.5
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 3)
    assert operation_of(delivery).state == "succeeded"


def test_les_07_a_channel_that_always_fails_is_given_up_visibly() -> None:
    channel = FakeChannel(always=TemporaryFailure("The provider is away."))
    gaps: list[timedelta] = []
    with channel_replaced("log", channel), working():
        delivery = tell()
        settled()
        while waited := bring_forward():
            gaps += waited
            settled()
    assert len(channel.attempts) == 5
    assert all(later > earlier * 1.5 for earlier, later in pairwise(gaps))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("failed", 5)
    assert "The provider is away." in delivery.because
    operation = operation_of(delivery)
    assert (operation.state, operation.claims) == ("failed", 5)
    assert DeadLetter.objects.filter(operation=operation).exists()


def test_les_07_a_permanent_failure_is_not_tried_again() -> None:
    channel = FakeChannel(always=PermanentFailure("There is no such address."))
    with channel_replaced("log", channel), working():
        delivery = tell()
        settled()
    assert len(channel.attempts) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.because) == ("failed", "There is no such address.")
    assert operation_of(delivery).state == "failed"


def test_a_message_that_cannot_be_rendered_ends_visibly_as_well() -> None:
    with working():
        delivery = send(to=ANNA, template="tests/none", channel="log", key="x")
        settled()
        while bring_forward():
            settled()
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert "tests/none" in delivery.because


def test_a_failure_with_letters_that_no_database_keeps_is_stored_readably() -> None:
    channel = FakeChannel(always=PermanentFailure("bad \x00 answer \ud800"))
    with channel_replaced("log", channel), working():
        delivery = tell()
        settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.because) == ("failed", 1, "bad  answer ?")


def test_the_line_is_printed_after_the_commit(caplog: pytest.LogCaptureFixture) -> None:
    committed: list[bool] = []

    class Watching(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            committed.append(Delivery.objects.filter(state="sent").count() == 1)
            committed.append(not transaction.get_connection().in_atomic_block)

    watching = Watching()
    log = logging.getLogger("angarium.notifications")
    log.addHandler(watching)
    with caplog.at_level("INFO", "angarium.notifications"), working():
        tell()
        settled()
    log.removeHandler(watching)
    assert lines(caplog) == ["7: Алгебра"]
    assert committed == [True, True]


def test_no_line_is_printed_when_the_outcome_is_rolled_back(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [DatabaseError("the disk is full")]
    sent = attempt._sent

    def sent_in_vain(one: attempt.Attempt, receipt: Receipt) -> None:
        sent(one, receipt)
        if refusals:
            raise refusals.pop()

    monkeypatch.setattr(attempt, "_sent", sent_in_vain)
    with caplog.at_level("INFO", "angarium.notifications"), working():
        delivery = tell()
        settled()
        assert lines(caplog) == []
        delivery.refresh_from_db()
        assert delivery.state == "sending"
        bring_forward()
        settled()
    assert lines(caplog) == ["7: Алгебра"]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 2)


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("a\nУведомление отправлено", "7: a\\nУведомление отправлено"),
        ("100 % {sure} {0} %s", "7: 100 % {sure} {0} %s"),
        ("\x1b[31mred\x07", "7: \\x1b[31mred\\x07"),
        ("two\u2028lines \u202e turned", "7: two\\u2028lines \\u202e turned"),
        ("<b>&\"'", "7: <b>&\"'"),
    ],
)
def test_les_04_no_title_can_forge_a_second_line(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], title: str, line: str
) -> None:
    with caplog.at_level("INFO", "angarium.notifications"), working():
        tell(title)
        settled()
    assert lines(caplog) == [line]
    assert line in capsys.readouterr().out.splitlines()


def test_one_line_leaves_what_can_be_read() -> None:
    assert one_line("Привет, мир 🙂 %d\n") == "Привет, мир 🙂 %d"
    assert "\n" not in one_line("a\r\nb\x85c\vd")


def test_a_reason_of_any_length_is_kept_as_far_as_its_column_goes() -> None:
    with channel_replaced("log", FakeChannel(always=PermanentFailure("no " * 1000))), working():
        delivery = tell()
        settled()
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert len(delivery.because) == 1000


def test_an_unknown_channel_is_refused_at_once() -> None:
    with pytest.raises(KeyError):
        send(to=ANNA, template="tests/told", channel="pigeon", key="1")
    assert not Delivery.objects.exists()
    assert isinstance(channel_named("log"), Log)
