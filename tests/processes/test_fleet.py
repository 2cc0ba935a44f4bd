"""The same promises when every role is a process of its own: with a broker that stops, falls silent or forgets."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis as client

from tests.processes.fleet import LEASE, Fleet, fleet
from tests.processes.instance import NOT_A_TIMER, eventually, told, wait_told
from tests.servers import polling
from tests.servers.smtp import Letter, smtp_server

pytestmark = pytest.mark.postgres
PER_SECOND, LETTERS = 4, 12
WRITE_LETTERS = f"""
from django.db import transaction
from angarium.engine.delivery.public import Recipient, send
with transaction.atomic():
    for number in range({LETTERS}):
        send(to=Recipient(kind="student", id="7", address="anna@example.org"), channel="email", key=f"rate:{{number}}",
             template="lessons/notification", context={{"title": str(number)}})
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Fleet]:
    with fleet() as made:
        yield made


def test_les_02_03_05_a_lesson_is_told_by_the_worker_and_not_by_the_web(running: Fleet) -> None:
    id, answer = running.create_lesson("Алгебра")
    wait_told(running.worker, "Алгебра")
    assert answer.seconds < 1
    assert running.ask("POST", f"/api/lessons/lessons/{id}/completion").status in (200, 201)
    wait_told(running.worker, "Алгебра", 2)
    assert running.ask("POST", f"/api/lessons/lessons/{id}/completion").status == 409
    assert running.ask("PATCH", f"/api/lessons/lessons/{id}", {"duration_minutes": 30}).status == 200
    seconds = [running.create_lesson(f"Потом {n}")[1].seconds for n in range(9)]
    wait_told(running.worker, "Потом 8")
    assert sorted(seconds)[4] < 0.2
    assert told(running.worker.output, "Алгебра") == 2
    assert "Уведомление" not in running.roles["web"].output + running.roles["relay"].output


def test_les_10_of_twenty_completions_at_once_one_is_made(running: Fleet) -> None:
    from concurrent.futures import ThreadPoolExecutor

    id, _ = running.create_lesson("Одновременно")
    with ThreadPoolExecutor(20) as pool:
        path = f"/api/lessons/lessons/{id}/completion"
        answers = list(pool.map(lambda _: running.ask("POST", path).status, range(20)))
    assert sorted(answers)[1:] == [409] * 19
    wait_told(running.worker, "Одновременно", 2)
    assert told(running.worker.output, "Одновременно") == 2


@pytest.mark.parametrize("how", ["stopped", "silent"])
def test_les_09_without_a_broker_lessons_are_accepted_and_told_when_it_is_back(running: Fleet, how: str) -> None:
    title = f"Без брокера: {how}"
    (running.broker.stop if how == "stopped" else running.broker.pause)()
    try:
        _, answer = running.create_lesson(title)
        assert answer.seconds < 1
        running.roles["relay"].wait_for("tasks.broker_unreachable", within=20, after=len(running.roles["relay"].output))
        assert running.create_lesson(f"{title} ещё")[1].seconds < 1
        assert told(running.worker.output, title) == 0
    finally:
        (running.broker.start if how == "stopped" else running.broker.resume)()
    wait_told(running.worker, title, within=40)
    wait_told(running.worker, f"{title} ещё", within=40)
    assert told(running.worker.output, title) == 1


def test_les_12_a_lesson_deleted_while_only_the_broker_is_away_ends_its_task_with_a_warning(running: Fleet) -> None:
    heard = len(running.worker.output)
    running.broker.stop()
    try:
        id, _ = running.create_lesson("Удалён без брокера")
        running.roles["relay"].wait_for("tasks.broker_unreachable", within=20, after=len(running.roles["relay"].output))
        assert running.ask("DELETE", f"/api/lessons/lessons/{id}").status == 204
    finally:
        running.broker.start()
    running.worker.wait_for(r"lessons\.lesson_gone", within=40, after=heard)
    assert told(running.worker.output, "Удалён без брокера") == 0
    ended = "select state, claims from ledger_operation where kind = 'lessons.notify_student' and state != 'succeeded'"
    polling.eventually(lambda: running.rows(ended) == [("cancelled", 1)], within=10, what=lambda: running.rows(ended))


