"""The ledger against its model: Hypothesis invents histories in which reports are shuffled, doubled and delayed, leases
run out, workers die and come back, and people interfere; after each step every row must be what the model says.

`PROVE=1` tries many more and longer histories.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger import kinds, public
from angarium.engine.ledger.models import DeadLetter, Due, Operation
from angarium.engine.ledger.public import Kind, NotClaimable, Report, State, Work
from angarium.engine.ledger.testing import broken_invariants
from angarium.kernel.clock import now
from angarium.kernel.errors import Conflict
from tests.ledger_model import ENDED, LEASE, MOST_CLAIMS, REPUBLISH, Model, Op

PROVE = bool(os.environ.get("PROVE"))
WORK = Kind("test.machine", "test", max_claims=MOST_CLAIMS)

which = st.integers(0, 9)
states = st.sampled_from(["", "", "", "running", "retrying", "scheduled", "succeeded", "failed", "cancelled"])
reports = st.tuples(
    which,
    st.sampled_from([0, 0, 0, 0, -1, -2, 1]),  # the epoch, as seen from the head's
    st.integers(1, 6),
    states,
    st.booleans(),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2),
)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=False)
        self.time = self.clock.start()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.model = Model()
        self.sent: list[Report] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        self.clock.stop()

    def pick(self, number: int) -> Op:
        ops = list(self.model.ops.values())
        return ops[number % len(ops)]

    @initialize()
    def begin(self) -> None:
        for key in ("a", "a", ""):
            self.accept(key, False)

    @rule(key=st.sampled_from(["", "a", "a", "b"]), later=st.booleans())
    def accept(self, key: str, later: bool) -> None:
        run_at = now() + timedelta(hours=1) if later else None
        id = public.start_many([Work(kind=WORK.name, order_key=key, run_at=run_at)])[0]
        self.model.ops[id] = Op(id, key, "scheduled" if later else "queued", run_at or now())

    @rule(number=which)
    def claim(self, number: int) -> None:
        op = self.pick(number)
        try:
            got = public.claim(op.id, worker="w", lease_seconds=LEASE)
        except NotClaimable:
            assert not self.model.claim(op, now())
        else:
            assert self.model.claim(op, now())
            assert (got.epoch, got.attempt) == (op.epoch, op.claims)

    @rule(number=which, state=st.sampled_from(["succeeded", "failed", "failed", "retrying", "scheduled"]))
    def work(self, number: int, state: str) -> None:
        """A worker as it should be: it claims, says how far it got, and how it ended."""
        self.claim(number)
        op = self.pick(number)
        said = [Report(operation=op.id, epoch=op.epoch, seq=op.seq + n, state=["", state][n - 1]) for n in (1, 2)]
        self.sent += said
        self.deliver(said)

    @rule(number=which, times=st.integers(1, 4))
    def die(self, number: int, times: int) -> None:
        """A worker is killed as often as it tries; its lease runs out and somebody else comes."""
        for _ in range(times):
            self.claim(number)
            self.time_passes(LEASE)
            self.sweep()

    @rule(batch=st.lists(reports, min_size=1, max_size=5))
    def report(self, batch: list[Any]) -> None:
        made = [self.made(*item) for item in batch]
        self.sent += made
        self.deliver(made)

    def made(self, number: int, away: int, seq: int, state: str, later: bool, metadata: dict[str, int]) -> Report:
        op, run_at = self.pick(number), now() + timedelta(hours=1) if later else None
        epoch = max(0, op.epoch + away)
        return Report(operation=op.id, epoch=epoch, seq=seq, state=state, run_at=run_at, metadata=metadata)

    @rule(numbers=st.lists(st.integers(0, 50), min_size=1, max_size=5))
    def report_again(self, numbers: list[int]) -> None:
        """What a worker said comes again: in another order, doubled, long after it or its epoch has died."""
        if self.sent:
            self.deliver([self.sent[number % len(self.sent)] for number in numbers])

    def deliver(self, batch: list[Report]) -> None:
        answers = [answer.verdict for answer in public.report_many(batch)]
        expected = ["" for _ in batch]
        for index in sorted(range(len(batch)), key=lambda i: (batch[i].operation, batch[i].epoch, batch[i].seq)):
            expected[index] = self.model.report(batch[index], now())
        assert answers == expected

    @rule(seconds=st.sampled_from([1, LEASE // 2, LEASE, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.time.shift(seconds)

    @rule()
    def sweep(self) -> None:
        called = [call.operation for call in public.take_due()]
        assert sorted(called) == sorted(self.model.sweep(now()))

    @rule(number=which, away=st.sampled_from([0, 0, -1]))
    def renew(self, number: int, away: int) -> None:
        op = self.pick(number)
        held = public.renew([(op.id, op.epoch + away)], lease_seconds=LEASE)
        assert held == ({op.id} if op.state == "running" and away == 0 else set())
        if held:
            op.due = now() + timedelta(seconds=LEASE)

    @rule(number=which, verb=st.sampled_from(["cancel", "pause", "resume"]))
    def interfere(self, number: int, verb: str) -> None:
        op = self.pick(number)
        legal = {"cancel": op.state not in ENDED, "pause": op.state not in {*ENDED, "paused"}}
        try:
            getattr(public, verb)(op.id, SYSTEM)
        except Conflict:
            assert not legal.get(verb, op.state == "paused")
        else:
            assert legal.get(verb, op.state == "paused")
            state, due = {"cancel": ("cancelled", None), "pause": ("paused", None), "resume": ("queued", now())}[verb]
            self.model.move(op, state, due, now())

    @rule(number=which)
    def retry(self, number: int) -> None:
        op = self.pick(number)
        try:
            id = public.retry(op.id, SYSTEM)
        except Conflict:
            assert op.state not in ENDED
        else:
            assert op.state in ENDED
            assert op.retried in {None, id}
            op.retried = id
            self.model.ops.setdefault(id, Op(id, "", "queued", now()))

    @rule(batch=st.integers(1, 5))
    def fold(self, batch: int) -> None:
        public.fold(batch)

    @invariant()
    def every_row_is_what_the_model_says(self) -> None:
        heads = {head.id: head for head in Operation.objects.all()}
        dues = {due.pk: due for due in Due.objects.all()}
        dead = set(DeadLetter.objects.values_list("pk", flat=True))
        assert heads.keys() == self.model.ops.keys()
        for id, op in self.model.ops.items():
            head, due = heads[id], dues.get(id)
            assert (head.state, head.epoch, head.seq, head.claims) == (op.state, op.epoch, op.seq, op.claims)
            assert head.metadata == op.metadata
            assert (due is None) == (op.state in ENDED)
            if due is not None:
                expected = (op.due, op.state == "running", op.calls)
                assert (due.due_at, due.claimed, due.publishes) == expected
            assert (id in dead) == (op.state == "failed" and op.retried is None)

    @invariant()
    def the_ledger_keeps_its_own_invariants(self) -> None:
        assert broken_invariants() == []
        for op in self.model.ops.values():
            if op.state == State.RUNNING:
                assert self.model.first(op)


@pytest.mark.django_db
def test_the_ledger_does_what_its_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {WORK.name: WORK})
    monkeypatch.setattr(django_settings, "REPUBLISH_SECONDS", REPUBLISH)
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=500 if PROVE else 15,
            stateful_step_count=60 if PROVE else 40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
