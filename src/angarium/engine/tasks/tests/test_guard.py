"""A function that wants to end its process has failed, and the worker goes on. (How processes die: tests/faults.)"""

from __future__ import annotations

import signal
from typing import Any

import pytest

from angarium.engine.ledger.public import Operation, start
from angarium.engine.tasks.guard import guarded
from angarium.engine.tasks.public import task, tasks
from angarium.engine.tasks.testing import settled, working

QUICK: dict[str, Any] = {"queue": "engine", "max_attempts": 1}


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
@pytest.mark.django_db(transaction=True)
def test_ending_the_process_is_a_failed_attempt(error: BaseException) -> None:
    @task(name="tests.quit", **QUICK)
    def quit() -> None:
        raise error

    operation = start("tests.quit")
    with working():
        settled()
    head = Operation.objects.get(pk=operation)
    assert (head.state, head.error["code"], head.error["message"]) == (
        "failed",
        "Quit",
        f"The task raised {error!r}.",
    )


def test_other_errors_and_the_answer_pass_through() -> None:
    @task(name="tests.divide", **QUICK)
    def divide(number: int) -> int:
        return 12 // number

    call = guarded(tasks()["tests.divide"])
    assert call(number=3) == 4
    with pytest.raises(ZeroDivisionError):
        call(number=0)


def test_the_alarm_is_set_in_processes_of_a_pool_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread of a process that serves others it would end them all."""
    set_to: list[float] = []
    monkeypatch.setattr(signal, "setitimer", lambda which, seconds: set_to.append(seconds))

    @task(name="tests.alarm", **QUICK)
    def alarm() -> None: ...

    guarded(tasks()["tests.alarm"])()
    assert set_to == []
    monkeypatch.setattr("angarium.engine.tasks.guard.current_process", lambda: type("Pool", (), {"daemon": True}))
    guarded(tasks()["tests.alarm"])()
    assert set_to[0] > 60
    assert set(set_to[1:]) == {0}