def test_a_worker_that_is_asked_to_stop_ends_what_it_has_begun(running: Fleet) -> None:
    assert running.worker.terminate(within=20) == 0
    worker = running.start_worker(ANGARIUM_FAULT="effect:1:2")
    running.create_lesson("До конца")
    worker.wait_for("fault: staying at effect")
    begun = len(worker.output)
    assert worker.terminate(within=20) == 0
    assert "task=delivery.deliver state=succeeded" in worker.output[begun:]
    assert not running.is_running("delivery.deliver")
    running.start_worker()


def test_a_worker_that_is_killed_is_replaced_within_its_lease_and_two_seconds(running: Fleet) -> None:
    running.worker.terminate(within=20)
    doomed = running.start_worker(concurrency=1, ANGARIUM_FAULT="effect:1:60")
    running.create_lesson("Спасённый")
    doomed.wait_for("fault: staying at effect")
    healthy = running.start_worker()
    doomed.kill()
    killed = time.monotonic()
    wait_told(healthy, "Спасённый", within=LEASE + 5)
    assert time.monotonic() - killed < LEASE + 2
    assert told(doomed.output, "Спасённый") == 0


def test_a_broker_that_is_wiped_has_lost_nothing(running: Fleet) -> None:
    running.worker.terminate(within=20)
    titles = [f"Стёртый {n}" for n in range(12)]
    for title in titles:
        running.create_lesson(title)
    with client.Redis.from_url(running.broker.url) as broker:
        assert broker.blmove("lessons", "lessons", 20), "nothing was published"
    running.broker.wipe()
    worker = running.start_worker()
    for title in titles:
        wait_told(worker, title, within=30)
    eventually(lambda: running.rows(NOT_A_TIMER) == [(0,)], worker)
    assert [told(worker.output, title) for title in titles] == [1] * 12


class Arrivals(list[Letter]):
    """The letters that a mail server took, and when each came."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, letter: Letter) -> None:
        self.at.append(time.monotonic())
        super().append(letter)


def test_two_workers_send_letters_at_the_one_rate_that_they_share(running: Fleet) -> None:
    """No letter goes before its place in the rate. One whose worker is held up for a moment goes later than that, and
    so beside the next: it is the places that are spaced, and two rates would make twice as many."""
    running.worker.terminate(within=20)
    with smtp_server() as server:
        server.letters = arrivals = Arrivals()
        knobs = {"EMAIL_URL": server.url, "EMAIL_PER_SECOND": str(PER_SECOND)}
        with running.start("worker", "-c", "2", **knobs) as second:
            first = running.start_worker(**knobs)
            second.wait_for(r"celery@\S+ ready|celery\.apps\.worker .*ready")
            running.run("shell", "-c", WRITE_LETTERS)
            polling.eventually(lambda: len(arrivals) == LETTERS, within=30, what=lambda: arrivals.at)
            for worker in (first, second):
                worker.wait_for("task=delivery.deliver state=succeeded")
    assert len({letter.message["Message-ID"] for letter in arrivals}) == LETTERS
    names = {worker.wait_for(r"(celery@\S+) ready")[1] for worker in (first, second)}
    assert len(names) == 2, "RabbitMQ lets two workers of one name not run side by side"
    late = 0.75  # the first letter, by which the others are judged, was late by some part of a second
    assert [at for n, at in enumerate(arrivals.at) if at - arrivals.at[0] < n / PER_SECOND - late] == []
    busiest = max(sum(began <= at < began + 1 for at in arrivals.at) for began in arrivals.at)
    assert busiest < 2 * PER_SECOND, arrivals.at
