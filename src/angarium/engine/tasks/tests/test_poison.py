"""Whatever lies in a queue, the worker works on."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from angarium.engine.ledger.public import Operation, start
from angarium.engine.tasks.celery import app
from angarium.engine.tasks.public import task
from angarium.engine.tasks.testing import settled, working

POISON: list[tuple[Any, dict[str, Any]]] = [
    (7, {"task": "tests.sound", "id": "x"}),
    ([1, 2], {"task": "tests.sound", "id": "x"}),
    ([[], {}, {}], {"task": "tests.sound"}),
    ([[], {}, {}], {"task": "tests.nobody", "id": "x"}),
    ("words", {}),
    ({"task": "tests.sound", "args": 7}, {}),
]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_makes_no_sense_ends_no_worker() -> None:
    @task(queue="engine")
    def sound() -> None: ...

    with working():
        with app.connection_for_write() as connection:
            for body, headers in POISON:
                connection.Producer().publish(body, routing_key="engine", headers=headers)
            connection.Producer().publish(b"\x00", routing_key="engine", content_type="x/y", content_encoding="binary")
        with transaction.atomic():
            operation = start("tests.sound")
        settled()
    assert Operation.objects.get(id=operation).state == "succeeded"
