"""Cancelling and retrying of many: what is meant, with whose rights, how it goes on after a fault, and how it is
stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from angarium.engine.identity.public import (
    SYSTEM,
    Person,
    Principal,
    Role,
    create_token,
    of_person,
    of_token,
    revoke_token,
)
from angarium.engine.ledger.public import (
    DeadLetter,
    Kind,
    LeaseLost,
    Operation,
    Report,
    State,
    Work,
    cancel,
    claim,
    reclaim,
    register,
    report,
    retry,
    start_many,
)
from angarium.engine.ledger.testing import broken_invariants, let_time_pass
from angarium.engine.tasks.public import Done, Run, Snooze
from angarium.engine.tasks.testing import until, working
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Invalid
from angarium.modules.operations import actions, bulk, tasks
from angarium.modules.operations.bulk import Filter
from angarium.modules.operations.errors import NotAllowedAnyMore

pytestmark = pytest.mark.django_db
KIND, OTHER = "operations_tests.many", "operations_tests.other"
READER = Principal("service", uuid4(), "reader", Role.STAFF, frozenset({"operations:read"}))
ALL = Filter(kind=KIND)


@pytest.fixture(autouse=True)
def _sound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    marker = request.node.get_closest_marker("django_db")
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    register(Kind(KIND, ""))
    register(Kind(OTHER, ""))
    monkeypatch.setattr(bulk, "TOGETHER", 3)
    yield
    assert broken_invariants() == []


def made(number: int, *, kind: str = KIND, actor: UUID | None = None, **terms: Any) -> list[UUID]:
    return start_many([Work(kind=kind, actor=actor, **terms) for _ in range(number)])


def ended(id: UUID, state: str = "failed", **said: Any) -> UUID:
    got = claim(id, worker="w", lease_seconds=60)
    report(Report(operation=id, epoch=got.epoch, seq=1, state=state, **said))
    return id


def run_of(operation: Operation) -> Run:
    return Run(claim(operation.id, worker="w", lease_seconds=60), timeout=60)


def worked(operation: Operation) -> Any:
    """What its task answers now."""
    function = tasks.cancel_many if operation.kind == bulk.KINDS["cancel"] else tasks.retry_many
    return function(run_of(operation), **operation.input)


def done(operation: Operation) -> dict[str, int]:
    """Let it run to its end; its totals."""
    outcome = worked(operation)
    assert isinstance(outcome, Done)
    found: dict[str, int] = outcome.output
    return found


def states(ids: list[UUID]) -> list[str]:
    return list(Operation.objects.filter(id__in=ids).order_by("id").values_list("state", flat=True))


@pytest.fixture
def staff(db: None) -> Principal:
    return of_person(Person.objects.create_user("staff", role=Role.STAFF))


@pytest.fixture
def ann(db: None) -> Principal:
    return of_person(Person.objects.create_user("ann"))


def test_op_b6_it_cancels_what_is_open_and_fits_and_nothing_else(staff: Principal) -> None:
    mine, others, over = made(7), made(2, kind=OTHER), ended(made(1)[0])
    claim(mine[3], worker="w", lease_seconds=60)
    assert actions.count_meant("cancel", ALL, by=staff) == 7
    begun = actions.cancel_meant(ALL, by=staff, because="flooded")
    later = made(2)
    assert (begun.kind, begun.state, begun.actor) == ("operations.cancel_many", "queued", staff.id)
    assert done(begun) == {"done": 7, "skipped": 0}
    assert states(mine) == ["cancelled"] * 7
    assert states(others + later) == ["queued"] * 4
    assert states([over]) == ["failed"]
    assert Operation.objects.get(id=mine[0]).message == "Cancelled by staff: flooded"


def test_it_retries_dead_letters_each_as_a_new_linked_operation(staff: Principal) -> None:
    dead = [ended(id, error={"message": f"disk {id.int % 2} is full"}) for id in made(7)]
    retry(dead[0], SYSTEM)
    ended(made(1)[0], "succeeded")
    cancel(made(1)[0], SYSTEM)
    assert actions.count_meant("retry", ALL, by=staff) == 6
    assert done(actions.retry_meant(ALL, by=staff)) == {"done": 6, "skipped": 0}
    assert states(dead) == ["failed"] * 7
    again = Operation.objects.filter(retry_of__in=dead)
    assert {(one.state, one.actor) for one in again} == {("queued", None), ("queued", staff.id)}
    assert again.count() == again.values("retry_of").distinct().count() == 7
    assert not DeadLetter.objects.exists()
    assert actions.count_meant("retry", ALL, by=staff) == 0


def test_the_reason_of_a_dead_letter_is_a_filter(staff: Principal) -> None:
    full, _ = ended(made(1)[0], error={"message": "The disk is FULL."}), ended(made(1)[0], error={"message": "No."})
    wanted = Filter(reason="disk is full")
    assert actions.count_meant("retry", wanted, by=staff) == 1
    assert done(actions.retry_meant(wanted, by=staff)) == {"done": 1, "skipped": 0}
    assert Operation.objects.get(retry_of__isnull=False).retry_of == full


@pytest.mark.parametrize("state", ["cancelled", "succeeded", "failed"])
def test_what_ended_otherwise_is_retried_only_when_its_state_is_named(state: str, staff: Principal) -> None:
    ids = [ended(id, state) for id in made(4)]
    retry(ids[0], SYSTEM)
    assert actions.count_meant("retry", ALL, by=staff) == (3 if state == "failed" else 0)
    wanted = Filter(kind=KIND, state=state)
    assert actions.count_meant("retry", wanted, by=staff) == 3
    assert done(actions.retry_meant(wanted, by=staff))["done"] == 3


def test_every_field_narrows_it(staff: Principal) -> None:
    first = made(1)[0]
    claim(first, worker="w7", lease_seconds=60)
    second = start_many([Work(kind=OTHER, parent=uuid4(), stage="cut")])[0]
    third = made(1)[0]
    Operation.objects.filter(id=first).update(created_at=now() - timedelta(hours=1))
    moment = now() - timedelta(minutes=30)
    for wanted, ids in (
        (Filter(kind=OTHER), [second]),
        (Filter(state="running"), [first]),
        (Filter(state="queued"), [second, third]),
        (Filter(stage="cut"), [second]),
        (Filter(worker="w7"), [first]),
        (Filter(created_after=moment), [second, third]),
        (Filter(created_before=moment), [first]),
        (Filter(kind=KIND, state="queued", created_after=moment), [third]),
    ):
        assert sorted(bulk.meant("cancel", wanted, staff).values_list("id", flat=True)) == ids
        assert Filter.load(wanted.stored()) == wanted


@pytest.mark.parametrize(
    ("verb", "wanted", "field"),
    [
        ("cancel", Filter(), "filter"),
        ("retry", Filter(), "filter"),
        ("cancel", Filter(state="failed"), "filter.state"),
        ("cancel", Filter(state="cancelled"), "filter.state"),
        ("retry", Filter(state="queued"), "filter.state"),
        ("retry", Filter(state="running"), "filter.state"),
        ("cancel", Filter(kind=KIND, reason="x"), "filter.reason"),
        ("retry", Filter(state="cancelled", reason="x"), "filter.reason"),
    ],
)
def test_what_could_find_nothing_is_refused_by_its_field(
    verb: bulk.Verb, wanted: Filter, field: str, staff: Principal
) -> None:
    act = actions.cancel_meant if verb == "cancel" else actions.retry_meant
    for refused in (lambda: actions.count_meant(verb, wanted, by=staff), lambda: act(wanted, by=staff)):
        with pytest.raises(Invalid) as refusal:
            refused()
        assert refusal.value.field == field
    assert not Operation.objects.exists()


def test_a_member_acts_on_what_is_his_own_and_a_reader_on_nothing(ann: Principal) -> None:
    mine, others = made(4, actor=ann.id), made(4)
    for act in (actions.cancel_meant, actions.retry_meant):
        with pytest.raises(Forbidden):
            act(ALL, by=READER)
    with pytest.raises(Forbidden):
        actions.count_meant("cancel", ALL, by=READER)
    assert bulk.meant("cancel", ALL, READER).count() == 0
    assert actions.count_meant("cancel", ALL, by=ann) == 4
    assert done(actions.cancel_meant(ALL, by=ann)) == {"done": 4, "skipped": 0}
    assert states(mine) == ["cancelled"] * 4
    assert states(others) == ["queued"] * 4


def test_it_acts_with_the_rights_that_whoever_asked_has_when_it_acts(staff: Principal) -> None:
    ids = made(4)
    begun = actions.cancel_meant(ALL, by=staff)
    Person.objects.update(role=Role.MEMBER)
    assert done(begun) == {"done": 0, "skipped": 0}
    begun = actions.cancel_meant(ALL, by=staff)
    Person.objects.update(is_active=False)
    with pytest.raises(NotAllowedAnyMore):
        worked(begun)
    assert states(ids) == ["queued"] * 4


def test_a_service_acts_as_long_as_its_token_is_good() -> None:
    token, _ = create_token("ops", ["operations:*"])
    made(4)
    service = of_token(token)
    assert done(actions.cancel_meant(ALL, by=service)) == {"done": 4, "skipped": 0}
    made(1)
    begun = actions.cancel_meant(ALL, by=service)
    revoke_token(token.name)
    with pytest.raises(NotAllowedAnyMore):
        worked(begun)


def test_the_system_may_ask_as_well() -> None:
    made(1)
    assert done(actions.cancel_meant(ALL, by=SYSTEM)) == {"done": 1, "skipped": 0}


def test_it_never_touches_itself_and_stops_others_like_it(staff: Principal) -> None:
    other = actions.cancel_meant(ALL, by=staff)
    begun = actions.cancel_meant(Filter(kind="operations.cancel_many"), by=staff)
    assert done(begun) == {"done": 1, "skipped": 0}
    assert states([other.id, begun.id]) == ["cancelled", "running"]


def test_what_ends_meanwhile_is_skipped(staff: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = made(7)
    begun = actions.cancel_meant(ALL, by=staff)
    following = bulk._following

    def and_one_ends(*arguments: Any) -> list[UUID]:
        found = following(*arguments)
        if found:
            ended(found[-1], "succeeded")
        return found

    monkeypatch.setattr(bulk, "_following", and_one_ends)
    assert done(begun) == {"done": 4, "skipped": 3}
    assert sorted(states(ids)) == ["cancelled"] * 4 + ["succeeded"] * 3


def test_what_ended_before_its_turn_is_skipped_too(staff: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = made(7)
    begun = actions.cancel_meant(ALL, by=staff)
    monkeypatch.setattr(bulk, "STINT", -1.0)
    outcome = worked(begun)
    assert isinstance(outcome, Snooze)
    ended(ids[-1], "succeeded")
    assert Operation.objects.get(id=begun.id).metadata == {"total": 7, "done": 3, "seen": 3, "after": str(ids[2])}


def test_it_tells_how_far_it_is_and_goes_on_there_after_a_fault(
    staff: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = made(10)
    begun = actions.cancel_meant(ALL, by=staff)
    monkeypatch.setattr(bulk, "STINT", -1.0)
    for seen in (3, 6):
        assert isinstance(worked(begun), Snooze)
        row = Operation.objects.get(id=begun.id)
        assert (row.progress_done, row.progress_total, row.progress_unit) == (seen, 10, "operations")
        assert states(ids) == ["cancelled"] * seen + ["queued"] * (10 - seen)
        let_time_pass(begun.id)
        assert reclaim([begun.id]) == [begun.id]
    monkeypatch.setattr(bulk, "STINT", 10.0)
    assert done(begun) == {"done": 10, "skipped": 0}


def test_what_was_done_is_written_with_it_or_not_at_all(staff: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = made(7)
    begun = actions.cancel_meant(ALL, by=staff)
    run = run_of(begun)
    cancel(begun.id, SYSTEM)
    with pytest.raises(LeaseLost):
        bulk.work_off("cancel", run, filter=ALL, by=staff, because="")
    assert states(ids) == ["queued"] * 7
    assert Operation.objects.get(id=begun.id).metadata == {}


def test_op_b6_cancelled_between_two_transactions_it_stops_there(
    staff: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = made(10)
    begun = actions.cancel_meant(ALL, by=staff)
    following = bulk._following

    def and_it_is_cancelled(rows: Any, after: str) -> list[UUID]:
        if after == str(ids[5]):
            actions.cancel_operation(begun.id, by=staff)
        return following(rows, after)

    monkeypatch.setattr(bulk, "_following", and_it_is_cancelled)
    with pytest.raises(LeaseLost):
        worked(begun)
    assert states(ids) == ["cancelled"] * 6 + ["queued"] * 4
    row = Operation.objects.get(id=begun.id)
    assert (row.state, row.metadata["done"]) == (State.CANCELLED, 6)


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_it_in_stints(staff: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STINT", -1.0)
    monkeypatch.setattr(bulk, "TOGETHER", 20)
    ids = made(90)
    dead = [ended(id) for id in made(30, kind=OTHER)]
    cancelling = actions.cancel_meant(ALL, by=staff)
    retrying = actions.retry_meant(Filter(kind=OTHER), by=staff)
    with working():
        settled_for(cancelling.id, retrying.id)
    assert states(ids) == ["cancelled"] * 90
    assert Operation.objects.filter(retry_of__in=dead).count() == 30
    rows = [Operation.objects.get(id=one.id) for one in (cancelling, retrying)]
    assert [(row.state, row.output, row.claims) for row in rows] == [
        ("succeeded", {"done": 90, "skipped": 0}, 1),
        ("succeeded", {"done": 30, "skipped": 0}, 1),
    ]


def settled_for(*ids: UUID) -> None:
    until(lambda: not Operation.objects.filter(id__in=ids, due__isnull=False).exists(), within=60)
