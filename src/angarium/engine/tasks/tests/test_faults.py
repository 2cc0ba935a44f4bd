"""Faults come where they were asked for, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.faults import arm, reached

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm("")


def work(*, claims: bool) -> None:
    """Two statements in one transaction and a third one alone, on a connection of its own."""
    try:
        if claims:
            reached("claim")
        with transaction.atomic():
            Operation.objects.count()
            Operation.objects.count()
        Operation.objects.count()
    finally:
        connection.close()


def stays(capsys: pytest.CaptureFixture[str], fault: str, *, claims: bool = True) -> list[str]:
    arm(fault)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work, claims=claims).result(10)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("point", ["before-sql", "after-sql", "before-commit", "after-commit"])
def test_a_boundary_of_sql_is_met_once_in_a_thread_that_works(capsys: pytest.CaptureFixture[str], point: str) -> None:
    assert stays(capsys, f"{point}:1:0") == [f"fault: staying at {point}"]
    assert stays(capsys, f"{point}:1:0", claims=False) == []
    assert stays(capsys, f"{point}:100:0") == []


def test_each_statement_is_a_boundary_and_a_commit_is_one_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    begins = 0 if connection.vendor == "postgresql" else 1  # SQLite is told BEGIN by a statement
    assert stays(capsys, f"before-sql:{3 + begins}:0") != []
    assert stays(capsys, f"before-sql:{4 + begins}:0") == []
    assert stays(capsys, "before-commit:2:0") == []


def test_a_point_that_nobody_asked_for_is_passed(capsys: pytest.CaptureFixture[str]) -> None:
    assert stays(capsys, "claimed:1:0") == []
    arm("")
    reached("claimed")
    assert capsys.readouterr().out == ""
