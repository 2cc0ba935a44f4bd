"""Mailings against their model: Hypothesis invents what people do to mailings and clients while workers take messages,
fall silent and come back, and while the sender answers in any order; nobody gets anything twice or against the rules.

`PROVE=1` tries many more and longer histories.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Count as Number
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from angarium.engine.delivery.public import Answer, Call, Landing, Said
from angarium.engine.events.public import stamp
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Due, NotClaimable, claim, take_due
from angarium.engine.tasks.execute import bound_call
from angarium.engine.tasks.public import Run, Slot
from angarium.engine.tasks.public import tasks as known_tasks
from angarium.engine.tasks.settle import settle
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError
from angarium.modules.mailings import actions, tasks
from angarium.modules.mailings.lifecycle import ALIVE, OPEN, OVER, WAITING
from angarium.modules.mailings.models import Client, Count, Mailer, Message, Plan
from angarium.modules.mailings.sending.judging import held, result_of
from angarium.modules.mailings.sending.results import Result, given_back, write
from angarium.modules.mailings.sending.sitting import Stop
from angarium.modules.mailings.sending.taking import take

from .machine_model import Flight, Model, fits, may_go, will_open

PROVE = bool(os.environ.get("PROVE"))
BEGINNING = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday; clocks are put forward in New York on Sunday
ZONES = ("UTC", "Europe/Kaliningrad", "Asia/Kamchatka", "America/New_York")
which = st.integers(0, 9)
tags = st.sampled_from(["", "", "a", "b"])
codes = st.sampled_from(["", "", "900", "901"])
windows = st.sampled_from([(None, None), (None, None), (9, 18), (22, 6), (12, 12)])
weekdays = st.sampled_from([[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7], [1], [6, 7]])
SAYS = (Said.OK, Said.OK, Said.NOT_OK, Said.REFUSED, Said.REFUSED, Said.SERVER_ERROR, Said.TIMEOUT, Said.UNREACHABLE)
#: Minutes from now on.
starts = st.sampled_from([-15, 0, 15, 600])
lasts = st.sampled_from([15, 60, 900, 900])


class Machine(RuleBasedStateMachine):
    """The workers of this machine (`Hand`) take and launch as real ones do; the answers come when a rule says so."""

    here: Machine

    def __init__(self) -> None:
        super().__init__()
        Machine.here = self
        self.clock = time_machine.travel(BEGINNING, tick=False)
        self.time = self.clock.start()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.model, self.air = Model(), list[Flight]()
        self.phones, self.launches = iter(range(79_000_000_000, 79_000_100_000)), 3

    def teardown(self) -> None:
        try:
            self.drain()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)
            self.clock.stop()

    @initialize()
    def begin(self) -> None:
        for tag, zone in (("a", 0), ("a", 2), ("b", 3), ("", 1)):
            self.add_client(tag, zone % 2 == 0, zone)
        self.add_mailer("", "", 0, 900, (None, None), [1, 2, 3, 4, 5, 6, 7])

    # -- what people do ------------------------------------------------------------------------------------------------

    @rule(tag=tags, other=st.booleans(), zone=st.integers(0, 3))
    def add_client(self, tag: str, other: bool, zone: int) -> None:
        phone = str(next(self.phones))
        phone = f"7901{phone[4:]}" if other else phone
        actions.add_client(by=SYSTEM, phone=phone, tag=tag, timezone=ZONES[zone])

    @rule(tag=tags, code=codes, start=starts, last=lasts, window=windows, days=weekdays)
    def add_mailer(self, tag: str, code: str, start: int, last: int, window: Any, days: list[int]) -> None:
        begins = quarter(start)
        self.attempt(
            actions.add_mailer, by=SYSTEM, content="Первый", tag=tag, operator_code=code,
            start=begins, finish=begins + timedelta(minutes=last), weekdays=days, **bounds(window),
        )  # fmt: skip

    @rule(
        number=which, what=st.sampled_from(["whom", "when", "what"]), tag=tags, window=windows, start=starts, last=lasts
    )
    def edit(self, number: int, what: str, tag: str, window: Any, start: int, last: int) -> None:
        begins = quarter(start)
        changes = {
            "whom": {"tag": tag, **bounds(window)},
            "when": {"start": begins, "finish": begins + timedelta(minutes=last)},
            "what": {"content": f"В {start}"},
        }
        self.on_mailer(number, actions.edit_mailer, **changes[what])

    @rule(number=which, verb=st.sampled_from(["pause", "resume", "cancel", "cancel", "delete", "retry"]))
    def interfere(self, number: int, verb: str) -> None:
        action: Callable[..., Any] = getattr(actions, "retry_failed" if verb == "retry" else f"{verb}_mailer")
        self.on_mailer(number, action)

    @rule(number=which, verb=st.sampled_from(["edit_client", "opt_out", "opt_in", "delete_client"]), tag=tags)
    def change_client(self, number: int, verb: str, tag: str) -> None:
        changes = {"tag": tag, "timezone": ZONES[number % 4]} if verb == "edit_client" else {}
        self.on_client(number, getattr(actions, verb), **changes)

    def on_mailer(self, number: int, action: Callable[..., Any], **words: Any) -> None:
        ids = list(Mailer.objects.order_by("id").values_list("id", flat=True))
        if ids:
            self.attempt(action, ids[number % len(ids)], by=SYSTEM, **words)

    def on_client(self, number: int, action: Callable[..., Any], **words: Any) -> None:
        ids = list(Client.objects.order_by("id").values_list("id", flat=True))
        self.attempt(action, ids[number % len(ids)], by=SYSTEM, **words)

    def attempt(self, action: Callable[..., Any], *given: Any, **words: Any) -> None:
        try:
            action(*given, **words)
        except AngariumError:
            return  # it is not legal now, and has changed nothing

    # -- what workers do -----------------------------------------------------------------------------------------------

    @rule(launches=st.integers(0, 2))
    def work(self, launches: int) -> None:
        """Relay and workers catch up; each worker launches so many of those that it takes, and keeps the others."""
        self.launches = launches
        self.time.shift(1)  # so that a plan that was made now can be told from one before
        for _ in range(4):
            stamped = stamp()
            calls = take_due()
            for call in calls:
                self.run(call.operation)
            if not calls and not stamped:
                return
            self.time.shift(1)

    @rule(minutes=st.sampled_from([1, 1, 15, 600]), launches=st.integers(1, 3))
    def work_later(self, minutes: float, launches: int) -> None:
        """Leases are over after a minute: what others hold is taken from them."""
        self.time.shift(timedelta(minutes=minutes))
        self.work(launches)

    @rule(launches=st.integers(1, 3))
    def work_more(self, launches: int) -> None:
        self.work(launches)

    def run(self, operation: Any) -> None:
        try:
            run = Run(claim(operation, worker="w", lease_seconds=60), timeout=60)
        except NotClaimable:
            return
        task = known_tasks()[run.claim.kind]
        function, arguments = bound_call(task, run)
        with transaction.atomic():
            outcome = function(**arguments)
        if task.name == "mailings.plan_mailing":
            self.check_plan(arguments["event"].mailer_id)
        settle(run, task, outcome)

    def look_after(self) -> None:
        tasks.look_after_mailings(Slot(now()))

    def sit(self, mailer: Mailer) -> Stop:
        found = take(mailer.pk, 5, now())
        for one in found:
            self.model.take(one, now())
        flights = [Flight(one, mailer) for one in found]
        self.air += flights
        for flight in flights[: self.launches]:
            self.launch(flight)
        return Stop.IDLE

    def launch(self, flight: Flight) -> None:
        """As a worker that has just looked at the mailing: what may not go is done with."""
        result = held(flight.taken, flight.mailer, now())
        if result is not None:
            self.air.remove(flight)
            self.write([(flight, result)])
            return
        mailer = Mailer.objects.get(pk=flight.mailer.pk)
        client = Client.objects.get(pk=flight.taken.client)
        assert may_go(mailer, client, now()), (mailer.snapshot, client.timezone, client.tag, now())
        assert flight.mailer.content == mailer.content
        assert client.phone == flight.taken.phone
        flight.is_launched = True

    @rule(number=which)
    def go_on(self, number: int) -> None:
        """A worker comes to one that it took before: it is launched if the mailing is as it was, else given back."""
        waiting = [one for one in self.air if not one.is_launched]
        if not waiting:
            return
        flight = waiting[number % len(waiting)]
        mailer = Mailer.objects.get(pk=flight.mailer.pk)
        client = Client.objects.get(pk=flight.taken.client)
        same = (mailer.version, mailer.state) == (flight.mailer.version, "sending") and may_go(mailer, client, now())
        if same and flight.taken.until > now() + timedelta(seconds=10):
            self.launch(flight)
        else:
            self.air.remove(flight)
            self.write([(flight, given_back(flight.taken, now()))])

    @rule(answers=st.lists(st.tuples(which, st.sampled_from(SAYS)), min_size=1, max_size=4))
    def answer(self, answers: list[tuple[int, Said]]) -> None:
        """The sender answers some of those that are in the air, in any order; also long after their lease."""
        results = []
        for number, said in answers:
            flying = [one for one in self.air if one.is_launched]
            if flying:
                flight = flying[number % len(flying)]
                self.air.remove(flight)
                results.append((flight, self.result(flight, said)))
        for mailer in {flight.mailer.pk for flight, _ in results}:
            self.write([one for one in results if one[0].mailer.pk == mailer])

    def result(self, flight: Flight, said: Said) -> Result:
        taken = flight.taken
        landing = Landing(Call(taken.id, taken.phone, flight.mailer.content, 10), Answer(said, "so"), 0.1)
        return result_of(taken, landing, now(), flight.mailer.finish, away_until=None)

    @rule(answers=st.lists(st.tuples(which, st.sampled_from(SAYS)), min_size=2, max_size=5))
    def answer_more(self, answers: list[tuple[int, Said]]) -> None:
        self.answer(answers)

    @rule()
    def die(self) -> None:
        """Every worker dies; whatever it had is taken again after its lease. What looks after mailings does so."""
        self.air.clear()
        self.look_after()

    def write(self, results: list[tuple[Flight, Result]]) -> None:
        for flight, result in results:
            written = write(flight.mailer.pk, [result], version=flight.mailer.version)
            if self.model.is_stale(flight.taken):
                assert written == set(), "an answer to an older attempt changed a message"
            elif written:
                self.model.ended(flight.taken)
                if result.is_sent:
                    self.model.got[flight.taken.id] = result.at

    # -- what must be true ---------------------------------------------------------------------------------------------

    def check_plan(self, id: int) -> None:
        """Right after a plan exactly those wait, or are with the sender, who fit and can be reached in time."""
        mailer = Mailer.objects.get(pk=id)
        plan = Plan.objects.filter(mailer=mailer, at=now()).first()
        if mailer.state not in ALIVE or plan is None:
            return
        assert plan.wish == mailer.wish
        found = {row.client_id: row.state for row in Message.objects.filter(mailer=mailer)}
        for client in Client.objects.all():
            state = found.get(client.pk)
            if fits(mailer, client) and client.opted_out_at is None and will_open(mailer, client.timezone, now()):
                assert state in {*OPEN, "sent", "failed"}, (client.pk, state)
            else:
                assert state not in WAITING, (client.pk, state)

    @invariant()
    def counts_are_exact(self) -> None:
        counted = Count.objects.exclude(value=0).values_list("mailer", "state", "reason", "value")
        rows = Message.objects.values_list("mailer", "state", "reason").annotate(number=Number("id"))
        assert sorted(counted) == sorted(rows)

    @invariant()
    def what_was_sent_stays_sent(self) -> None:
        assert dict(Message.objects.filter(state="sent").values_list("id", "sent_at")) == self.model.got

    @invariant()
    def everything_of_a_finished_mailing_has_ended(self) -> None:
        assert not Message.objects.filter(mailer__state="finished", state__in=sorted(OPEN)).exists()

    @invariant()
    def what_waits_has_a_time_and_what_ended_has_none(self) -> None:
        assert not Message.objects.filter(state__in=sorted(OPEN), due_at=None).exists()
        assert not Message.objects.exclude(state__in=sorted(OPEN)).exclude(due_at=None).exists()

    def land(self) -> None:
        while self.air:
            self.go_on(0)
            self.answer([(0, Said.OK)])

    def drain(self) -> None:
        """In the end everything has ended: what is in the air is answered, and time passes until every finish."""
        for _ in range(12):
            self.land()
            self.work(5)
            self.look_after()
            if not Mailer.objects.filter(state__in=["planned", "sending", "paused"]).exists():
                break
            self.time.shift(timedelta(hours=9))
        self.land()
        self.work(0)
        self.time.shift(timedelta(minutes=1))  # beyond the leases of those who died
        self.work(0)
        self.look_after()
        assert set(Mailer.objects.values_list("state", flat=True)) <= {"finished", *OVER}
        left = Message.objects.filter(state__in=sorted(OPEN)).values_list("mailer__state", "state", "reason")
        assert list(left) == []
        assert not Due.objects.filter(operation__kind="mailings.send_mailing", due_at__lt=now()).exists()


def quarter(minutes: int) -> datetime:
    """So many minutes from now, at a quarter of an hour."""
    at = now() + timedelta(minutes=minutes)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def bounds(window: tuple[int | None, int | None]) -> dict[str, time | None]:
    start, end = (None if hour is None else time(hour) for hour in window)
    return {"window_start": start, "window_end": end}


class Hand:
    """A worker of the machine, in the place of one with threads and a network."""

    def __init__(self, mailer: Mailer, run: Run) -> None:
        self.mailer = mailer

    def sit(self) -> Stop:
        return Machine.here.sit(self.mailer)


@pytest.mark.django_db
def test_mail_b01_whatever_is_done_to_mailings_nobody_gets_anything_twice_or_against_the_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "Seat", Hand)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=300 if PROVE else 12,
            stateful_step_count=50 if PROVE else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
