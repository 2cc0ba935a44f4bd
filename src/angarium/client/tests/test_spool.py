"""What is reported is on disk before the call returns, in order, within its bounds, and belongs to one process."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from angarium.client.errors import Closed, SpoolBroken, SpoolFull
from angarium.client.heirs import inherit_from_neighbours
from angarium.client.shapes import Progress, Report
from angarium.client.spool import Spool

ONE, TWO = UUID(int=1), UUID(int=2)
MEGABYTE = 2**20


def made(seq: int, operation: UUID = ONE, **members: object) -> Report:
    return Report(operation=operation, epoch=1, seq=seq, **members)  # type: ignore[arg-type]


def moved(seq: int, operation: UUID = ONE, **members: object) -> Report:
    return made(seq, operation, progress=Progress(done=seq), **members)


def put(spool: Spool, *reports: Report) -> None:
    for report in reports:
        spool.put(report, mergeable=report.progress is not None, lease_seconds=30)


def held(spool: Spool) -> list[Report]:
    """What waits, in its order. The rows are handed out by this."""
    return [msgspec.json.decode(body, type=Report) for _, body in spool.take(1000, MEGABYTE)]


@pytest.fixture
def memory() -> Iterator[Spool]:
    spool = Spool(None, most=10, most_bytes=MEGABYTE)
    yield spool
    spool.close()


def test_reports_wait_in_the_order_of_their_writing(memory: Spool) -> None:
    said = [made(1, state="running"), made(1, TWO, stage="a"), made(2, state="succeeded")]
    put(memory, *said)
    assert held(memory) == said


def test_progress_that_was_not_handed_out_is_merged_with_what_follows(memory: Spool) -> None:
    put(memory, moved(1, stage="a", message="one"), moved(1, TWO), moved(2), moved(3, message="three"))
    assert held(memory) == [moved(3, stage="a", message="three"), moved(1, TWO)]
    assert memory.waiting == 2


def test_progress_that_was_handed_out_never_changes(memory: Spool) -> None:
    put(memory, moved(1))
    assert held(memory) == [moved(1)]
    put(memory, moved(2), moved(3))
    assert held(memory) == [moved(1), moved(3)]


def test_states_and_new_stages_are_never_merged(memory: Spool) -> None:
    said = [moved(1, stage="a"), made(2, stage="b"), moved(3, stage="b"), moved(4, stage="c"), made(5, state="failed")]
    put(memory, *said)
    assert held(memory) == said


def test_a_batch_is_bounded_by_items_and_by_bytes_and_is_never_empty(memory: Spool) -> None:
    put(memory, *(made(seq, message="m" * 1000) for seq in range(1, 6)))
    assert len(memory.take(2, MEGABYTE)) == 2
    assert len(memory.take(10, 2500)) == 2
    assert len(memory.take(10, 1)) == 1


def test_what_was_answered_goes_and_the_rest_stays(memory: Spool) -> None:
    put(memory, made(1), made(2), made(3))
    rows = memory.take(10, MEGABYTE)
    memory.settle([rows[0][0], rows[2][0]])
    assert held(memory) == [made(2)]
    assert memory.waiting == 1
    assert memory.bytes == len(rows[1][1])
    assert (memory.newest(), memory.waits(rows[0][0]), memory.waits(rows[1][0])) == (rows[1][0], False, True)


def test_in_a_full_spool_the_oldest_progress_makes_room_for_everything(memory: Spool) -> None:
    ids = [uuid4() for _ in range(6)]
    put(memory, *(moved(1, id) for id in ids), *(made(2, id, state="running") for id in ids))
    assert [report.state for report in held(memory)] == ["running"] * 6
    assert memory.dropped == 6


def test_op_b5_a_full_spool_takes_no_more_states_and_loses_none(memory: Spool) -> None:
    said = [made(seq, state="running") for seq in range(1, 11)]
    put(memory, *said)
    with pytest.raises(SpoolFull, match=r"10 reports of \d+ bytes wait already"):
        put(memory, made(11, state="succeeded"))
    put(memory, moved(12))
    assert held(memory) == said
    assert memory.dropped == 1


def test_bytes_are_a_bound_as_well() -> None:
    spool = Spool(None, most=1000, most_bytes=5000)
    put(spool, *(moved(1, uuid4(), message="m" * 900) for _ in range(4)), made(1, message="m" * 4000))
    assert [report.progress for report in held(spool)] == [None]
    with pytest.raises(SpoolFull):
        put(spool, made(2, message="m" * 1000))
    spool.close()


def test_the_next_owner_finds_all_of_it_in_its_order(spool: Path) -> None:
    first = Spool(spool, most=10, most_bytes=MEGABYTE)
    said = [made(1, state="running"), moved(2), made(3, state="succeeded")]
    put(first, *said)
    first.close()
    second = Spool(spool, most=10, most_bytes=MEGABYTE)
    assert second.waiting == 3
    assert second.endings() == {(ONE, 1): 30.0}
    assert held(second) == said
    second.close()


def test_who_comes_while_it_is_owned_takes_a_file_beside_it(spool: Path) -> None:
    first, second = (Spool(spool, most=10, most_bytes=MEGABYTE) for _ in range(2))
    assert [one.place.path.name for one in (first, second) if one.place] == ["reports.sqlite", "reports.2.sqlite"]
    put(second, made(1))
    assert held(first) == []
    for one in (first, second):
        one.close()


def test_what_a_neighbour_left_is_taken_over_and_what_a_living_one_has_is_not(spool: Path) -> None:
    gone, living, heir = (Spool(spool, most=10, most_bytes=MEGABYTE) for _ in range(3))
    put(gone, made(1), made(2, state="failed"))
    put(living, made(1, TWO))
    gone.close()
    assert inherit_from_neighbours(heir) == 2
    assert inherit_from_neighbours(heir) == 0
    assert held(heir) == [made(1), made(2, state="failed")]
    assert held(living) == [made(1, TWO)]
    again = Spool(spool, most=10, most_bytes=MEGABYTE)
    assert (again.place and again.place.path, held(again)) == (spool, [])
    for one in (living, heir, again):
        one.close()


def test_its_files_are_for_their_owner_s_eyes(spool: Path) -> None:
    one = Spool(spool, most=10, most_bytes=MEGABYTE)
    put(one, made(1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in spool.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    one.close()


def test_a_file_that_is_no_spool_is_said_so_and_left_alone(spool: Path) -> None:
    spool.write_bytes(b"my holiday pictures" * 100)
    with pytest.raises(SpoolBroken, match=r"reports\.sqlite cannot be opened: file is not a database"):
        Spool(spool, most=10, most_bytes=MEGABYTE)
    assert spool.read_bytes().startswith(b"my holiday")
    spool.unlink()
    Spool(spool, most=10, most_bytes=MEGABYTE).close()


def test_a_place_where_no_file_can_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolBroken, match="cannot be opened"):
        Spool(tmp_path / "file" / "reports.sqlite", most=10, most_bytes=MEGABYTE)
    with pytest.raises(SpoolBroken, match="cannot be opened"):
        Spool(tmp_path, most=10, most_bytes=MEGABYTE)


def test_states_survive_a_power_cut_and_progress_does_not_wait_for_the_disk(spool: Path) -> None:
    one = Spool(spool, most=10, most_bytes=MEGABYTE)
    table = one._table()
    put(one, made(1))
    assert table.execute("PRAGMA synchronous").fetchone() == (2,)
    put(one, moved(2))
    assert table.execute("PRAGMA synchronous").fetchone() == (1,)
    assert table.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    one.close()


def test_a_disk_that_takes_nothing_refuses_states_and_forgets_progress(spool: Path) -> None:
    one = Spool(spool, most=10, most_bytes=MEGABYTE)
    one._table().execute("PRAGMA query_only = ON")
    with pytest.raises(SpoolFull, match="cannot be written"):
        put(one, made(1))
    put(one, moved(1))
    assert (one.waiting, one.dropped) == (0, 1)
    one.close()


def test_a_closed_spool_takes_nothing(spool: Path) -> None:
    one = Spool(spool, most=10, most_bytes=MEGABYTE)
    one.close()
    one.close()
    with pytest.raises(Closed):
        put(one, made(1))
    with sqlite3.connect(spool) as table:
        assert table.execute("SELECT count(*) FROM reports").fetchone() == (0,)
