"""Real processes: killed at any moment, forked, ended without a word; whatever one left is sent by the next."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.servers.processes import Process

from .conftest import Connect
from .stub import Op, Stub

BATCH = "transitions:batch"


def service(what: str, stub: Stub, spool: Path | str, *ops: Op) -> Process:
    ids = [str(op.id) for op in ops]
    return Process("-m", "angarium.client.tests.service", what, stub.url, str(spool), *ids, program="python")


def written(spool: Path) -> list[bytes]:
    """The reports in the file, byte for byte."""
    with sqlite3.connect(f"file:{spool}?mode=ro", uri=True) as table:
        return [body for (body,) in table.execute("SELECT body FROM reports ORDER BY id")]


def stages(op: Op) -> list[str]:
    return [report["stage"] for report in op.applied if "stage" in report]


def test_op_16_a_killed_service_loses_nothing_that_it_reported(stub: Stub, connect: Connect, spool: Path) -> None:
    ops = [stub.op(), stub.op()]
    stub.mood, stub.moody = 503, BATCH
    with service("endless", stub, spool, *ops) as process:
        process.wait_for(r"^60$")
        process.kill()
    process.whole()
    last = int(process.output.split()[-1])
    left = written(spool)
    stub.mood = None
    before = len(stub.asked(BATCH))
    assert connect(spool=spool).flush()
    sent = [call.body.removeprefix(b'{"transitions":[').removesuffix(b"]}") for call in stub.asked(BATCH)[before:]]
    assert b",".join(sent) == b",".join(left)
    for op in ops:
        assert stages(op)[:last] == [f"s{number}" for number in range(1, last + 1)]
        assert len(stages(op)) <= last + 1
        assert op.late == []


def test_op_16_killed_while_it_sends_it_sends_nothing_twice_that_counts(
    stub: Stub, connect: Connect, spool: Path
) -> None:
    ops = [stub.op() for _ in range(3)]
    for op in ops:
        with service("endless", stub, spool, op) as process:
            stub.until(lambda op=op: len(op.applied) >= 30)  # type: ignore[misc]
            process.kill()
        process.whole()
        last = int(process.output.split()[-1])
        with connect(spool=spool) as client:
            assert client.flush()
            assert client.refused == 0
        assert stages(op)[:last] == [f"s{number}" for number in range(1, last + 1)]
        assert op.late == []


def test_op_16_who_finished_while_nobody_listened_has_finished(stub: Stub, connect: Connect, spool: Path) -> None:
    """The work is not done a second time: its lease is kept by whoever has the spool, until the end has arrived."""
    ops = [stub.op() for _ in range(5)]
    stub.mood, stub.moody = 503, BATCH
    with service("finishing", stub, spool, *ops) as process:
        process.wait_for("finished")
        process.kill()
    heir = connect(spool=spool)
    stub.until(lambda: all(any(str(op.id).encode() in c.body for c in stub.asked("leases:batch")) for op in ops))
    assert [heir.claim(op.id) for op in ops] == [None] * 5
    stub.mood = None
    assert heir.flush()
    assert {op.state for op in ops} == {"succeeded"}
    assert {op.claims for op in ops} == {1}


def test_a_process_that_ends_by_itself_sends_what_it_said(stub: Stub) -> None:
    op = stub.op()
    with service("leaving", stub, "", op) as process:
        assert process.wait() == 0
    assert op.state == "succeeded"


def test_forked_processes_report_from_spools_of_their_own(stub: Stub, spool: Path) -> None:
    ops = [stub.op() for _ in range(3)]
    with service("forking", stub, spool, *ops) as process:
        process.wait_for("closed")
        assert process.wait() == 0
    assert [op.state for op in ops] == ["succeeded"] * 3
    assert [stages(op) for op in ops] == [["before"], *[[f"s{number}" for number in range(20)]] * 2]
    assert [op.late for op in ops] == [[], [], []]
    assert {path.name for path in spool.parent.glob("*.sqlite")} == {
        "reports.sqlite", "reports.2.sqlite", "reports.3.sqlite",
    }  # fmt: skip


def test_two_services_share_a_path_and_one_sends_what_the_other_left(stub: Stub, connect: Connect, spool: Path) -> None:
    one, other = stub.op(), stub.op()
    living = connect(spool=spool)
    held = living.claim(one.id)
    assert held is not None
    stub.mood, stub.moody = 503, BATCH
    with service("finishing", stub, spool, other) as process:
        process.wait_for("finished")
        process.kill()
    assert len(written(spool.with_name("reports.2.sqlite"))) == 1
    stub.mood = None
    living._outbox.sender._look_at = 0  # a minute has passed
    held.report(stage="a")
    stub.until(lambda: other.state == "succeeded")
    assert stages(one) == ["a"]
