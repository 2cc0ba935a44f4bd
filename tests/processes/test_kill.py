"""LES-14: killed at every moment that matters and started again, it loses nothing and tells nobody twice. `make
test` goes through some kinds of moments, `make prove` through each early and late."""

from __future__ import annotations

import os
import random
import re
import signal
from collections import Counter

import pytest

from tests.processes.instance import Instance, eventually

PROVE = bool(os.environ.get("PROVE"))
LESSONS = 50
ENTER = f"""
from datetime import UTC, datetime, timedelta
from angarium.modules.lessons.models import Lesson
for number in range({LESSONS}):
    Lesson.objects.create(
        title=f"Урок {{number}}.", student_id=7, teacher_id=3,
        starts_at=datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=number),
    )
"""
#: (point, for the how-manieth time): the first piece of work, and one in the middle.
MOMENTS = [
    ("due", 1), ("claim", 1), ("claimed", 1), ("claimed", 9), ("written", 1), ("written", 5), ("effect", 1),
    ("effect", 3), ("outcome", 1), ("outcome", 10), ("committed", 1), ("committed", 12), ("ran", 1), ("ran", 7),
]  # fmt: skip
TOLD = re.compile(r"^Уведомление отправлено студенту 7 по уроку (Урок \d+\.)$", re.MULTILINE)


def open_operations(instance: Instance) -> list[tuple[str, str]]:
    """What has not succeeded; the reminders of lessons in 2030 wait for their time."""
    waits = "kind = 'lessons.remind' and state = 'scheduled'"
    return instance.rows(f"select kind, state from ledger_operation where state != 'succeeded' and not ({waits})")


@pytest.mark.parametrize("moments", [MOMENTS[::2], MOMENTS[1::2]] if PROVE else [MOMENTS[2::4]])
def test_les_14_killed_at_every_moment_each_student_is_told_once(
    seeded: Instance, moments: list[tuple[str, int]]
) -> None:
    instance = seeded.copy()
    instance.environment["LEASE_SECONDS"] = "2"
    instance.run("shell", "-c", ENTER)
    outputs = []
    for point, number in moments:
        with instance.start("up", ANGARIUM_FAULT=f"{point}:{number}") as process:
            assert process.wait(within=30) == -signal.SIGKILL, f"not killed at {point}:{number}: {process.output}"
            process.whole()
            outputs.append(process.output)
    dice = random.Random(14)
    for _ in range(2 if PROVE else 1):
        with instance.up() as process:
            process.wait_for(rf"(?:tasks\.ran[\s\S]*?){{{dice.randint(1, 6)}}}")
            process.kill()
            outputs.append(process.output)
    with instance.up() as process:
        eventually(
            lambda: (
                len(instance.rows("select id from delivery_delivery where channel = 'log' and state = 'sent'"))
                == LESSONS
                and not open_operations(instance)
            ),
            process,
            within=40,
        )
        process.terminate(within=5)
        process.whole()
        outputs.append(process.output)
    assert instance.rows("select count(*) from events_event where type like '%lesson_created%'") == [(LESSONS,)]
    keys = Counter(key for (key,) in instance.rows("select key from delivery_delivery where channel = 'log'"))
    assert len(keys) == LESSONS
    assert set(keys.values()) == {1}
    assert not open_operations(instance)
    lines = Counter(TOLD.findall("\n".join(outputs)))
    assert max(lines.values()) == 1
    # A line is told after its commit: killed just between the two, it is the row alone that says so.
    assert LESSONS - len(lines) < len(outputs)
