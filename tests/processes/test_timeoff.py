"""Letters about time off when every role is a process of its own, on PostgreSQL and Redis: the request waits neither
for the mail server nor for the broker, whatever these do, and what was accepted is told when they are back.

One fleet for all of it; `PROVE=1` takes the counts that the rows name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from statistics import quantiles

import psycopg
import pytest

from tests.faults.scene import LONG
from tests.processes.fleet import Fleet
from tests.processes.instance import Answer
from tests.servers.environment import free_port, wait_for_port
from tests.servers.polling import eventually
from tests.servers.smtp import HEALTHY, SILENT, SmtpServer

pytestmark = pytest.mark.postgres
#: Requests measured with each mail server, and addresses that hear of one.
EACH, ADDRESSES = (60, 500) if LONG else (5, 40)
#: Of the mail server of these tests.
PASSWORD = "geheim-und-lang"
#: Two who ask: Anna has a manager, Ivan has nobody, so that the addresses of the setting are asked.
PEOPLE = """
from angarium.modules.timeoff.models import Employee
hired = {"hired_on": "2020-01-01"}
boris = Employee.objects.create(name="Boris Godunov", email="boris@example.org", **hired)
for name, manager in (("Anna Petrovna", boris), ("Ivan Susanin", None)):
    made = Employee.objects.create(name=name, email=f"{name.split()[0].lower()}@example.org", manager=manager, **hired)
    print("made", made.pk)
