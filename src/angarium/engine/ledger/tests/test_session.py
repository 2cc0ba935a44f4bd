"""A process that is frozen in the midst of a transaction holds what it has locked for a while, and not for longer."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from angarium.engine.ledger.models import Due
from angarium.engine.ledger.public import limit_session, take_due
from tests.servers.polling import eventually

from .story import work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_what_a_relay_that_is_frozen_in_its_transaction_has_taken_is_taken_by_another_one() -> None:
    operation = work()
    has, may_go_on, ended = threading.Event(), threading.Event(), list[str]()

    def freeze() -> None:
        limit_session(silent=0.2)
        try:
            with transaction.atomic():
                assert Due.objects.select_for_update().get(pk=operation)
                has.set()
                assert may_go_on.wait(30)
                Due.objects.filter(pk=operation).update(publishes=99)
        except DatabaseError as error:
            ended.append(str(error))
        finally:
            connection.close()

    thread = threading.Thread(target=freeze)
    thread.start()
    assert has.wait(10)
    eventually(lambda: [call.operation for call in take_due()] == [operation], within=10)
    may_go_on.set()
    thread.join()
    assert "idle-in-transaction timeout" in ended[0]
    assert Due.objects.get(pk=operation).publishes == 1


def test_a_session_is_limited_once() -> None:
    connection.close()
    for silent in (7.0, 8.0):
        limit_session(silent=silent, lock=2.0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("7s", "2s")
    connection.close()
