"""What ends sending, or keeps single messages back, while it goes on: the finish, windows, people, and what breaks."""

from __future__ import annotations

import ctypes
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from angarium.engine.identity.public import SYSTEM
from angarium.engine.tasks.activity import idle
from angarium.engine.tasks.celery import start_accepting, stop_accepting
from angarium.engine.tasks.testing import bring_forward, settled, until, working
from angarium.kernel.clock import now
from angarium.modules.mailings import actions
from angarium.modules.mailings.models import Client, Mailer, Message, Sitting
from angarium.modules.mailings.sending import sitting
from angarium.modules.mailings.tests.conftest import values
from angarium.modules.mailings.tests.post import Asked, Post, counts, crowd, ends, entered, hurry, planned, state

pytestmark = pytest.mark.django_db(transaction=True)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def reasons(mailer: Mailer, state: str) -> set[str]:
    return set(Message.objects.filter(mailer=mailer, state=state).values_list("reason", flat=True))


# -- the finish --------------------------------------------------------------------------------------------------------


def test_mail_08_after_the_finish_no_call_begins_and_the_rest_expires(post: Post, settings: Any) -> None:
    settings.SENDER_IN_FLIGHT, post.delay, post.how = 2, 0.3, "slow"
    crowd(40)
    with working():
        mailer = entered(finish=now() + seconds(2))
        ends(mailer, within=6)
        assert now() < mailer.finish + seconds(3)
    told = counts(mailer)
    assert set(told) == {"sent", "expired"}
    assert 0 < told["sent"] < 20
    assert all(call.at < mailer.finish + seconds(0.2) for call in post.asked)
    assert len(post.asked) <= told["sent"] + 2
    assert reasons(mailer, "expired") <= {"finish", "timeout"}


def test_mail_08_a_call_takes_no_longer_than_is_left_until_the_finish(post: Post, settings: Any) -> None:
    settings.SENDER_TIMEOUT, post.how = 30, "slow"
    crowd(3)
    with working():
        mailer = entered(finish=now() + seconds(1.5))
        ends(mailer, within=6)
        assert now() < mailer.finish + seconds(3)
    assert counts(mailer) == {"expired": 3}
    assert reasons(mailer, "expired") == {"timeout"}
    assert set(post.numbers.values()) == {1}


def test_mail_08_a_mailing_that_has_finished_sends_nothing(post: Post) -> None:
    crowd(3)
    with working():
        mailer = Mailer.objects.create(**values(finish=now() - seconds(1)))
        ends(mailer)
    assert counts(mailer) == {"expired": 3}
    assert reasons(mailer, "expired") == {"finish"}
    assert post.asked == []


def test_mail_08_a_finish_that_comes_before_the_next_try_leaves_the_last_reason(post: Post) -> None:
    crowd(2)
    post.how = "500"
    with working():
        mailer = entered(finish=now() + seconds(1.2))
        ends(mailer)
    assert counts(mailer) == {"expired": 2}
    assert reasons(mailer, "expired") == {"server_error"}


# -- windows -----------------------------------------------------------------------------------------------------------


def test_mail_17_a_window_that_closes_while_messages_wait_defers_the_rest(post: Post, settings: Any) -> None:
    settings.SENDER_IN_FLIGHT, post.delay, post.how = 1, 0.2, "slow"
    crowd(30)
    with time_machine.travel("2026-07-01T12:00:00Z"), working():
        closes = now().replace(microsecond=0) + seconds(2)
        window = {"window_start": (closes - timedelta(hours=1)).time(), "window_end": closes.time()}
        mailer = entered(finish=now() + timedelta(days=3), **window)
        until(lambda: "deferred" in counts(mailer) and {"queued", "sending"}.isdisjoint(counts(mailer)))
        called = len(post.asked)
        assert all(call.at < closes + seconds(0.5) for call in post.asked)
        settled()
        assert len(post.asked) == called
    told = counts(mailer)
    assert (told["sent"], told["sent"] + told["deferred"]) == (called, 30)
    opens = {(row.due_at, row.deferred_until) for row in Message.objects.filter(mailer=mailer, state="deferred")}
    tomorrow = closes + timedelta(hours=23)
    assert opens == {(tomorrow, tomorrow)}
    assert state(mailer) == "sending"


def test_mail_17_a_window_that_does_not_open_again_before_the_finish_expires_the_rest(post: Post) -> None:
    crowd(3)
    with time_machine.travel("2026-07-01T12:00:00Z"), working():
        window = {
            "window_start": (now() - timedelta(hours=2)).time(),
            "window_end": (now() - timedelta(hours=1)).time(),
        }
        mailer = entered(finish=now() + timedelta(hours=2), **window)
        ends(mailer)
    assert counts(mailer) == {"expired": 3}
    assert reasons(mailer, "expired") == {"no_window"}
    assert post.asked == []


# -- people ------------------------------------------------------------------------------------------------------------

Deed = Callable[[Client], object]


