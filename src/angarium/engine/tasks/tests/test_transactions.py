"""A run is interrupted anywhere, in Django's own code too: no transaction outlives that."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from angarium.engine.events.public import Event, publish
from angarium.engine.events.testing import together
from angarium.engine.ledger.public import LeaseLost, Operation, start
from angarium.engine.ledger.testing import broken_invariants
from angarium.engine.tasks.execute import execute
from angarium.engine.tasks.public import task
from angarium.engine.tasks.run import TimedOut
from angarium.engine.tasks.tests.facts import Happened
from angarium.engine.tasks.together import execute_together
from angarium.engine.tasks.transactions import none_left_open

pytestmark = pytest.mark.django_db(transaction=True)


def struck_at_the_end_of_an_inner_block(error: type[BaseException]) -> None:
    """As an interruption does that comes before `atomic` has counted itself off."""
    transaction.atomic().__enter__()
    raise error


def others_write() -> None:
    """Would wait for ever on SQLite while a transaction is open here."""
    assert not connection.in_atomic_block
    (answer,) = together(lambda: start("tests.strike"))
    assert not isinstance(answer, Exception)
    assert broken_invariants() == []


@pytest.mark.parametrize("error", [TimedOut, LeaseLost])
def test_one_that_is_struck_leaves_nothing_open_and_nothing_written(error: type[BaseException]) -> None:
    @task(queue="engine", max_attempts=1)
    def strike() -> None:
        publish(Happened(number=1))
        struck_at_the_end_of_an_inner_block(error)

    with transaction.atomic():
        id = start("tests.strike")
    execute(id)
    assert not Event.objects.exists()
    assert Operation.objects.get(id=id).state == ("failed" if error is TimedOut else "running")
    others_write()


def test_of_many_together_the_one_that_is_struck_takes_nobody_with_it() -> None:
    struck: list[int] = []

    @task(queue="engine", max_attempts=1)
    def strike(number: int = 0) -> None:
        publish(Happened(number=number))
        if number == 2 and not struck:
            struck.append(number)
            struck_at_the_end_of_an_inner_block(TimedOut)

    with transaction.atomic():
        ids = [start("tests.strike", number=number) for number in range(4)]
    execute_together(ids)
    assert sorted(event.data["number"] for event in Event.objects.all()) == [0, 1, 2, 3]
    assert set(Operation.objects.filter(id__in=ids).values_list("state", flat=True)) == {"succeeded"}
    others_write()


def test_what_django_believes_to_be_rolled_back_and_is_not_is_given_up() -> None:
    with pytest.raises(LeaseLost), none_left_open():
        begun_unknown_to_django()
    assert not Event.objects.exists()


def begun_unknown_to_django() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
    connection.in_atomic_block = True
    publish(Happened(number=1))
    connection.in_atomic_block = False
    raise LeaseLost


def test_a_transaction_of_whoever_calls_is_left_to_him() -> None:
    with transaction.atomic():
        with pytest.raises(LeaseLost), none_left_open():
            raise LeaseLost
        assert connection.in_atomic_block
        publish(Happened(number=1))
    assert Event.objects.count() == 1


def test_a_failure_that_leaves_nothing_open_keeps_its_connection() -> None:
    connection.ensure_connection()
    before = connection.connection
    with pytest.raises(LeaseLost), none_left_open(), transaction.atomic():
        raise LeaseLost
    assert connection.connection is before
