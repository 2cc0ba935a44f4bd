"""A thread that is started when it is first needed, goes on whatever happens, and ends when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from .errors import Closed
from .pacing import Seldom, log, pause


class Background:
    """Calls `step` again and again until `stop`. A step rests by itself, with `rest`; one that fails is logged and
    tried again. After a fork, or when its thread died otherwise, `ensure` starts another."""

    def __init__(self, name: str, step: Callable[[], None]) -> None:
        self._name, self._step = name, step
        self.seldom = Seldom()
        self.after_fork()

    def after_fork(self) -> None:
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self.woken, self.stopping = threading.Event(), threading.Event()

    def ensure(self) -> None:
        """See to it that the thread runs."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if (self._thread is None or not self._thread.is_alive()) and not self.stopping.is_set():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                with suppress(RuntimeError):  # the interpreter is ending; what is written down is sent by the next one
                    self._thread.start()

    def rest(self, seconds: float | None) -> bool:
        """Wait for `woken`, at most so long; was it?"""
        woken = self.woken.wait(seconds)
        self.woken.clear()
        return woken

    def stop(self, timeout: float) -> None:
        """Let the step in progress end, at most so long."""
        self.stopping.set()
        self.woken.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _run(self) -> None:
        failures = 0
        while not self.stopping.is_set():
            try:
                self._step()
                failures = 0
            except Closed:
                return
            except Exception:  # noqa: BLE001  without this thread nothing reported would ever arrive
                failures += 1
                if failures == 1 and not self.stopping.is_set():
                    log.exception("%s failed and goes on.", self._name)
                self.stopping.wait(pause(failures))
