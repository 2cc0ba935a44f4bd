"""A thread that asks one thing after the other, so that whoever is silent is not waited for longer than agreed.

A question cannot be taken back: an asker that got no answer in time is left behind and ends with the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

R = TypeVar("R")


class NoAnswer(Exception):
    """It took too long."""


class Asker:
    """Everything that it is given runs in its one thread, which has connections of its own."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._questions: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
        threading.Thread(target=self._run, name="doctor", daemon=True).start()

    def ask(self, question: Callable[[], R]) -> R:
        """What it returns or raises; NoAnswer when it does neither in time, and nothing may be asked any more."""
        self._questions.put(question)
        try:
            raised, answer = self._answers.get(timeout=self._within)
        except Empty:
            raise NoAnswer(f"no answer within {self._within:g} s") from None
        if raised:
            raise answer
        return answer  # type: ignore[no-any-return]

    def end(self) -> None:
        self._questions.put(None)

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            try:
                answer = False, question()
            except Exception as error:  # noqa: BLE001  raised again by whoever asked
                answer = True, error
            self._answers.put(answer)
