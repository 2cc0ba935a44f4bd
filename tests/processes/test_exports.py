"""Exports by real processes on PostgreSQL: memory, five at once, a worker that is killed while it writes.

The short form has some ten thousand rows, the long one (PROVE=1) a million.
"""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from tests.faults.scene import LONG
from tests.processes.fleet import Fleet
from tests.servers.environment import free_port, wait_for_port
from tests.servers.limits import memory_limited
from tests.servers.polling import eventually
from tests.servers.processes import Process

pytestmark = pytest.mark.postgres
ROWS, WITHIN = (1_000_000, 900) if LONG else (15_000, 90)
#: MB that a worker may keep, and by which a web process may grow.
MOST, FLAT = 256, 16
FILL = """INSERT INTO ledger_operation SELECT (made.row).* FROM (
    SELECT jsonb_populate_record(base.one, jsonb_build_object('unique_key', NULL, 'kind', 'tests.row',
        'id', lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000', 'state', 'succeeded',
        'message', '=row ' || n)) AS row
    FROM (SELECT o FROM ledger_operation o LIMIT 1) AS base(one), generate_series(1, {}) n) made"""
WANTED = {"dataset": "operations.operations", "filters": {"kind": "tests.row"}}


class Office(Fleet):
    """A web process and a worker for exports alone, beside the rows that they export."""

    def begin(self) -> None:
        self.environment |= {"EXPORTS_PER_PERSON": "10", "EXPORTS_AT_ONCE": "5", "EXPORTS_ATTACH_BYTES": "100000"}
        self.seed()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.roles["web"] = self.start("web", PORT=str(port))
        wait_for_port(port)
        self.export(email="")
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(FILL.format(ROWS))  # type: ignore[arg-type]
        self.start_worker()

    def start_worker(self, concurrency: int = 5, **environment: str) -> Process:
        words = ("-c", str(concurrency), "-P", "threads")
        self.roles["worker"] = worker = self.start("worker", *words, **environment)
        worker.wait_for(r"celery@\S+ ready|celery\.apps\.worker .*ready", within=30)
        return worker

    def export(self, **body: Any) -> str:
        answer = self.ask("POST", "/api/exports/", {**WANTED, **body})
        assert answer.status == 202, answer.text
        return str(answer.json["id"])

    def standing(self, id: str) -> Any:
        return self.ask("GET", f"/api/exports/{id}/").json

    def end_of(self, id: str) -> Any:
        eventually(lambda: self.standing(id)["state"] in {"succeeded", "failed"}, within=WITHIN)
        return self.standing(id)

    def fetch(self, id: str, path: Path) -> int:
        """Have the file written there; its bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.url).port or 0, timeout=60)
        connection.request("GET", f"/api/exports/{id}/file/", headers={"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        with path.open("wb") as file:
            while block := answer.read(1 << 20):
                file.write(block)
        return path.stat().st_size

    def folder(self, name: str) -> list[Path]:
        return sorted((self.home / name).iterdir()) if (self.home / name).exists() else []

    def letters(self) -> list[Any]:
        found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in self.folder("letters")]
        return [one for one in found if "export" in (one["Subject"] or "")]  # it may be half written


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    made = Office()
    try:
        made.begin()
        yield made
    finally:
        for process in made.roles.values():
            process.kill()


def family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def peak(process: Process) -> float:
    """The most that each of its processes has ever kept, added up, in MB."""
    lines = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in family(process.pid)]
    return sum(int(line.split()[1]) / 1024 for one in lines for line in one if line.startswith("VmHWM"))


def rows_in(path: Path) -> int:
    book = CalamineWorkbook.from_path(str(path))
    return sum(book.get_sheet_by_index(n).height - 1 for n in range(len(book.sheet_names)))


def test_hr_07_five_exports_at_once_stay_within_the_worker_s_memory_and_the_web_process_is_flat(
    office: Office, tmp_path: Path
) -> None:
    before = peak(office.roles["web"])
    with memory_limited(family(office.worker.pid) if LONG else (), MOST) as is_limited:
        ids = [office.export(email=f"hr{n}@example.org") for n in range(5)]
        found = [office.end_of(id) for id in ids]
    assert [(one["state"], one["rows"], one["error"]) for one in found] == [("succeeded", ROWS, None)] * 5
    assert office.fetch(ids[0], tmp_path / "a.xlsx") == found[0]["bytes"]
    assert rows_in(tmp_path / "a.xlsx") == ROWS
    worker, web = peak(office.worker), peak(office.roles["web"]) - before
    told = f"{ROWS:,} rows, five at once: the worker kept {worker:.0f} MB, the web process grew by {web:.1f} MB"
    told += f"; the kernel would have killed it at {MOST} MB\n" if LONG and is_limited else "\n"
    sys.stderr.write(told)
    assert worker < MOST, told
    assert web < FLAT, told
    eventually(lambda: len(office.letters()) == 5)
    said = office.letters()[0].get_body().get_content()
    assert f"{ROWS:,}".replace(",", "\N{NO-BREAK SPACE}") in said or f"{ROWS:,}" in said
    assert any(one["sha256"] in said for one in found)
    assert not any(list(letter.iter_attachments()) for letter in office.letters())


def test_hr_10_a_worker_that_is_killed_while_it_writes_leaves_one_file_and_one_letter(office: Office) -> None:
    letters, kept = len(office.letters()), len(office.folder("exports"))
    id = office.export(format="csv", email="one@example.org")
    deadline = time.monotonic() + WITHIN
    while not any(path.stat().st_size for path in office.folder("exports-under-way")):
        assert time.monotonic() < deadline
    office.worker.kill()
    half = office.folder("exports-under-way")
    office.start_worker()
    found = office.end_of(id)
    assert [path.name for path in half] == [f"{id}.1.csv"]
    assert (found["state"], found["rows"]) == ("succeeded", ROWS)
    eventually(lambda: len(office.letters()) == letters + 1)
    assert (office.folder("exports-under-way"), len(office.folder("exports"))) == ([], kept + 1)
    assert office.rows(f"select claims from ledger_operation where id = '{found['operation']}'") == [(2,)]


@pytest.mark.skipif(not LONG, reason="a small one would have ended before; the engine's own tests hold one back")
def test_hr_b7_a_cancelled_export_is_left_within_two_seconds(office: Office) -> None:
    id = office.export(email="two@example.org")
    eventually(lambda: bool(office.standing(id)["rows"]), within=WITHIN)
    answer = office.ask("POST", f"/api/exports/{id}/cancellation/", {})
    assert (answer.status, answer.json["state"]) == (200, "cancelled")
    office.worker.wait_for(r"tasks\.lease_lost .*task=exports\.build", within=2)
    eventually(lambda: not office.folder("exports-under-way"), within=60)
