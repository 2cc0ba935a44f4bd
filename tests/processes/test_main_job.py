"""The main job: a lesson is entered and completed, its student is told once of each, however it was written."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.processes.instance import Instance, line, told, wait_told
from tests.servers.processes import Process


@pytest.fixture(scope="module")
def running(seeded: Instance) -> Iterator[tuple[Instance, Process]]:
    instance = seeded.copy()
    with instance.up() as process:
        yield instance, process


def test_les_04_a_lesson_entered_and_completed_by_http_is_told_twice(running: tuple[Instance, Process]) -> None:
    instance, process = running
    id, _ = instance.create_lesson("Алгебра")
    wait_told(process, "Алгебра")
    done = instance.ask("POST", f"/api/lessons/lessons/{id}/completion")
    assert done.status in (200, 201), done
    wait_told(process, "Алгебра", 2)
    assert instance.ask("POST", f"/api/lessons/lessons/{id}/completion").status == 409
    assert instance.ask("PATCH", f"/api/lessons/lessons/{id}", {"duration_minutes": 45}).status == 200
    instance.create_lesson("После алгебры")
    wait_told(process, "После алгебры")
    assert told(process.output, "Алгебра") == 2
    assert line("Алгебра") == "Уведомление отправлено студенту 7 по уроку Алгебра"


def test_the_operations_of_a_lesson_can_be_seen(running: tuple[Instance, Process]) -> None:
    instance, process = running
    instance.create_lesson("Видимая")
    wait_told(process, "Видимая")
    found = instance.ask("GET", "/api/operations/operations?kind=lessons.notify_student&state=succeeded")
    assert found.status == 200
    listed = found.json if isinstance(found.json, list) else found.json["results"]
    one = instance.ask("GET", f"/api/operations/operations/{listed[0]['id']}")
    assert one.status == 200
    assert [step["state"] for step in one.json["transitions"]] == ["queued", "running", "succeeded"]


def test_les_02_rows_written_in_a_shell_are_told_by_the_running_process(running: tuple[Instance, Process]) -> None:
    instance, process = running
    instance.run(
        "shell",
        "-c",
        "from datetime import UTC, datetime\n"
        "from angarium.modules.lessons.models import Lesson\n"
        "def rest(hour): return dict(student_id=7, teacher_id=3, starts_at=datetime(2030, 1, 1, hour, tzinfo=UTC))\n"
        "Lesson.objects.create(title='Из оболочки', **rest(0))\n"
        "Lesson.objects.create(title='Сразу проведён', status='completed', **rest(1))\n"
        "Lesson.objects.bulk_create([Lesson(title=f'Пачкой {n}', **rest(n + 2)) for n in range(3)])\n"
        "Lesson.objects.filter(title__startswith='Пачкой').update(status='completed')\n",
    )
    wait_told(process, "Из оболочки")
    for title in ("Сразу проведён", "Пачкой 0", "Пачкой 1", "Пачкой 2"):
        wait_told(process, title, 2)
    instance.create_lesson("После оболочки")
    wait_told(process, "После оболочки")
    assert told(process.output, "Из оболочки") == 1
    assert [told(process.output, f"Пачкой {n}") for n in range(3)] == [2, 2, 2]


def test_les_12_a_lesson_deleted_before_its_task_runs_ends_without_a_storm(seeded: Instance) -> None:
    instance = seeded.copy()
    instance.run(
        "shell",
        "-c",
        "from datetime import UTC, datetime\n"
        "from angarium.modules.lessons.models import Lesson\n"
        "start = datetime(2030, 1, 1, tzinfo=UTC)\n"
        "Lesson.objects.create(title='Удалён', student_id=7, teacher_id=3, starts_at=start)\n"
        "Lesson.objects.all().delete()\n",
    )
    with instance.up() as process:
        process.wait_for("lessons.lesson_gone")
        instance.create_lesson("Живой")
        wait_told(process, "Живой")
        assert told(process.output, "Удалён") == 0
        assert process.output.count("lessons.lesson_gone") == 1
    states = instance.rows("select state, claims from ledger_operation where kind = 'lessons.notify_student'")
    assert sorted(states) == [("cancelled", 1), ("succeeded", 1)]


def test_les_05_a_slow_channel_holds_up_nobody(seeded: Instance) -> None:
    instance = seeded.copy()
    with instance.up(ANGARIUM_FAULT="effect:1:30") as process:
        instance.create_lesson("Первый")  # its delivery stays for 30 s
        process.wait_for("fault: staying at effect")
        answers = [instance.create_lesson(f"Быстрый {n}")[1].seconds for n in range(10)]
        sys.stdout.write(f"POST beside a slow task: {sorted(answers)[5] * 1000:.0f} ms median\n")
        assert sorted(answers)[5] < 0.2
        held = "select count(*) from ledger_operation where kind = 'delivery.deliver' and state = 'running'"
        assert instance.rows(held) > [(0,)]
