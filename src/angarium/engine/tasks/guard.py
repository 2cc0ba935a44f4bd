"""What a task's function must not do to the process that runs it, and what happens when it does.

    it ends the process (`sys.exit()`, KeyboardInterrupt)      a failed attempt like any other
    it forks, and the child runs on as if it were the worker   the child ends there: lease and outcome are its parent's
    it is stuck in C, so that the keeper cannot interrupt it   the kernel ends the process when its lease is over too

The last one is for processes of Celery's pool, which are replaced at once. A thread cannot be ended: in the one
process of `angarium up` such a task keeps its thread, though another one gets the work.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import wraps
from typing import Any

from billiard import current_process
from django.conf import settings

from .registry import Task


class Quit(Exception):
    """The task's function tried to end the process that it runs in."""


def guarded(task: Task) -> Callable[..., Any]:
    """The task's function, unable to do any of this."""

    @wraps(task.function)
    def call(**arguments: Any) -> Any:
        pid = os.getpid()
        try:
            _set_alarm(task.timeout.total_seconds() + settings.LEASE_SECONDS)
            try:
                return task.function(**arguments)
            except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
                raise Quit(f"The task raised {error!r}.") from error
            finally:
                _set_alarm(0)
        finally:
            _set_alarm(0)  # again, since an interruption may have struck in the line above, but never strikes twice
            if os.getpid() != pid:
                os._exit(0)

    return call


def _set_alarm(seconds: float) -> None:
    """SIGALRM after so many seconds, which nobody handles. It comes also while the interpreter is held."""
    if current_process().daemon:
        signal.setitimer(signal.ITIMER_REAL, seconds)
