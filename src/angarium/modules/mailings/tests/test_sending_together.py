"""Many mailings at once: seats, turns, and the rate that all share."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from angarium.engine.identity.public import SYSTEM
from angarium.engine.tasks import presence
from angarium.engine.tasks.testing import until, working
from angarium.kernel.clock import now
from angarium.modules.mailings.actions import cancel_mailer
from angarium.modules.mailings.models import Mailer, Message, Sitting
from angarium.modules.mailings.sending import sitting
from angarium.modules.mailings.sending.seats import FEW, Seats, number, rivals
from angarium.modules.mailings.tests.post import Post, counts, crowd, ends, entered, state

pytestmark = pytest.mark.django_db(transaction=True)


def test_mail_b07_mailings_share_one_rate(post: Post, settings: Any) -> None:
    settings.SENDER_PER_SECOND = 25
    crowd(15, tag="a")
    crowd(15, tag="b")
    with working():
        both = [entered(tag=tag) for tag in "ab"]
        for mailer in both:
            ends(mailer)
    came = sorted(call.at for call in post.asked)
    assert len(came) == 30
    assert came[-1] - came[0] > timedelta(seconds=(30 - 2 * 5) / 25)
    most = max(sum(first <= one < first + timedelta(seconds=0.5) for one in came) for first in came)
    assert most <= 25 * 0.5 + 2 * 5 + 1
    assert [counts(mailer) for mailer in both] == [{"sent": 15}] * 2


def test_many_mailings_at_once_all_end_though_seats_are_few(post: Post) -> None:
    crowd(3)
    with working():
        many = [entered(content=f"Скидка {n}") for n in range(12)]
        for mailer in many:
            ends(mailer, within=20)
    assert [counts(mailer) for mailer in many] == [{"sent": 3}] * 12
    assert set(post.numbers.values()) == {1}


@pytest.mark.parametrize("rate", [0, 12])
def test_mail_14_long_mailings_give_their_seats_up_for_those_that_wait(
    post: Post, settings: Any, monkeypatch: pytest.MonkeyPatch, rate: float
) -> None:
    monkeypatch.setattr(sitting, "SHORT_TURN", 0.5)
    settings.SENDER_PER_SECOND = rate
    settings.SENDER_IN_FLIGHT, post.delay, post.how = 1, 0.3, "slow"
    crowd(100, tag="long")
    crowd(1, tag="short")
    with working():
        long = [entered(tag="long") for _ in range(FEW)]
        until(lambda: Sitting.objects.count() == FEW)
        short = entered(tag="short")
        ends(short, within=8)
        assert {state(mailer) for mailer in long} == {"sending"}
        for mailer in long:
            cancel_mailer(mailer.pk, by=SYSTEM)
    assert counts(short) == {"sent": 1}


def test_rivals_are_those_that_have_something_due_and_nobody_who_sends_it() -> None:
    crowd(1)
    mine, waits, sat, planned, later = (entered() for _ in range(5))
    moment = now()
    Mailer.objects.exclude(pk=planned.pk).update(state="sending")
    for mailer in (mine, waits, sat, planned, later):
        due = moment + timedelta(hours=1) if mailer == later else moment - timedelta(seconds=2)
        Message.objects.create(mailer=mailer, client_id=1, due_at=due)
    Sitting.objects.create(operation=uuid4(), mailer=sat, version=1, until=moment + timedelta(seconds=3))
    assert rivals(mine.pk) == 1
    assert rivals(waits.pk) == 1


def test_half_of_a_worker_s_places_are_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for places in (0, 1, 2, 3, 4, 9):
        monkeypatch.setattr(presence._places, "value", places)
        found.append(number())
    assert found == [FEW, 1, 1, 1, 2, 4]


def test_a_seat_is_free_again_however_its_process_ended() -> None:
    seats = Seats()
    with seats.one() as first, seats.one() as second, seats.one() as third:
        assert (first, second, third) == (True, True, False)
    ready, tell = os.pipe()
    children = []
    for _ in range(FEW):
        pid = os.fork()
        if pid == 0:
            seats._take()
            os.write(tell, b"x")
            signal.pause()
        children.append(pid)
    for _ in children:
        os.read(ready, 1)
    with seats.one() as is_free:
        assert is_free is False
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with seats.one() as is_free:
        assert is_free is True
