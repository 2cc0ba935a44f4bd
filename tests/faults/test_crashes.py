"""A worker killed at every boundary of SQL in claim, effect and outcome: nothing is lost, nothing happens twice."""

from __future__ import annotations

import re

import pytest

from tests.faults.scene import LONG, Scene

#: Before and after each COMMIT, and before each statement. What is after a statement and before the next one, no
#: database can tell from the latter, so that only the long form does it. `make test` kills at commits alone on
#: SQLite, and on PostgreSQL, where it does so at statements too, an effect in the database and one outside of it.
POINTS = ["before-sql", "before-commit", "after-commit", *(["after-sql"] if LONG else [])]
ALONE = ["work.keep:1", "work.send:1", "lessons.notify_student:1", "delivery.deliver:1"]
MORE = [
    "work.keep:5",
    "work.send:3",
    "delivery.deliver:3",
    "work.stumble:1",
    "work.stumble:4",
    "work.never:1",
    "work.never:4",
]
FOUND = re.compile(r"^boundaries: (\S+ \d+ \S+) (\d+)$", re.MULTILINE)


@pytest.mark.parametrize("cases", [ALONE, MORE] if LONG else [ALONE], ids=lambda cases: cases[0])
def test_les_14_killed_at_every_boundary_of_sql_it_loses_nothing_and_does_nothing_twice(
    scene: Scene, cases: list[str]
) -> None:
    postgres = "DATABASE_URL" in scene.environment
    points = POINTS if LONG or postgres else POINTS[1:3]
    cases = cases[::3] if postgres and not LONG else cases
    output = scene.program("crashes", *points, "--", *cases, within=900)
    found = {name: int(number) for name, number in FOUND.findall(output)}
    assert len(found) == len(cases) * len(points)
    assert all(number >= (10 if "sql" in name else 2) for name, number in found.items()), found
    assert scene.breaches() == []
    assert {"queued", "running", "succeeded"} <= scene.seen()