@pytest.mark.parametrize(
    ("deed", "ended", "reason"),
    [
        (lambda client: actions.delete_client(client.pk, by=SYSTEM), "cancelled", "client_deleted"),
        (lambda client: actions.opt_out(client.pk, by=SYSTEM), "suppressed", "opted_out"),
    ],
    ids=["deleted", "opted out"],
)
def test_mail_04_who_goes_between_plan_and_call_is_not_called(
    post: Post, settings: Any, deed: Deed, ended: str, reason: str
) -> None:
    settings.SENDER_PER_SECOND = 5
    crowd(12)
    with working():
        mailer = entered()
        until(lambda: len(post.asked) > 0)
        last = Message.objects.filter(mailer=mailer).latest("id")
        assert last.state == "sending", "it is in the hand of the worker already"
        deed(last.client)
        ends(mailer)
    last.refresh_from_db()
    assert (last.state, last.reason, last.id in post.numbers) == (ended, reason, False)
    assert counts(mailer) == {"sent": 11, ended: 1}


def while_it_is_sent(post: Post, settings: Any, deed: Callable[[Mailer], object]) -> tuple[Mailer, list[Asked]]:
    """Do this to a mailing of which some were sent; the mailing, and the calls up to when it was done."""
    settings.SENDER_IN_FLIGHT, settings.SENDER_PER_SECOND = 3, 20
    crowd(60)
    mailer = entered()
    until(lambda: len(post.asked) >= 5)
    deed(mailer)
    return mailer, list(post.asked)


def test_mail_19_pause_and_resume_send_each_once_and_nothing_while_it_is_paused(post: Post, settings: Any) -> None:
    with working():
        mailer, called = while_it_is_sent(post, settings, lambda one: actions.pause_mailer(one.pk, by=SYSTEM))
        settled()
        assert len(post.asked) <= len(called) + 3, "those that were under way at most"
        told = counts(mailer)
        assert set(told) == {"sent", "queued"}
        assert told["sent"] == len(post.asked)
        settings.SENDER_PER_SECOND = 0
        actions.resume_mailer(mailer.pk, by=SYSTEM)
        ends(mailer)
    assert counts(mailer) == {"sent": 60}
    assert set(post.numbers.values()) == {1}


@pytest.mark.parametrize(
    ("verb", "reason"), [(actions.cancel_mailer, "mailer_cancelled"), (actions.delete_mailer, "mailer_deleted")]
)
def test_mail_20_after_it_was_cancelled_or_deleted_no_call_begins(
    post: Post, settings: Any, verb: Callable[..., object], reason: str
) -> None:
    with working():
        mailer, called = while_it_is_sent(post, settings, lambda one: verb(one.pk, by=SYSTEM))
        settled()
        assert len(post.asked) <= len(called) + 3, "those that were under way at most"
    told = counts(mailer)
    assert set(told) == {"sent", "cancelled"}
    assert (told["sent"], sum(told.values())) == (len(post.asked), 60)
    assert reasons(mailer, "cancelled") == {reason}
    assert not Sitting.objects.exists()


def test_mail_20_a_call_that_lands_badly_after_the_mailing_was_deleted_is_cancelled_too(
    post: Post, settings: Any
) -> None:
    settings.SENDER_IN_FLIGHT, settings.SENDER_TIMEOUT, post.how = 4, 1.5, "drip"
    crowd(9)
    with working():
        mailer = entered()
        until(lambda: len(post.asked) == 4)
        actions.delete_mailer(mailer.pk, by=SYSTEM)
        settled()
        until(lambda: counts(mailer) == {"cancelled": 9})
    assert len(post.asked) == 4


def test_mail_19_edited_while_it_is_sent_the_rest_gets_the_new_text_and_nobody_two(post: Post, settings: Any) -> None:
    with working():
        edit = {"content": "Новая скидка"}
        mailer, called = while_it_is_sent(post, settings, lambda one: actions.edit_mailer(one.pk, by=SYSTEM, **edit))
        settings.SENDER_PER_SECOND = 0
        ends(mailer)
    assert counts(mailer) == {"sent": 60}
    assert set(post.numbers.values()) == {1}
    assert {call.text for call in post.asked[: len(called)]} == {"Скидка"}
    assert sum(call.text == "Скидка" for call in post.asked[len(called) :]) <= 3
    assert post.asked[-1].text == "Новая скидка"


def test_mail_19_a_run_whose_operation_ends_by_an_edit_writes_what_is_in_the_air(post: Post, settings: Any) -> None:
    """Its lease is lost meanwhile, and the keeper interrupts it."""
    settings.LEASE_SECONDS, settings.SENDER_IN_FLIGHT, post.delay, post.how = 2, 3, 2.5, "slow"
    crowd(6)
    with working():
        mailer = entered()
        until(lambda: len(post.asked) == 3)
        actions.edit_mailer(mailer.pk, by=SYSTEM, finish=mailer.finish + timedelta(hours=1))
        post.how = "ok"
        ends(mailer)
    assert counts(mailer) == {"sent": 6}
    assert set(post.numbers.values()) == {1}


