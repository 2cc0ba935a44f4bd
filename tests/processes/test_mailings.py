"""Mailings as real processes send them: killed, restarted, without a broker, with a sender that is slow or away."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from statistics import median

import pytest

from tests.processes.instance import wait_told
from tests.processes.mailings import IN_FLIGHT, Mailings, mailings, on_the_clock
from tests.servers.polling import eventually

pytestmark = pytest.mark.postgres
LONG = bool(os.environ.get("PROVE"))
long_form = pytest.mark.skipif(not LONG, reason="the long form: make prove")
#: Answers to one message after the other, the same at every attempt.
MIXED = ("ok", "500", "400", "ok", "garbage", "code", "ok")
#: Clients in one transaction of a plan.
RANGE = 100_000


@pytest.fixture(scope="module")
def fleet() -> Iterator[Mailings]:
    with mailings() as made:
        yield made


@pytest.fixture
def running(fleet: Mailings) -> Mailings:
    """The fleet, with a sender that answers well and that nobody has anything against."""
    fleet.external.answers = lambda _id, _time: "ok"
    fleet.external.let_go()
    fleet.external.asked.clear()
    fleet.forgive_the_sender()
    return fleet


def test_mail_06_10_a_mailing_made_over_http_is_planned_and_sent_by_the_worker(running: Mailings) -> None:
    """In the time that is promised, unless the machine is busy with something else three times in a row."""
    in_time = False
    for tag in ("сразу", "ещё раз", "в третий раз"):
        running.clients(tag, 300)
        began = time.monotonic()
        id, seconds = running.mailing(tag)
        eventually(lambda id=id: running.states(id).total() == 300, what=lambda id=id: running.told(id))  # type: ignore[misc]
        planned = time.monotonic() - began
        running.prove_each_once(id, 300)
        if in_time := seconds < 0.5 and planned < 2:
            break
    assert in_time


def test_mail_07_10_killed_half_way_through_its_plan_and_everything_restarted_it_starts_in_time_and_doubles_nobody(
    running: Mailings,
) -> None:
    """Clients lie in ten ranges, each a transaction of its own; the broker is wiped in between as well."""
    running.clients("потом", 10, apart=RANGE)
    running.worker.terminate(within=20)
    doomed = running.start_worker(concurrency=1, ANGARIUM_FAULT="after-commit:7")
    starts = on_the_clock(7)
    id, _ = running.mailing("потом", starts=7)
    doomed.wait_for("exited with 'signal 9")
    running.kill_all()
    running.broker.wipe()
    assert 0 < running.states(id).total() < 10
    running.start_all()
    ready = time.monotonic()
    running.prove_each_once(id, 10)
    first = min(at for at, message in running.external.asked if message in running.calls(id))
    assert starts - 0.1 <= first <= max(starts, ready) + 5


def test_mail_14_while_the_sender_is_silent_the_api_and_other_queues_are_as_they_were(running: Mailings) -> None:
    def lessons(name: str) -> tuple[float, float]:
        """Seconds until one was entered and until its student was told, the middle ones of five."""
        entered, heard = [], []
        for n in range(5):
            began = time.monotonic()
            entered.append(running.create_lesson(f"{name} {n}")[1].seconds)
            wait_told(running.worker, f"{name} {n}")
            heard.append(time.monotonic() - began)
        return median(entered), median(heard)

    before = lessons("До")
    running.external.hold()
    ids = []
    for tag in ("молчит", "и эта"):  # as many as the worker has processes
        running.clients(tag, 60)
        ids.append(running.mailing(tag)[0])
    eventually(lambda: len(running.external.asked) >= IN_FLIGHT, what=lambda: running.told(ids[0]))
    meanwhile = lessons("Пока")
    seconds = [running.ask("GET", "/api/mailings/message/stat/").seconds for _ in range(9)]
    assert [running.states(id)["sent"] for id in ids] == [0, 0]
    running.external.let_go()
    assert median(seconds) < 0.2
    assert meanwhile[0] < before[0] + 0.1
    assert meanwhile[1] < before[1] + 1
    assert [running.ask("DELETE", f"/api/mailings/mailer/{id}/").status for id in ids] == [204, 204]


def test_mail_15_while_the_sender_is_down_messages_wait_and_then_go_out_once(running: Mailings) -> None:
    number, pause = (200, 120) if LONG else (3, 0)
    running.clients("упал", number)
    running.external.stop()
    try:
        id, _ = running.mailing("упал")
        unreachable = f"select count(*) from mailings_message where mailer_id = {id} and reason = 'unreachable'"
        eventually(lambda: running.rows(unreachable)[0][0] > 0, what=lambda: running.told(id))
        is_up_again = on_the_clock(pause)
        eventually(lambda: time.monotonic() > is_up_again, within=pause + 5)
        assert running.states(id).keys() <= {"queued", "sending"}
        if LONG:
            assert running.rows("select open_until > changed_at from delivery_provider where name = 'sender'") == [
                (True,)
            ]
    finally:
        running.external.start()
    running.wait_finished(id, within=400 if LONG else 40)
    running.prove_each_once(id, number)


def test_mail_20_deleted_in_the_middle_of_a_thousand_no_call_begins_afterwards(running: Mailings) -> None:
    running.external.answers = lambda id, _time: MIXED[id % len(MIXED)]
    running.clients("удалён", 1000)
    id, _ = running.mailing("удалён")
    eventually(lambda: running.states(id)["sent"] > 50, what=lambda: running.told(id))
    assert running.ask("DELETE", f"/api/mailings/mailer/{id}/").status == 204
    answered = time.monotonic()
    eventually(
        lambda: running.states(id).keys() <= {"sent", "failed", "cancelled"}, within=20, what=lambda: running.told(id)
    )
    running.rows("select pg_sleep(2)")  # as long as the first pause of what failed
    assert running.external.since(answered) == []
    states = running.states(id)
    assert states.total() == 1000
    assert all(states[state] > 0 for state in ("sent", "failed", "cancelled")), states
    assert max(running.calls(id).values()) == 1
    assert running.is_exact(id)
    assert running.ask("GET", f"/api/mailings/mailer/{id}/").status == 404
    stat = running.ask("GET", "/api/mailings/message/stat/?deleted=true").json
    assert [one["sent"] for one in stat if one["mailer"] == id] == [states["sent"]]
    assert id not in [one["mailer"] for one in running.ask("GET", "/api/mailings/message/stat/").json]


def test_mail_19_31_two_workers_edits_and_a_wiped_broker_in_the_middle_make_one_call_each(running: Mailings) -> None:
    """An edit has another operation send the rest at once, while the calls of the one before are under way."""
    running.external.delay = 0.3
    running.external.answers = lambda _id, _time: "slow"
    running.clients("вдвоём", 200)
    with running.start("worker", "-c", "1") as second:
        second.wait_for(r"celery@\S+ ready|celery\.apps\.worker .*ready")
        id, _ = running.mailing("вдвоём")
        for number in range(3):
            eventually(lambda: running.states(id)["sent"] > number * 30, what=lambda: running.told(id))  # noqa: B023
            later = f"2040-01-0{number + 1}T00:00:00Z"
            assert running.ask("PATCH", f"/api/mailings/mailer/{id}/", {"finish": later}).status == 200
            running.broker.wipe()
        running.prove_each_once(id, 200)


@pytest.mark.parametrize("how", ["stopped", pytest.param("silent", marks=long_form)])
def test_mail_32_without_a_broker_a_mailing_is_accepted_and_starts_when_it_is_back(running: Mailings, how: str) -> None:
    running.clients(f"без брокера {how}", 20)
    (running.broker.stop if how == "stopped" else running.broker.pause)()
    try:
        id, seconds = running.mailing(f"без брокера {how}")
        heard = len(running.roles["relay"].output)
        running.roles["relay"].wait_for("tasks.broker_unreachable", within=20, after=heard)
        assert seconds < 1
        assert running.states(id).total() == 0
    finally:
        (running.broker.start if how == "stopped" else running.broker.resume)()
    running.prove_each_once(id, 20)


@long_form
def test_mail_12_after_an_expired_token_everything_waits_until_the_file_has_a_new_one(running: Mailings) -> None:
    running.external.token = "jwt-2"
    running.clients("токен", 20)
    id, _ = running.mailing("токен")
    unauthorized = f"select count(*) from mailings_message where mailer_id = {id} and reason = 'unauthorized'"
    eventually(lambda: running.rows(unauthorized)[0][0] > 0, what=lambda: running.told(id))
    assert running.states(id).keys() <= {"queued", "sending"}
    running.worker.wait_for("mailings.sender_away")
    refused = set(running.external.calls)
    running.secret.write_text("jwt-2")
    running.wait_finished(id, within=60)
    assert running.states(id) == {"sent": 20}
    assert set(running.external.sent) >= refused & set(running.calls(id))
    assert "jwt-" not in "".join(process.output for process in running.roles.values())
