"""Sending: to whom, how often, and what the sender's answers make of it. A real worker and a real sender."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from angarium.engine.delivery.metrics import read
from angarium.engine.delivery.models import Provider
from angarium.engine.tasks.testing import bring_forward, until, working
from angarium.kernel.clock import now
from angarium.modules.mailings.models import Attempt, Mailer, Message
from angarium.modules.mailings.tests.post import Asked, Post, counts, crowd, ends, entered, hurry

pytestmark = pytest.mark.django_db(transaction=True)


def breaker() -> float:
    """1 while messages wait because the sender is away, as Prometheus is told."""
    return read()[1].values["sender",]


def is_away() -> bool:
    return Provider.objects.filter(name="sender", open_until__gt=now()).exists()


def pause_ends() -> None:
    """The breaker's pause is over, and who waited for that looks again."""
    Provider.objects.filter(name="sender").update(open_until=now())
    Message.objects.filter(state="queued").update(due_at=now())
    bring_forward("mailings.send_mailing")


def reasons(mailer: Mailer) -> set[str]:
    return set(Attempt.objects.filter(message__mailer=mailer).values_list("reason", flat=True))


def all_sent(mailer: Mailer) -> bool:
    return not Message.objects.filter(mailer=mailer).exclude(state="sent").exists()


def test_mail_06_an_active_mailing_is_sent_at_once_once_to_each(post: Post) -> None:
    crowd(30)
    with working():
        mailer = entered()
        ends(mailer, within=5)
    assert counts(mailer) == {"sent": 30}
    ids = set(Message.objects.filter(mailer=mailer).values_list("id", flat=True))
    assert post.numbers == dict.fromkeys(ids, 1)
    assert {call.text for call in post.asked} == {"Скидка"}


def test_a_mailing_to_nobody_ends_at_once(post: Post) -> None:
    with working():
        mailer = entered(tag="nobody")
        ends(mailer, within=5)
    assert (counts(mailer), post.asked) == ({}, [])


