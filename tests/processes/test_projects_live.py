"""`/ws/notifications/` of projects as scripts and boards use it: an instance of its own, and two hundred who listen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from angarium.engine.live.tests.client import Listener, Message, refused
from tests.processes.instance import Instance
from tests.processes.live_crowd import crowd
from tests.processes.project_scene import Board, deaf

LONG = bool(os.environ.get("PROVE"))
HOST = {"Host": "projects.localhost"}
#: Changes in the midst of which readers hang up, how often they do, and how often the server is killed meanwhile.
CHANGES, DROPS, KILLS = (10_000, 5_000, 4) if LONG else (80, 100, 0)
SOCKETS, STREAMS = 180, 20
#: Writes in many ways, and takes one of them back; prints the numbers of the tasks.
SHELL = """
from datetime import datetime, UTC
from django.db import transaction
from angarium.modules.projects.models import Project, Task
due, project = datetime(2030, 3, 4, 12, tzinfo=UTC), Project.objects.get(name="Сайт")
with transaction.atomic():
    Task.objects.create(project=project, title="Never", due_date=due)
    transaction.set_rollback(True)
one = Task.objects.create(project=project, title="Shell", due_date=due)
two = Task.objects.bulk_create([Task(project=project, title=title, due_date=due) for title in "AB"])
ids = [one.pk, *(task.pk for task in two)]
Task.objects.filter(pk__in=ids).update(status="completed")
Task.objects.filter(pk__in=ids).delete()
print("ids", *ids)
"""


@pytest.fixture(scope="module")
def board(seeded: Instance) -> Iterator[Board]:
    made = Board(seeded.copy())
    yield made
    made.process.kill()
    assert "Traceback" not in made.process.output, made.process.output


@pytest.fixture
def both(board: Board) -> Iterator[list[Listener]]:
    """Two who know the host and the path, and nothing else."""
    with Listener(board.port, headers=HOST) as one, Listener(board.port, headers=HOST) as other:
        yield [one, other]


def events(one: Listener, number: int) -> list[tuple[str, Any]]:
    return [heard(frame) for frame in one.frames(number, "events")]


def heard(frame: Message) -> tuple[str, Any]:
    return frame["type"], frame["data"]["id"]


def test_pm_12_13_the_literal_addresses_as_a_script_types_them(board: Board, both: list[Listener]) -> None:
    assert refused(board.port, HOST, path="/ws/other/")[0] == 404
    project = board.literally("POST", "/projects/", {"name": "Дословно"}).json["id"]
    body = {"project": project, "title": "Задача", "due_date": "2030-03-04T12:00:00Z"}
    id = board.literally("POST", "/tasks/", body).json["id"]
    for one in both:
        assert events(one, 2) == [("project.created", project), ("task.created", id)]
    assert board.literally("GET", f"/tasks/{id}/").json["title"] == "Задача"
    board.literally("PUT", f"/api/tasks/{id}/", {**body, "title": "Иначе", "status": "completed"})
    board.literally("POST", f"/tasks/{id}/comments/", {"author": "Ира", "content": "Готово"})
    for one in both:
        changed, said = one.frames(2, "events")
        assert (heard(changed), heard(said)) == (("task.updated", id), ("task.commented", id))
        assert (changed["data"]["title"], changed["data"]["status"]) == ("Иначе", "completed")
        assert said["data"]["content"] == "Готово"
    assert board.literally("DELETE", f"/projects/{project}/").status == 204
    for one in both:
        assert events(one, 3) == [("comment.deleted", id), ("task.deleted", id), ("project.deleted", project)]
    assert board.literally("GET", f"/tasks/{id}/").status == 404


def test_pm_13_what_a_shell_writes_is_heard_and_what_it_takes_back_is_not(board: Board, both: list[Listener]) -> None:
    said = board.instance.run("shell", "-c", SHELL)
    ids = [int(word) for word in said.partition("ids ")[2].split()]
    wanted = [(kind, id) for kind in ("task.created", "task.updated", "task.deleted") for id in ids]
    for one in both:
        found = events(one, 9)
        assert (found[:6], sorted(found[6:])) == (wanted[:6], wanted[6:])


def test_pm_12_who_talks_nonsense_harms_nobody(board: Board, both: list[Listener]) -> None:
    endings: list[tuple[str | bytes, int]] = [(b"\x00\xff", 4000), ("x" * 2**20, 1009), (b"x" * 2**20, 4000)]
    for message, code in endings:
        with Listener(board.port, headers=HOST) as one:
            one.socket.send(message)
            assert one.closed() in {code, 1009}, message[:9]
    with Listener(board.port, headers=HOST) as one:
        for message in ("garbage", "[]", "null", '{"type": 7}', '{"type": "subscribe", "topics": {}}', "[" * 5000):
            one.socket.send(message)
            assert one.next("error")["code"], message
        id = board.enter()
        assert events(one, 1) == [("task.created", id)]
    for other in both:
        assert events(other, 1) == [("task.created", id)]


def test_pm_12_13_two_hundred_who_hang_up_and_come_back_miss_nothing_hear_nothing_twice_and_know_what_is(
    board: Board,
) -> None:
    """Beside them is one that never reads. The long form has ten thousand changes, and the server is killed in it."""
    within = 120 if LONG else 40
    board.process.kill()
    board.start(is_open=False)
    board.before = board.fresh()
    with crowd(board.port, board.visitors, streams=STREAMS, sockets=SOCKETS, restless=12, within=within) as readers:
        readers.drops = DROPS
        with deaf(board.port, board.instance.token) as still_there:
            for number in range(CHANGES):
                board.happen()
                if number % 40 == 39:
                    title = f"Веха {number}"
                    board.enter(title=title)
                    readers.wait_for_one(lambda one, title=title: knows(one.kept, title), within)  # type: ignore[misc]
            assert still_there()
            assert readers.ends["dropped"] >= min(DROPS, 60)
        for _ in range(KILLS):
            board.process.kill()
            board.start(is_open=False)
            for _ in range(50):
                board.happen()
        wrong = board.settled(readers, within)
    assert wrong == [], f"{len(wrong)}: {wrong[:20]}"


def knows(kept: Any, title: str) -> bool:
    return any(each.message.get("data", {}).get("title") == title for each in (kept or ())[-500:])
