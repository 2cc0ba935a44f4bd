"""Each workload for a moment: it runs, each side's effects are counted, and ours loses nothing. No speed is asserted:
that is for a quiet machine and `make bench`. Peers are left out, since they need packages that are not locked here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import (
    mailing,
    memory,
    p01_reports,
    p02_batches,
    p03_hot,
    p04_latency,
    p05_drain,
    p06_mailing,
    p07_lists,
    p07_mailings,
    p08_exports,
    p09_board,
    p09_live,
    p10_cached,
    p11_growth,
    p11_soak,
    p12_idle,
    p13_pinned,
)
from benchmarks.__main__ import WORKLOADS
from benchmarks.figures import Figure, ratio, spread, table
from benchmarks.loads import Load, Wrong
from benchmarks.reports import BARE, OURS, Round, measured
from tests.benchmarks.ground import ground

pytestmark = pytest.mark.processes
long_form = pytest.mark.skipif(not os.environ.get("PROVE"), reason="needs a minute: the long form has it")


@pytest.mark.postgres
def test_a_backlog_is_drained_and_counted_at_its_effect() -> None:
    with ground() as on:
        one = p05_drain.drain(on, p05_drain.OURS, 300)
    assert (one.lost, one.doubled) == (0, 0)
    assert one.drained > 0


@long_form
@pytest.mark.postgres
def test_nothing_is_lost_when_the_worker_is_killed_or_the_broker_is_gone_for_a_second() -> None:
    with ground() as on:
        for disaster in (p04_latency.worker_dies, p04_latency.broker_dies):
            commits, lost = p04_latency.lost(on, p04_latency.OURS, disaster, rate=50, seconds=2)
            assert commits >= 100
            assert lost == 0


#: Reports of a moment, and operations enough for them.
FEW, MOMENT = 500, 0.5


def _is_whole(one: Round) -> None:
    """Something was answered, all of it is stored once, and nothing else."""
    assert all(heard.rate > 0 and heard.refused == 0 for heard in one.heard)
    assert (one.wrong.lost, one.wrong.doubled) == (0, 0)


@long_form
@pytest.mark.postgres
def test_p1_what_was_answered_one_by_one_is_what_is_stored() -> None:
    load = Load(connections=4, seconds=MOMENT, operations=FEW)
    with ground() as on:
        ours, bare = (measured(on, side, [load], operations=FEW) for side in (OURS, BARE))
    _is_whole(ours)
    _is_whole(bare)
    assert ours.wrong.behind == 0
    assert ours.costs.updates > 0
    figures = p01_reports.compared({OURS.name: [ours], BARE.name: [bare]}, [BARE], [load])
    assert figures[-1].met


@long_form
@pytest.mark.postgres
def test_p2_what_was_answered_by_batch_is_what_is_stored() -> None:
    with ground() as on:
        figures = p02_batches.run(on, 1, MOMENT, batches=(20,), operations=FEW)
    assert [figure.met for figure in figures if figure.target == "0"] == [True]


@long_form
@pytest.mark.postgres
def test_p3_no_state_change_of_a_hot_operation_is_lost() -> None:
    with ground() as on:
        one = p03_hot.hot(on, OURS, MOMENT, operations=FEW)
    _is_whole(one)
    assert one.wrong.behind == 0


@long_form
@pytest.mark.postgres
def test_p6_a_mailing_comes_to_each_client_once_and_its_counts_are_exact() -> None:
    with ground() as on:
        planned = p06_mailing.plans(on, 500, 1)
        one = mailing.sent(on, mailing.OURS, 300)
    assert planned.same
    assert (one.lost, one.doubled, one.exact) == (0, 0, True)
    assert one.rate > 0
    assert memory.ends(one.sizes)[1] > 10


def test_p6_memory_that_stays_is_a_flat_line() -> None:
    assert memory.bars([100.0] * 80, columns=4) == "████"
    assert memory.bars([0.0, 50.0, 100.0], columns=3) == " ▄█"
    assert memory.ends([90.0, *[100.0] * 18, 95.0]) == (95.0, 100.0, 97.5)
    assert "polyline" in memory.drawing([90.0, 100.0], "memory")


@long_form
@pytest.mark.postgres
def test_p7_the_statistics_of_mailings_are_answered_and_exact() -> None:
    with ground() as on, p07_mailings.stocked(on, 20_000) as token:
        one = p07_mailings.looked(on, token, times=3)
    assert one.exact
    assert one.ours.keys() == one.peer.keys()
    assert len(p07_mailings.figures([one], 20_000)) == len(p07_mailings.ROUTES) + 1


@long_form
@pytest.mark.postgres
def test_p7_lists_are_answered_and_counts_are_exact() -> None:
    with ground() as on, p07_lists.stocked(on, 4000) as token:
        one = p07_lists.looked(on, token, times=3)
    assert one.exact
    assert one.ours.keys() == one.peer.keys()
    assert len(p07_lists.figures([one], 4000)) == len(p07_lists.LISTS) + 1


@long_form
@pytest.mark.postgres
def test_p8_each_file_has_as_many_rows_as_the_table() -> None:
    with ground() as on:
        small, large = (p08_exports.rounds(on, rows, 1, beside=()) for rows in (200, 2000))
    assert (small.whole(), large.whole()) == (True, True)
    assert [figure.met for figure in p08_exports.figures(small, large) if figure.target == "yes"] == [True]


@long_form
@pytest.mark.postgres
def test_hr_08_the_web_process_keeps_less_than_one_that_makes_the_report_itself() -> None:
    with ground() as on, p08_exports.stocked(on, 2000) as token:
        ours = p08_exports.by_export(on, token)
    figure = p08_exports.report([ours], [ours * 2], 2000)
    assert (figure.met, "50 % lower" in figure.ratio) == (True, True)


@long_form
@pytest.mark.postgres
def test_p11_tables_that_have_grown_take_reports_of_new_and_of_old_operations() -> None:
    with ground() as on:
        stocks = [p11_growth.grown(on, transitions, FEW) for transitions in (FEW, 2 * FEW * p11_growth.LINES)]
        for stock in stocks:
            p11_growth.measured(on, stock, MOMENT)
    for stock in stocks:
        for (one,) in stock.rounds.values():
            _is_whole(one)
    assert p11_growth.figures(stocks)


@long_form
@pytest.mark.postgres
def test_p11_reports_over_hours_are_looked_at_in_stretches_that_are_compared() -> None:
    with ground() as on:
        found = p11_soak.soaked(on, length=3, rate=100)
    assert len(found.looks) == p11_soak.STRETCHES
    assert sum(found.of("rate")) / p11_soak.STRETCHES > 90
    assert (found.wrong, found.refused) == (Wrong(), 0)
    assert p11_soak.figures(found)[-1].met


@long_form
@pytest.mark.postgres
def test_p13_a_forgotten_transaction_holds_up_no_report() -> None:
    with ground() as on:
        one = p13_pinned.pinned(on, is_pinned=True, rate=100, length=1, full=MOMENT)
    _is_whole(one.round)
    assert len(one.pace.taken) == 100
    assert one.left == 0


@long_form
@pytest.mark.postgres
def test_each_update_comes_to_each_socket_once() -> None:
    size = p09_live.Size(bursts=((20, 10),), paces=((30, 20.0, 0.5),))
    with ground() as on:
        one = p09_live.told(on, p09_live.OURS, size)
    assert (one.expected, one.missed, one.twice, one.broken) == (20 * 10 + 30 * 10, 0, 0, 0)
    assert len(one.delays[30, 20.0]) == 30 * 10
    assert min(one.delays[30, 20.0]) > 0
    assert all(figure.met for figure in p09_live.compared([one], [one], "itself") if figure.target == "0")


@long_form
@pytest.mark.postgres
def test_p9_each_change_of_a_task_comes_to_each_of_its_board_s_sockets_once() -> None:
    size = p09_live.Size(bursts=(), paces=((60, 20.0, 0.5),))
    with ground() as on:
        one = p09_live.told(on, p09_board.BOARD, size)
    assert (one.expected, one.missed, one.twice, one.broken) == (60 * 10, 0, 0, 0)
    assert min(one.delays[60, 20.0]) > 0
    assert [figure.met for figure in p09_board.figures([one]) if figure.target == "0"] == [True]


@long_form
@pytest.mark.postgres
def test_p10_no_list_is_stale_after_the_answer_to_a_write() -> None:
    with ground() as on:
        one = p10_cached.measured(on, p10_cached.OURS, tasks=50, length=MOMENT, connections=2)
    assert sum(read.writes for read in one.read.values()) > 2
    assert [figure.met for figure in p10_cached.figures([one], [one], 50) if figure.target == "0"] == [True]


def test_the_process_at_rest_is_measured() -> None:
    one = p12_idle.idle(rest=1, settle=0)
    assert 0 < one.again < 60
    assert one.memory > 10
    assert [figure.id for figure in p12_idle.figures([one])] == ["P12"] * 5


def test_the_table_has_a_line_for_each_figure_with_losses_as_they_are() -> None:
    lost = Figure(id="P0", what="speed", against="them", ours="1", peer="2", ratio=spread([1, 2], [2, 4]), met=False)
    lines = table([lost]).splitlines()
    assert lines[2] == "| P0 | speed | them | 1 | 2 | 0.50 (0.50 to 0.50) |  | no |"
    assert ratio([1, 3], [1, 1]) == 2


def test_every_workload_is_run_by_make_bench() -> None:
    folder = Path(p05_drain.__file__).parent
    assert sorted(file.stem for file in folder.glob("p[0-9]*.py")) == sorted(WORKLOADS)