def test_mail_19_who_fits_no_more_after_an_edit_is_cancelled_also_in_the_worker_s_hand(
    post: Post, settings: Any
) -> None:
    settings.SENDER_IN_FLIGHT, settings.SENDER_PER_SECOND = 1, 4
    crowd(6, tag="a")
    crowd(6, tag="b")
    with working():
        mailer = entered()
        until(lambda: len(post.asked) >= 2)
        assert Message.objects.filter(state="sending", client__tag="b").count() == 6, "they are in its hand"
        actions.edit_mailer(mailer.pk, by=SYSTEM, tag="a")
        ends(mailer)
    assert counts(mailer) == {"sent": 6, "cancelled": 6}
    assert reasons(mailer, "cancelled") == {"filter"}
    assert set(Client.objects.filter(messages__id__in=post.numbers).values_list("tag", flat=True)) == {"a"}


def test_mail_19_a_finish_that_is_moved_before_now_by_an_edit_stops_it(post: Post, settings: Any) -> None:
    with working():
        mailer, called = while_it_is_sent(
            post, settings, lambda one: actions.edit_mailer(one.pk, by=SYSTEM, finish=now() + seconds(0.01))
        )
        ends(mailer)
        assert len(post.asked) <= len(called) + 3
    told = counts(mailer)
    assert (set(told), sum(told.values())) == ({"sent", "expired"}, 60)
    assert told["sent"] == len(post.asked)


# -- what breaks -------------------------------------------------------------------------------------------------------


def test_a_worker_that_drains_gives_back_what_it_has_not_launched_and_ends_soon(post: Post, settings: Any) -> None:
    settings.SENDER_IN_FLIGHT, settings.SENDER_TIMEOUT, post.how = 2, 20, "slow"
    crowd(10)
    with working():
        mailer = entered()
        until(lambda: len(post.asked) == 2)
        stop_accepting()
        assert idle(4), "the worker does not end"
        assert counts(mailer) == {"sending": 2, "queued": 8}
        assert not Sitting.objects.exists()
        post.how = "ok"
        start_accepting()
        until(lambda: counts(mailer) == {"sending": 2, "sent": 8})
        Message.objects.filter(state="sending").update(due_at=now())
        bring_forward("mailings.send_mailing")
        ends(mailer)
    assert counts(mailer) == {"sent": 10}
    assert sorted(post.numbers.values()) == [1] * 8 + [2] * 2


def test_results_that_the_database_does_not_take_at_once_are_not_lost(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([OperationalError("server closed the connection")] * 2)
    real = sitting.write

    def write(*given: Any, **named: Any) -> set[int]:
        if (failure := next(failures, None)) is not None:
            raise failure
        return real(*given, **named)

    monkeypatch.setattr(sitting, "write", write)
    crowd(20)
    with working():
        mailer = entered()
        ends(mailer)
    assert counts(mailer) == {"sent": 20}
    assert set(post.numbers.values()) == {1}


def test_a_database_that_takes_no_results_for_long_fails_the_run_and_loses_no_message(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_given: Any, **_named: Any) -> set[int]:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(sitting, "PATIENCE", 0.2)
    monkeypatch.setattr(sitting, "AGAIN", 0.1)
    crowd(3)
    with working():
        with monkeypatch.context() as broken:
            broken.setattr(sitting, "write", write)
            mailer = entered()
            until(lambda: len(post.asked) == 3 and idle(0.1))
        assert counts(mailer) == {"sending": 3}
        Message.objects.update(due_at=now())
        hurry(mailer, until_it=lambda: state(mailer) == "finished")
    assert counts(mailer) == {"sent": 3}
    assert set(post.numbers.values()) == {2}


class Struck(BaseException):
    """As the keeper interrupts a run."""


def seat(mailer: Mailer) -> sitting.Seat:
    run: Any = SimpleNamespace(operation=uuid4(), progress=lambda *_: None)
    return sitting.Seat(mailer, run)


def test_a_run_that_is_interrupted_writes_what_is_in_the_air(post: Post, settings: Any) -> None:
    """The keeper's own way to interrupt: an exception raised in the run's thread, at any moment."""
    settings.SENDER_IN_FLIGHT, post.delay, post.how = 5, 1.0, "slow"
    mailer = planned(12)
    caught: list[BaseException] = []

    def sit() -> None:
        try:
            seat(mailer).sit()
        except Struck as error:
            caught.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=sit)
    thread.start()
    until(lambda: len(post.asked) == 5)
    assert thread.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Struck))
    thread.join(10)
    assert len(caught) == 1
    assert counts(mailer) == {"sent": 5, "queued": 7}
    assert set(post.numbers.values()) == {1}
    assert not Sitting.objects.exists()


def test_while_the_sender_is_slow_the_database_is_asked_little(post: Post) -> None:
    post.delay, post.how = 2.0, "slow"
    mailer = planned(1)
    began = time.monotonic()
    with CaptureQueriesContext(connection) as asked:
        assert seat(mailer).sit() is sitting.Stop.IDLE
    assert counts(mailer) == {"sent": 1}
    assert len(asked) < 40 * (time.monotonic() - began), Counter(query["sql"][:60] for query in asked)
