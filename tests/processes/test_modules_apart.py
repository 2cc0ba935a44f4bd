"""Projects alone as microservices, and beside lessons that run elsewhere: own databases, own brokers, nothing lost.

The one down is so for seconds here; with PROVE=1 for a minute, with lessons entered all the while.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.deployment.listening import frames, socket, until
from tests.faults.scene import LONG
from tests.processes.apart import DUE, FORWARDED, Apart, apart
from tests.servers.polling import eventually

pytestmark = pytest.mark.postgres
WHEN = {"due_date": DUE}
DOWN = 60.0 if LONG else 0.0
LESSONS = 100 if LONG else 6


@pytest.fixture(scope="module")
def running() -> Iterator[Apart]:
    with apart() as made:
        yield made


def test_pm_22_projects_alone_answer_at_the_root_and_know_no_other_module(running: Apart) -> None:
    ask, good = running.projects.ask, running.projects.good
    project = good("POST", "/projects/", {"name": "Сайт"}).json["id"]
    task = good("POST", "/tasks/", {"project": project, "title": "Макет", **WHEN}).json["id"]
    good("POST", f"/tasks/{task}/comments/", {"author": "Анна", "content": "Готово?"})
    good("PUT", f"/projects/{project}/", {"name": "Новый сайт"})
    good("PUT", f"/tasks/{task}/", {"project": project, "title": "Макет", "status": "in_progress", **WHEN})
    for path in ("/projects/", f"/projects/{project}/", "/tasks/", f"/tasks/{task}/", f"/tasks/{task}/comments/"):
        assert good("GET", path).json == good("GET", f"/api/projects{path}").json
    assert good("GET", f"/tasks/{task}/comments/").json[0]["content"] == "Готово?"
    assert [ask("DELETE", f"/{path}/").status for path in (f"tasks/{task}", f"projects/{project}")] == [204, 204]
    assert [ask("GET", f"/{path}/").status for path in (f"tasks/{task}", f"projects/{project}")] == [404, 404]
    assert [ask("GET", path).status for path in ("/lessons/", "/api/lessons/lessons/", "/client/")] == [404] * 3
    tables = running.projects.rows("select table_name from information_schema.tables where table_schema = 'public'")
    assert not [name for (name,) in tables if name.startswith(("lessons_", "mailings_"))]


def test_pm_22_each_role_of_projects_is_a_process_of_its_own(running: Apart) -> None:
    there = "select role, pid from tasks_process"
    roles = {"web", "live", "worker", "beat", "relay"}
    eventually(lambda: {role for role, _ in running.projects.rows(there)} == roles, within=15)
    assert len({pid for _, pid in running.projects.rows(there)}) == 5


def test_pm_08_23_work_travels_through_rabbitmq(running: Apart) -> None:
    assert running.waited["projects"] > 0
    eventually(lambda: running.rabbit.listed().get("projects") == 0, what=running.rabbit.listed)
    assert running.rabbit.kinds()["projects"] == "quorum"


@pytest.mark.parametrize(
    "how",
    ["silent", pytest.param("stopped", marks=pytest.mark.skipif(not LONG, reason="starting RabbitMQ takes seconds"))],
)
def test_pm_18_without_a_broker_projects_are_written_and_seen_live(running: Apart, how: str) -> None:
    projects = running.projects
    with socket(projects.ports["live"], projects.token, "task:*") as connection:
        coming = frames(connection)
        next(coming)
        (running.rabbit.pause if how == "silent" else running.rabbit.stop)()
        try:
            answers = [
                projects.good("POST", "/tasks/", {"project": 1, "title": f"Без брокера {n}", **WHEN}) for n in range(3)
            ]
            answers += [projects.good("PATCH", f"/tasks/{one.json['id']}/", {"title": "Иначе"}) for one in answers]
            assert max(answer.seconds for answer in answers) < 2
            seen = until(coming, lambda seen: len([one for one in seen if one["type"] == "task.updated"]) == 3)
        finally:
            (running.rabbit.resume if how == "silent" else running.rabbit.start)()
    ids = [answer.json["id"] for answer in answers[:3]]
    assert [one["data"]["id"] for one in seen if one["type"] == "task.created"] == ids
    projects.good("DELETE", f"/tasks/{ids[0]}/")


def test_pm_22_what_happens_to_a_lesson_is_heard_by_projects_and_seen_live(running: Apart) -> None:
    projects = running.projects
    with socket(projects.ports["live"], projects.token, "task:*") as connection:
        coming = frames(connection)
        next(coming)
        id, _ = running.lessons.create_lesson("Алгебра")
        seen = until(coming, lambda seen: seen[-1]["type"] == "task.created")
    assert seen[-1]["data"]["title"] == "Prepare: Алгебра"  # made by the worker, told by another process
    assert running.prepared()["Алгебра"]["due_date"] == running.lessons.good("GET", f"/lessons/{id}").json["starts_at"]
    running.lessons.good("PATCH", f"/lessons/{id}", {"starts_at": "2031-02-03T09:00:00Z"})
    eventually(lambda: running.prepared()["Алгебра"]["due_date"] == "2031-02-03T09:00:00Z", what=running.prepared)
    running.lessons.good("POST", f"/lessons/{id}/cancellation", {})
    eventually(lambda: "Алгебра" not in running.prepared(), what=running.prepared)
    running.wait_until_received()


def test_pm_22_while_projects_are_down_lessons_go_on_and_nothing_is_lost(running: Apart) -> None:
    running.projects.kill("web", "worker", "relay")
    titles = lessons_entered(running, "при отсутствии", during=DOWN)
    running.projects.begin("web", "worker", "relay")
    nothing_lost_nothing_doubled(running, titles)


def test_pm_22_when_those_who_send_are_killed_nothing_is_lost_and_nothing_doubled(running: Apart) -> None:
    titles = lessons_entered(running, "при смерти")
    running.lessons.kill("worker")
    titles += lessons_entered(running, "без отправителя", during=DOWN)
    running.lessons.begin("worker")
    nothing_lost_nothing_doubled(running, titles)


def nothing_lost_nothing_doubled(running: Apart, titles: list[str]) -> None:
    """Both logs tell the same of lessons, and each of these lessons has its one task."""
    running.wait_until_received(within=60 + DOWN)
    assert sorted(running.lessons.rows(FORWARDED)) == sorted(running.projects.rows(FORWARDED))
    eventually(lambda: set(titles) <= set(running.prepared()), what=running.prepared)
    tasks = [title for (title,) in running.projects.rows("select title from projects_task")]
    assert [title for title in titles if tasks.count(f"Prepare: {title}") != 1] == []


@pytest.mark.skipif(not LONG, reason="in `make prove`")
def test_pm_22_a_broker_that_is_wiped_between_them_loses_nothing(running: Apart) -> None:
    running.projects.kill("worker")
    titles = lessons_entered(running, "стёрто")
    eventually(lambda: running.rabbit.listed().get("forwarded", 0) > 0, what=running.rabbit.listed)
    running.rabbit.empty()
    running.projects.begin("worker")
    running.wait_until_received()
    eventually(lambda: set(titles) <= set(running.prepared()), what=running.prepared)


def lessons_entered(running: Apart, of: str, *, during: float = 0.0) -> list[str]:
    """The titles of so many lessons; half of them are moved at once, and the others stay."""
    titles, began = [f"{of} {n}" for n in range(LESSONS)], time.monotonic()
    for n, title in enumerate(titles):
        id, _ = running.lessons.create_lesson(title)
        if n % 2:
            running.lessons.good("PATCH", f"/lessons/{id}", {"title": title, "duration_minutes": 45})
    eventually(lambda: time.monotonic() - began >= during, within=during + 1)
    return titles
