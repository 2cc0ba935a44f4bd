"""Waiting for what servers that are not ours do where they say nothing: they are asked again and again."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(condition: Callable[[], bool], *, within: float = 30, what: Callable[[], object] = str) -> None:
    """Ask ten times a second until the condition holds; AssertionError with `what()` when it does not in time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within:g} s: {what()}"
        time.sleep(0.1)