"""
UNTOLD = "select count(*) from events_event where position is null"
OPEN = f"select ({UNTOLD}) + count(*) from ledger_due where claimed or publishes > 0 or due_at < now() + '1 hour'"


class Firm(Fleet):
    """Serves with a mail server that the test makes bad; nothing of it is scheduled, so there is no beat."""

    def __init__(self) -> None:
        super().__init__()
        self.mail = SmtpServer({}, 0)
        self.mail.start()
        self.days = count(1)
        self.environment |= {
            "EMAIL_URL": f"smtp://mailer:{PASSWORD}@127.0.0.1:{self.mail.port}",
            "EMAIL_TIMEOUT": "1",
            "API_RATE": "1000000/min",
            "TIMEOFF_NOTIFY": ",".join(f"office{n}@example.org" for n in range(ADDRESSES)),
        }

    def begin(self) -> None:
        self.seed()
        self.anna, self.ivan = map(int, re.findall(r"^made (\d+)$", self.run("shell", "-c", PEOPLE), re.MULTILINE))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.roles["web"] = self.start("web", PORT=str(port))
        self.roles["relay"] = self.start("relay")
        self.start_worker()
        wait_for_port(port)
        self.post(self.anna)  # the first request of a process loads what the others find

    def post(self, employee: int, **headers: str) -> Answer:
        """Ask for a day that nobody asked for before."""
        day = (date(2031, 1, 1) + timedelta(days=next(self.days))).isoformat()
        body = {"employee_id": employee, "kind": "day_off", "start": day, "end": day}
        answer = self.ask("POST", "/api/timeoff/requests/", body, headers=headers)
        assert answer.status == 201, answer
        return answer

    def letters_of(self, answer: Answer) -> list[tuple[str, str]]:
        """The letters about a request: to whom, and where they stand."""
        subject = f"timeoff.request:{answer.json['id']}"
        rows = self.rows(f"select address, state from delivery_delivery where subject = '{subject}' order by address")
        return [(str(address).partition("@")[0], str(state)) for address, state in rows]

    def tried(self, answer: Answer, how: str) -> bool:
        """Was its delivery begun, and, where the server says no at once, ended?"""
        states = {state for _, state in self.letters_of(answer)}
        return states == {"failed"} if how == "broken" else bool(states - {"queued"})

    def mended(self) -> None:
        """Nobody waits for the breaker's pause, or for the next attempt's time: that is shown elsewhere."""
        with psycopg.connect(self.database) as connection:
            connection.execute("update delivery_provider set failures = 0, openings = 0, open_until = null")
            connection.execute("update ledger_due set due_at = now() where not claimed and publishes = 0")

    def calm(self, within: float = 90) -> None:
        eventually(lambda: self.rows(OPEN) == [(0,)], within=within, what=lambda: self.rows(OPEN))

    def end(self) -> None:
        super().end()
        self.mail.stop()


@pytest.fixture(scope="module")
def firm() -> Iterator[Firm]:
    made = Firm()
    try:
        made.begin()
        yield made
        assert "Traceback" not in made.roles["web"].output
    finally:
        made.end()


@contextmanager
def bad(firm: Firm, how: str) -> Iterator[None]:
    """The mail server in this condition; what waited for it goes on when it is well again."""
    answers = {
        "good": {},
        "silent": {"connect": SILENT},
        "busy": {"rcpt": "450 4.2.0 Greylisted"},
        "broken": {"letter": "554 5.7.1 Not such ones"},
        "refusing": {},
    }[how]
    port = firm.mail.port
    if how == "refusing":
        firm.mail.stop()
    firm.mail.answers |= answers
    try:
        yield
    finally:
        if how == "refusing":
            healthy = SmtpServer({}, port)
            healthy.letters, healthy.seen = firm.mail.letters, firm.mail.seen
            firm.mail = healthy
            firm.mail.start()
        firm.mail.answers |= HEALTHY
        firm.mended()


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


def test_hr_01_a_request_takes_as_long_with_a_mail_server_that_is_dead_silent_or_refuses_as_with_a_good_one(
    firm: Firm,
) -> None:
    measured, asked = dict[str, list[float]](), list[Answer]()
    for how in ("good", "silent", "refusing", "busy", "broken"):
        with bad(firm, how):
            answers = [firm.post(firm.anna) for _ in range(EACH)]
            measured[how] = sorted(answer.seconds for answer in answers)
            eventually(lambda last=answers[-1], how=how: firm.tried(last, how))  # type: ignore[misc]
        firm.calm()
        asked += answers
    for how, seconds in measured.items():
        figures = f"median {seconds[EACH // 2]:.3f} s, p95 {p95(seconds):.3f} s"
        sys.stdout.write(f"POST with a mail server that is {how}: {figures}\n")
        assert seconds[EACH // 2] < 0.3, measured
    assert "smtplib" not in firm.roles["web"].output
    firm.calm()
    for number, answer in enumerate(asked):
        became = "failed" if number >= 4 * EACH else "sent"
        assert firm.letters_of(answer) == [("anna", became), ("boris", became)]


def test_hr_02_many_addresses_are_written_to_once_each_and_the_request_takes_no_longer(firm: Firm) -> None:
    firm.mail.letters.clear()
    few, many = firm.post(firm.anna), firm.post(firm.ivan)
    assert many.seconds < max(0.3, 3 * few.seconds)
    firm.calm()
    letters = firm.letters_of(many)
    assert len(letters) == ADDRESSES + 1
    assert {state for _, state in letters} == {"sent"}
    written = [letter.recipients for letter in firm.mail.letters]
    assert len(set(written)) == ADDRESSES + 3
    assert len(written) == ADDRESSES + 4 - 1


def test_hr_04_the_log_has_each_attempt_of_a_request_with_its_result_and_duration_and_nobody_s_name(
    firm: Firm,
) -> None:
    start = len(firm.worker.output)
    with bad(firm, "busy"):
        answer = firm.post(firm.anna, **{"X-Request-Id": "hr-04-of-these-tests"})
        firm.worker.wait_for(r"task=delivery\.deliver state=retrying", after=start)
    firm.calm()
    lines = [
        line
        for role in firm.roles.values()
        for line in role.output.splitlines()
        if "request_id=hr-04-of-these-tests" in line
    ]
    [asked] = [line for line in lines if "method=POST" in line]
    assert "status=201" in asked
    assert "ms=" in asked
    ran = [line for line in lines if "tasks.ran" in line and "task=delivery.deliver" in line]
    assert sum("state=succeeded" in line for line in ran) == 2
    assert sum("state=retrying" in line for line in ran) >= 1
    assert all(re.search(r"attempt=\d+", line) and re.search(r"seconds=[\d.]+", line) for line in ran)
    assert firm.letters_of(answer) == [("anna", "sent"), ("boris", "sent")]
    for role in firm.roles.values():
        for secret in ("Anna", "Petrovna", "boris@example.org", "anna@example.org", PASSWORD):
            assert secret not in role.output


@pytest.mark.parametrize("how", ["stopped", "silent"])
def test_hr_05_without_a_broker_a_request_is_accepted_within_a_second_and_told_when_it_is_back(
    firm: Firm, how: str
) -> None:
    (firm.broker.stop if how == "stopped" else firm.broker.pause)()
    try:
        answers = [firm.post(firm.anna) for _ in range(3)]
    finally:
        (firm.broker.start if how == "stopped" else firm.broker.resume)()
    assert max(answer.seconds for answer in answers) < 1
    for answer in answers:
        eventually(lambda one=answer: firm.letters_of(one) == [("anna", "sent"), ("boris", "sent")], within=60)  # type: ignore[misc]
