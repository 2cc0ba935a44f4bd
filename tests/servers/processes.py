"""The product's own processes, started as a person would start them, watched line by line."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.servers.environment import PRODUCT_VARIABLES, ends_with_us, free_port

__all__ = ["Process", "clean_environment", "free_port"]

_ROOT = Path(__file__).resolve().parents[2]
#: A process that may not keep what it compiled compiles a thousand files at each start.
_SLOW = "PYTHONDONTWRITEBYTECODE"
_COVERAGE = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
_PROGRAMS = Path(sys.executable).parent


def clean_environment(changes: Mapping[str, str] | None = None, *, measured: bool = True) -> dict[str, str]:
    """Ours without what the product and Django read, plus the changes.

    `measured=False` for a process that cannot write its coverage (a full disk) or whose speed is what a test measures.
    """
    hidden = {*PRODUCT_VARIABLES, _SLOW, "DJANGO_SETTINGS_MODULE", *(() if measured else _COVERAGE)}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    path = f"{_PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1", **(changes or {})}


class Process:
    """One running command: `Process("up", environment={...})` starts `angarium up` in a process group of its own.

    Use it in a `with` block: on leaving it the whole group is killed. `program=` names another command of the same
    virtual environment (`celery`, `python`). Start it from the test's own thread: it ends when that thread does.
    """

    def __init__(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        program: str = "angarium",
        folder: Path = _ROOT,
    ) -> None:
        beside = _PROGRAMS / program
        self._changed = threading.Condition()
        self._lines: list[str] = []
        self._ended = False
        self.popen = subprocess.Popen(
            [str(beside) if beside.exists() else program, *arguments],
            cwd=folder,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            preexec_fn=ends_with_us(signal.SIGKILL),
        )
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def output(self) -> str:
        """All that was printed so far, both streams in their order."""
        with self._changed:
            return "".join(self._lines)

    def whole(self, *, within: float = 30) -> str:
        """All that was printed, once nobody has the output open any more; what a process that has ended wrote last may
        not be read yet."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._ended, within), "".join(self._lines)
        return self.output

    def wait_for(self, pattern: str, *, within: float = 30, after: int = 0) -> re.Match[str]:
        """The first match in the output after that many characters; AssertionError with the output if none comes."""
        compiled = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + within
        with self._changed:
            while True:
                text = "".join(self._lines)
                if match := compiled.search(text, after):
                    return match
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "the process ended" if self._ended else f"{within} s passed"
                    raise AssertionError(f"{why} without {pattern!r} in the output:\n{text}")
                self._changed.wait(left)

    def wait(self, *, within: float = 30) -> int:
        """The exit status. AssertionError with the output when it does not end in time."""
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {within} s:\n{self.output}") from None

    def terminate(self, *, within: float = 30) -> int:
        """SIGTERM to the process alone, as a supervisor does; the exit status."""
        self.popen.terminate()
        return self.wait(within=within)

    def interrupt(self, *, within: float = 30) -> int:
        """SIGINT to the whole group, as Ctrl-C does; the exit status."""
        os.killpg(self.pid, signal.SIGINT)
        return self.wait(within=within)

    def kill(self) -> None:
        """SIGKILL to the whole group; nothing of it can say goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _read(self) -> None:
        assert self.popen.stdout
        for line in self.popen.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
