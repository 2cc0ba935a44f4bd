"""Who may steer which operation."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from angarium.engine.identity.public import Principal, Role
from angarium.engine.ledger.public import Kind, NoOperation, Operation, State, Work, register, start_many
from angarium.kernel.errors import Forbidden
from angarium.modules.operations import actions

pytestmark = pytest.mark.django_db

OWNER = uuid4()
STAFF = Principal("person", uuid4(), "staff", Role.STAFF, frozenset({"*"}))
MEMBER = Principal("person", OWNER, "member", Role.MEMBER, frozenset({"*"}))
STRANGER = Principal("person", uuid4(), "stranger", Role.MEMBER, frozenset({"*"}))
READER = Principal("service", uuid4(), "reader", Role.STAFF, frozenset({"operations:read"}))
VERBS = [actions.cancel_operation, actions.pause_operation, actions.resume_operation, actions.retry_operation]
Verb = Callable[..., Operation]


@pytest.fixture
def operation() -> UUID:
    register(Kind("operations_tests.work", "operations_tests"))
    return start_many([Work(kind="operations_tests.work", actor=OWNER)])[0]


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_only_read_steers_nothing(operation: UUID, verb: Verb) -> None:
    with pytest.raises(Forbidden):
        verb(operation, by=READER)
    assert Operation.objects.get(id=operation).state == State.QUEUED


@pytest.mark.parametrize("verb", VERBS)
def test_what_others_caused_is_not_there(operation: UUID, verb: Verb) -> None:
    with pytest.raises(NoOperation):
        verb(operation, by=STRANGER)
    assert Operation.objects.get(id=operation).state == State.QUEUED


@pytest.mark.parametrize("by", [STAFF, MEMBER])
def test_staff_and_whoever_caused_it_steer_it(operation: UUID, by: Principal) -> None:
    assert actions.pause_operation(operation, by=by).state == State.PAUSED
    assert actions.resume_operation(operation, by=by).state == State.QUEUED
    assert actions.cancel_operation(operation, by=by).state == State.CANCELLED
    again = actions.retry_operation(operation, by=by)
    assert (again.retry_of, again.state) == (operation, State.QUEUED)
