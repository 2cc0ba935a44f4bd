"""The sender's breaker and rate, as workers that send mailings share them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from angarium.engine.delivery import providers
from angarium.engine.delivery.models import Provider
from angarium.engine.delivery.public import Answer, Call, Landing, Said
from angarium.kernel.clock import now
from angarium.modules.mailings.sending.provider import NAME, STREAK, Sender

pytestmark = pytest.mark.django_db


def landing(said: Said | None, *, wait: float | None = None, seconds: float = 10.0) -> Landing:
    waits = None if wait is None else timedelta(seconds=wait)
    return Landing(Call(1, "79001234567", "x", seconds), None if said is None else Answer(said, "so", 0, waits), 0.1)


def open_until() -> Any:
    return Provider.objects.values_list("open_until", flat=True).filter(name=NAME).first()


def opened(seconds: float) -> None:
    """The breaker was opened by somebody, for so many seconds from now."""
    Provider.objects.update_or_create(
        name=NAME, defaults={"failures": 5, "openings": 1, "open_until": now() + timedelta(seconds=seconds)}
    )


def test_mail_b08_failures_of_single_messages_open_it_when_nothing_else_comes_for_long() -> None:
    sender = Sender()
    sender.heard([landing(Said.SERVER_ERROR)] * (STREAK - 1) + [landing(Said.OK)])
    sender.heard([landing(Said.GARBAGE)] * (STREAK - 1))
    assert open_until() is None
    sender.heard([landing(Said.TIMEOUT)] * 6)
    assert open_until() > now()
    assert sender.permits(5) == 0


def test_calls_that_were_cut_short_by_the_finish_say_nothing_of_the_sender() -> None:
    sender = Sender()
    sender.heard([landing(Said.TIMEOUT, seconds=0.2)] * 50 + [landing(None)] * 50)
    assert (open_until(), sender.permits(5)) == (None, 5)


def test_mail_12_a_refused_token_opens_it_at_once_and_for_a_minute_at_most() -> None:
    Sender().heard([landing(Said.UNAUTHORIZED)])
    assert open_until() > now() + timedelta(seconds=10)
    for _ in range(8):
        opened_again = Sender()
        Provider.objects.update(open_until=now())
        assert opened_again.permits(3) == 1
        opened_again.used(1)
        opened_again.heard([landing(Said.UNAUTHORIZED)])
    assert now() + timedelta(seconds=50) < open_until() <= now() + timedelta(minutes=1)


def test_mail_15_answers_from_before_do_not_end_what_a_busy_sender_asked_for() -> None:
    sender = Sender()
    sender.heard([landing(Said.BUSY, wait=5), landing(Said.OK), landing(Said.BUSY, wait=30)])
    assert open_until() > now() + timedelta(seconds=25)
    sender.heard([landing(Said.OK), landing(Said.REFUSED)])
    assert open_until() > now() + timedelta(seconds=25)
    assert sender.away_until == open_until()
    other = Sender()
    other.heard([landing(Said.OK)])
    assert open_until() > now() + timedelta(seconds=25)


def test_mail_b08_one_tries_whether_it_works_and_the_others_wait_for_that() -> None:
    opened(-1)
    one, other = Sender(), Sender()
    assert (one.permits(9), other.permits(9)) == (1, 0)
    assert one.permits(9) == 1, "it has not gone yet"
    one.used(1)
    assert (one.permits(9), one.away_until) == (0, None)
    assert other.away_until is not None
    one.heard([landing(Said.OK)])
    assert (open_until(), one.permits(9)) == (None, 9)


def test_a_try_that_was_not_made_is_somebody_else_s_at_once() -> None:
    opened(-1)
    one = Sender()
    assert one.permits(9) == 1
    one.leave()
    assert Sender().permits(9) == 1


def test_a_try_that_was_made_is_not_given_back() -> None:
    opened(-1)
    one = Sender()
    one.used(one.permits(9))
    one.leave()
    assert Sender().permits(9) == 0


def test_mail_b08_a_try_that_fails_opens_it_again_whatever_was_answered() -> None:
    for said in (Said.SERVER_ERROR, Said.UNREACHABLE, Said.TIMEOUT):
        opened(-1)
        one = Sender()
        one.used(one.permits(9))
        one.heard([landing(said)])
        assert open_until() > now() + timedelta(seconds=10)


def test_mail_b07_two_workers_share_one_rate(settings: Any) -> None:
    settings.SENDER_PER_SECOND = 50
    one, other = Sender(), Sender()
    assert one.permits(100) == 10
    assert other.permits(100) == 0, "its lot comes after"
    assert (one.has_place, other.has_place) == (True, True)
    one.used(4)
    assert one.permits(100) == 6
    one.used(6)
    assert one.has_place is False
    assert one.permits(100) == 0, "its next lot comes after that of the other"
    assert one.has_place is True
    other.takes_places = False
    other.used(10)
    assert (other.permits(100), other.has_place) == (0, False)
    assert abs(providers.seconds_until(providers.reserve(NAME, per_second=50)) - 0.6) < 0.3


def test_mail_b07_a_rest_is_never_shortened_and_no_failure() -> None:
    far = now() + timedelta(seconds=60)
    providers.rest(NAME, far, "busy")
    providers.rest(NAME, now() + timedelta(seconds=5), "busy again")
    row = Provider.objects.get(name=NAME)
    assert (row.open_until, row.because, row.failures, row.openings) == (far, "busy", 1, 0)
    providers.worked(NAME, even_open=False)
    assert open_until() == far
    providers.worked(NAME)
    row.refresh_from_db()
    assert (row.open_until, row.failures, row.because) == (None, 0, "")


def test_after_a_rest_one_tries_it(settings: Any) -> None:
    providers.rest(NAME, now(), "busy")
    assert (Sender().permits(9), Sender().permits(9)) == (1, 0)
