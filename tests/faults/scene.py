"""Where a test's faults happen: an instance of the product with work to count, a history, the checker's word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.checker import violations
from tests.faults.history import FILE, Line, read
from tests.processes.instance import Instance
from tests.servers.processes import clean_environment

ROOT = Path(__file__).resolve().parents[2]
#: The long form: `make prove`.
LONG = bool(os.environ.get("PROVE"))
#: Without these a process is not measured: here they are many, and most of them are killed.
UNMEASURED = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
TELL = "from tests.faults.tables import tell; tell()"


class Scene(Instance):
    """Seeded once it is made. `database` is the URL of an empty PostgreSQL database; without it, SQLite."""

    def __init__(self, database: str = "", **environment: str) -> None:
        super().__init__(environment=environment)
        if database:
            self.environment["DATABASE_URL"] = database
        self.file = self.home / "history.jsonl"
        self.environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
            FILE: str(self.file),
            **dict.fromkeys(UNMEASURED, ""),
        }
        self.seed()

    def program(self, name: str, *words: str, within: float) -> str:
        """Run a program of this package to its end; its output. AssertionError when it fails."""
        ended = subprocess.run(
            [sys.executable, "-m", f"tests.faults.{name}", *words],
            cwd=ROOT,
            env=clean_environment(self.environment),
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def history(self) -> list[Line]:
        return read(self.file)

    def tell(self) -> None:
        """Have the tables told into the history."""
        self.run("shell", "-c", TELL)

    def seen(self) -> set[str]:
        """The states in which somebody who looked meanwhile saw operations."""
        return {line["state"] for line in self.history() if line["what"] == "seen"}

    def breaches(self) -> list[str]:
        return violations(self.history())