def test_mail_12_an_expired_token_is_nobody_s_failure_and_pauses_until_there_is_another(
    post: Post, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    post.token, settings.SENDER_TOKEN = "eyJnew.token", "eyJold.token"
    crowd(5)
    with working(), caplog.at_level("INFO"):
        mailer = entered()
        until(is_away)
        until(lambda: counts(mailer) == {"queued": 5})
        assert breaker() == 1
        settings.SENDER_TOKEN = "eyJnew.token"
        pause_ends()
        ends(mailer)
    assert counts(mailer) == {"sent": 5}
    assert reasons(mailer) == {"unauthorized"}
    assert breaker() == 0
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    [alarm] = [line for line in lines if line["event"] == "mailings.sender_away"]
    assert (alarm["level"], alarm["because"], alarm["status"]) == (
        "error", "The sender does not accept our token.", 401,
    )  # fmt: skip
    assert not any("eyJ" in str(line) or "79000000" in str(line) for line in lines)


WRONG = ("garbage", "empty", "code", "204", "huge", "500")


def test_mail_13_what_is_not_200_with_code_0_is_not_sent_and_asked_again_under_the_same_number(post: Post) -> None:
    crowd(6)
    first: dict[int, str] = {}

    def how(call: Asked) -> str:
        return first.setdefault(call.id, WRONG[len(first)]) if call.time == 1 else "ok"

    post.how = how
    with working():
        mailer = entered()
        until(lambda: Attempt.objects.count() == 6)
        waits = [row.due_at - now() for row in Message.objects.all() if row.due_at]
        hurry(mailer, until_it=lambda: all_sent(mailer))
        ends(mailer)
    assert all(timedelta(0) < wait <= timedelta(seconds=3) for wait in waits)
    assert len(set(waits)) == 6
    assert reasons(mailer) == {"garbage", "not_ok", "server_error"}
    assert (set(post.numbers.values()), set(post.sent.values())) == ({2}, {1})
    assert set(Message.objects.values_list("attempts", "reason")) == {(2, "")}


@pytest.mark.parametrize("mode", ["slow", "drip"])
def test_mail_14_a_slow_sender_is_left_after_our_timeout_and_asked_again(post: Post, settings: Any, mode: str) -> None:
    settings.SENDER_TIMEOUT = 0.4
    crowd(3)
    post.how = lambda call: mode if call.time == 1 else "ok"
    with working():
        mailer = entered()
        hurry(mailer, until_it=lambda: all_sent(mailer))
        ends(mailer)
    failures = Attempt.objects.filter(message__mailer=mailer)
    assert {(one.reason, one.answer) for one in failures} == {("timeout", "no answer within 0.4 s")}
    assert all(0.3 < (one.seconds or 0) < 2 for one in failures)
    assert set(post.sent.values()) == {1}


def test_mail_14_a_slow_mailing_holds_up_neither_others_nor_other_work(post: Post, settings: Any) -> None:
    settings.SENDER_TIMEOUT = 20
    crowd(2, tag="slow")
    crowd(3, tag="quick")
    post.how = lambda call: "slow" if call.text.startswith("Долгая") else "ok"
    with working():
        slow = entered(content="Долгая", tag="slow")
        until(lambda: len(post.asked) == 2)
        began = now()
        quick = entered(tag="quick")
        ends(quick, within=5)
        assert now() - began < timedelta(seconds=5)
        assert counts(slow) == {"sending": 2}
        post.stop()
        until(lambda: counts(slow) == {"queued": 2})
    assert counts(quick) == {"sent": 3}


def test_mail_15_a_sender_that_was_away_gets_everything_once_when_it_is_back(post: Post) -> None:
    post.stop()
    crowd(20)
    with working():
        mailer = entered()
        until(is_away)
        until(lambda: counts(mailer) == {"queued": 20})
        assert breaker() == 1
        assert set(Message.objects.values_list("reason", flat=True)) <= {"unreachable", ""}
        post.start()
        pause_ends()
        hurry(mailer, until_it=lambda: all_sent(mailer))  # an operation that just ran waits for the pause that it saw
        ends(mailer)
    assert counts(mailer) == {"sent": 20}
    assert set(post.numbers.values()) == set(post.sent.values()) == {1}
    assert breaker() == 0


def test_mail_15_while_the_breaker_is_open_nobody_is_called_and_one_tries_it_then(post: Post, settings: Any) -> None:
    settings.SENDER_IN_FLIGHT = 1
    crowd(30)
    post.how = "500"
    with working():
        mailer = entered()
        hurry(mailer, until_it=is_away)
        until(lambda: "sending" not in counts(mailer))
        called = len(post.asked)
        assert called < 30
        pause_ends()
        until(lambda: len(post.asked) > called and "sending" not in counts(mailer))
        until(is_away)
        assert len(post.asked) == called + 1
        post.how = "ok"
        pause_ends()
        ends(mailer)
    assert counts(mailer) == {"sent": 30}
    assert set(post.sent.values()) == {1}


def test_mail_15_retry_after_slows_down_and_fails_nothing(post: Post, settings: Any) -> None:
    settings.SENDER_IN_FLIGHT = 1
    crowd(4)
    post.how = lambda call: "429" if len(post.asked) == 2 else "ok"
    with working():
        mailer = entered()
        until(lambda: len(post.asked) == 2)
        ends(mailer, within=15)
    assert counts(mailer) == {"sent": 4}
    assert post.asked[2].at - post.asked[1].at > timedelta(seconds=1.9)
    assert reasons(mailer) == {"busy"}
    assert sorted(post.sent.values()) == [1, 1, 1, 1]


def test_mail_15_what_is_refused_has_failed_for_good(post: Post) -> None:
    crowd(3)
    post.how = "400"
    with working():
        mailer = entered()
        ends(mailer)
    assert counts(mailer) == {"failed": 3}
    assert set(post.numbers.values()) == {1}
    [(reason, answer)] = set(Message.objects.values_list("reason", "answer"))
    assert reason == "refused"
    assert answer.startswith('400 {"code": 400')
    assert not is_away()


def test_mail_16_one_message_that_always_fails_stops_nobody(post: Post) -> None:
    crowd(40)
    bad: list[int] = []

    def how(call: Asked) -> str:
        if not bad:
            bad.append(call.id)
        return "500" if call.id in bad else "ok"

    post.how = how
    with working():
        mailer = entered(finish=now() + timedelta(seconds=3))
        until(lambda: counts(mailer).get("sent") == 39)
        ends(mailer)
    assert counts(mailer) == {"sent": 39, "expired": 1}
    failed = Message.objects.get(mailer=mailer, state="expired")
    assert (failed.id, failed.reason) == (bad[0], "server_error")
    assert failed.attempts == post.numbers[bad[0]] == Attempt.objects.filter(message=failed).count()
    assert not is_away()
