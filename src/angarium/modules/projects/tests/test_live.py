"""What is heard of projects: which frames there are, and that each way of writing is told once, after its commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from angarium.contracts.projects import ReportGenerated
from angarium.engine.api.public import module_of
from angarium.engine.events.public import publish
from angarium.engine.identity.public import Person, create_token
from angarium.engine.identity.testing import client_signed_in, client_with_token, make_person, make_token
from angarium.engine.live import connection as connections
from angarium.engine.live.place import here
from angarium.engine.live.public import live_application
from angarium.engine.live.reading import read_on
from angarium.engine.live.tests.client import Listener, Message, refused
from angarium.engine.live.tests.serving import hang_up, nothing, relay
from angarium.modules.projects import actions
from angarium.modules.projects.live import COMMENTS, PROJECTS, REPORTS, TASKS
from angarium.modules.projects.models import Comment, Member, Project, Task
from tests.servers import asgi

from .deeds import STAFF

Listen = Callable[..., Listener]
Told = tuple[str, str, tuple[str, ...], dict[str, Any]]
NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
HOST = {"Host": "projects.localhost"}
FORM = {f"comments-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}


def new_task(project: Project | None = None, **values: Any) -> Task:
    made = project or Project.objects.create(name="Сайт")
    return Task.objects.create(**{"project": made, "title": "Макет", "due_date": NOON, **values})


def told_by(deed: Callable[[], object]) -> list[Told]:
    """The frames of a deed: type, topic, other topics, data."""
    relay()
    place = here()
    deed()
    relay()
    return [(one.kind, one.topic, one.routes[1:], one._data) for one in read_on(place).frames if one.log == "events"]


def of_task(task: Task, **values: Any) -> dict[str, Any]:
    told = {"title": "Макет", "status": "pending", "due_date": "2030-03-04T12:00:00Z"}
    return {"id": task.pk, "project": task.project_id, **told, **values}


@pytest.mark.django_db
def test_pm_13_what_is_told_of_a_task() -> None:
    project, ann = Project.objects.create(name="Сайт"), make_person()
    Member.objects.create(project=project, person=ann.pk)
    [(kind, topic, also, data)] = told_by(
        lambda: actions.create_task(by=STAFF, project=project.pk, title="Макет", due_date=NOON)
    )
    task = Task.objects.get()
    me, around = f"task:{task.pk}", (f"project:{project.pk}",)
    assert (kind, topic, also, data) == ("task.created", me, around, of_task(task, rank=None, assignee=None))
    about = {"id": task.pk, "project": project.pk}
    assert told_by(lambda: actions.edit_task(task.pk, by=STAFF, title="Текст", status="completed")) == [
        ("task.updated", me, around, of_task(task, title="Текст", status="completed"))
    ]
    assert told_by(lambda: actions.edit_task(task.pk, by=STAFF, title="Текст")) == []
    assert told_by(lambda: actions.place_task(task.pk, by=STAFF, status="completed")) == [
        ("task.placed", me, around, {**about, "rank": "i"})
    ]
    assert told_by(lambda: actions.assign_task(task.pk, by=STAFF, person=ann.pk)) == [
        ("task.assigned", me, around, {**about, "assignee": str(ann.pk)})
    ]
    assert told_by(lambda: actions.delete_task(task.pk, by=STAFF)) == [
        ("task.assigned", me, around, {**about, "assignee": None}),
        ("task.deleted", me, around, of_task(task, title="Текст", status="completed")),
    ]


@pytest.mark.django_db
def test_pm_13_what_is_told_of_comments_and_projects() -> None:
    task = new_task()
    [(kind, topic, also, data)] = told_by(
        lambda: actions.add_comment(task.pk, by=STAFF, author="Ира", content="ю" * 700)
    )
    said = Comment.objects.get()
    about = {"id": task.pk, "project": task.project_id, "comment_id": said.pk}
    around = (f"task:{task.pk}", f"project:{task.project_id}")
    assert (kind, topic, also) == ("task.commented", f"comment:{said.pk}", around)
    assert data == {**about, "author": "Ира", "content": "ю" * 500}
    of_project = {"id": task.project_id, "name": "Портал"}
    assert told_by(lambda: actions.edit_project(task.project_id, by=STAFF, name="Портал")) == [
        ("project.updated", f"project:{task.project_id}", (), of_project)
    ]
    assert told_by(lambda: actions.delete_project(task.project_id, by=STAFF)) == [
        ("comment.deleted", f"comment:{said.pk}", around, about),
        ("task.deleted", f"task:{task.pk}", around[1:], of_task(task)),
        ("project.deleted", f"project:{task.project_id}", (), of_project),
    ]


@pytest.mark.django_db
def test_pm_14_what_is_told_of_a_report() -> None:
    counts = {"pending": 2, "in_progress": 1, "completed": 0, "overdue": 1}
    fact = ReportGenerated(report_id=5, project_id=3, name="Сайт", day=date(2030, 3, 4), **counts)

    def generate() -> None:
        with transaction.atomic():
            publish(fact)

    data = {"id": 5, "project": 3, "name": "Сайт", "day": "2030-03-04", **counts}
    assert told_by(generate) == [("report.generated", "report:5", ("project:3",), data)]


@pytest.mark.django_db
def test_whom_a_project_concerns_whatever_its_number_is() -> None:
    task, ann = new_task(), make_person()
    said = Comment.objects.create(task=task, author="Ира", content="Готово")
    Member.objects.create(project=task.project, person=ann.pk)
    assert PROJECTS.audience(str(task.project_id)) == {ann.pk}
    assert TASKS.audience(str(task.pk)) == {ann.pk}
    assert COMMENTS.audience(str(said.pk)) == {ann.pk}
    for topic in (PROJECTS, TASKS, COMMENTS, REPORTS):
        for text in ("", "x", "-1", "0", "9" * 40, "\x00", "٣", "777"):
            assert topic.audience(text) == set(), (topic.name, text)


@pytest.fixture
def port(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where live connections are served."""
    monkeypatch.setattr(connections.turnstile, "_left", type(connections.turnstile._left)())
    relay()
    with asgi.served(live_application(nothing, module_of=module_of)) as number:
        yield number
    hang_up()


@pytest.fixture
def listen(port: int) -> Iterator[Listen]:
    """Connects to the module's own host."""
    made: list[Listener] = []

    def connect(**words: Any) -> Listener:
        made.append(Listener(port, headers=HOST, **words))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def heard(frame: Message) -> tuple[str, int]:
    return frame["type"], frame["data"]["id"]


class Writers:
    """Each way to write, with what is heard of it."""

    def __init__(self, api: Client, admin: Client) -> None:
        self.api, self.admin = api, admin
        self.project = Project.objects.create(name="Сайт")
        self.body = {"project": self.project.pk, "title": "Макет", "due_date": "2030-03-04T12:00:00Z"}

    def ask(self, method: str, path: str, status: int, body: Any = None) -> Any:
        found = getattr(self.api, method)(f"/api/projects{path}", body, content_type="application/json")
        assert found.status_code == status, found.content
        return found.json() if found.content else None

    def by_api(self) -> list[tuple[str, int]]:
        id = self.ask("post", "/tasks/", 201, self.body)["id"]
        self.ask("put", f"/tasks/{id}/", 200, {**self.body, "title": "PUT"})
        self.ask("patch", f"/tasks/{id}/", 200, {"status": "completed"})
        self.ask("post", f"/tasks/{id}/comments/", 201, {"author": "Ира", "content": "Готово"})
        self.ask("delete", f"/tasks/{id}/", 204)
        kinds = ("task.created", "task.updated", "task.updated", "task.commented", "comment.deleted", "task.deleted")
        return [(kind, id) for kind in kinds]

    def by_admin(self) -> list[tuple[str, int]]:
        form = {"project": self.project.pk, "title": "Из формы", "status": "pending", **FORM}
        due = {"due_date_0": "2030-03-04", "due_date_1": "12:00:00"}
        assert self.admin.post(reverse("admin:projects_task_add"), {**form, **due}).status_code == 302
        id = Task.objects.latest("id").pk
        page = reverse("admin:projects_task_change", args=[id])
        assert self.admin.post(page, {**form, **due, "status": "completed"}).status_code == 302
        page = reverse("admin:projects_task_delete", args=[id])
        assert self.admin.post(page, {"post": "yes"}).status_code == 302
        return [(kind, id) for kind in ("task.created", "task.updated", "task.deleted")]

    def by_orm(self) -> list[tuple[str, int]]:
        made = new_task(self.project)
        id = made.pk
        made.title = "Из оболочки"
        made.save()
        made.comments.create(author="Ира", content="Готово")
        made.delete()
        kinds = ("task.created", "task.updated", "task.commented", "comment.deleted", "task.deleted")
        return [(kind, id) for kind in kinds]

    def in_bulk(self) -> list[tuple[str, int]]:
        rows = [Task(project=self.project, title=f"{number}", due_date=NOON) for number in range(3)]
        made = [row.pk for row in Task.objects.bulk_create(rows)]
        chosen = Task.objects.filter(pk__in=made)
        chosen.update(status="completed")
        again = list(chosen)
        for row in again:
            row.title = f"{row.title}!"
        Task.objects.bulk_update(again, ["title"])
        chosen.delete()
        kinds = ("task.created", "task.updated", "task.updated", "task.deleted")
        return [(kind, id) for kind in kinds for id in made]


def test_pm_13_each_way_of_writing_is_heard_by_all_who_listen_in_order_and_once(listen: Listen) -> None:
    boss = make_person(role="staff")  # type: ignore[arg-type]
    writers = Writers(client_with_token(), client_signed_in(boss))
    relay()
    both = [listen(token=make_token()) for _ in range(2)]
    assert both[0].welcome["topics"] == ["comment:*", "project:*", "report:*", "task:*"]
    for write in (writers.by_api, writers.by_admin, writers.by_orm, writers.in_bulk):
        wanted = write()
        relay()
        for one in both:
            frames = one.frames(len(wanted), "events")
            assert [frame["type"] for frame in frames] == [kind for kind, _ in wanted], write.__name__
            assert sorted(map(heard, frames)) == sorted(wanted), "of rows that went together any may be the first"
            assert all(frame["ts"] and frame["position"] for frame in frames)
            assert one.silent("events")


def test_pm_13_what_is_rolled_back_is_not_heard_and_what_is_open_not_before_its_commit(listen: Listen) -> None:
    project = Project.objects.create(name="Сайт")
    relay()
    listener, api = listen(token=make_token()), client_with_token()
    with transaction.atomic():
        new_task(project)
        transaction.set_rollback(True)
    relay()
    assert listener.silent("events")
    with transaction.atomic():
        made = new_task(project)
        assert listener.silent("events"), "it is not committed yet"
    relay()
    (frame,) = listener.frames(1, "events")
    assert heard(frame) == ("task.created", made.pk)
    assert api.get(f"/api/projects/tasks/{made.pk}/").json()["title"] == "Макет"
    assert api.get("/api/projects/tasks/").json()[-1]["id"] == made.pk
    made.delete()
    relay()
    listener.frames(1, "events")
    assert api.get(f"/api/projects/tasks/{frame['data']['id']}/").status_code == 404


def test_pm_13_a_project_that_goes_tells_of_each_of_its_tasks_also_to_its_members(listen: Listen) -> None:
    ann = make_person()
    project = Project.objects.create(name="Сайт")
    Member.objects.create(project=project, person=ann.pk, role="owner")
    ids = [new_task(project, title=f"{number}").pk for number in range(30)]
    Comment.objects.create(task_id=ids[0], author="Ира", content="Готово")
    relay()
    board = {"topics": [f"project:{project.pk}"]}
    listeners = [listen(token=make_token(person=ann)), listen(token=make_token(person=ann), hello=board)]
    listeners += [listen(token=make_token()), listen(token=make_token(), hello=board)]
    actions.delete_project(project.pk, by=STAFF)
    relay()
    for one in listeners:
        first, *tasks, last = [heard(frame) for frame in one.frames(len(ids) + 2, "events")]
        assert (first, last) == (("comment.deleted", ids[0]), ("project.deleted", project.pk))
        assert sorted(tasks) == [("task.deleted", id) for id in ids]
        assert one.silent("events")


def test_pm_b1_what_may_be_read_may_be_heard_and_nothing_else(listen: Listen) -> None:
    """The policy of the API, asked by topics: a member, another one, a token without the scope, a service."""
    ann, ben = make_person(), make_person()
    mine = Project.objects.create(name="Сайт")
    Member.objects.create(project=mine, person=ann.pk)
    task = new_task(mine)
    relay()
    names = [f"project:{mine.pk}", f"task:{task.pk}", "task:*"]

    def granted(secret: str) -> list[str]:
        topics: list[str] = listen(token=secret, hello={"topics": names}).welcome["topics"]
        return topics

    def of(person: Person, *scopes: str) -> str:
        return create_token(f"{person}{scopes}", scopes, person=person)[1]

    assert granted(of(ann, "projects:read")) == sorted(names)
    assert granted(make_token("projects:read")) == sorted(names)
    assert granted(of(ben, "*")) == ["task:*"]
    stranger = listen(token=make_token("lessons:read", person=ann))
    other = listen(token=of(ben, "projects:read"))
    task.title = "Текст"
    task.save()
    relay()
    assert stranger.silent("events")
    assert other.silent("events")


def test_pm_12_in_the_open_form_it_is_enough_to_connect_and_elsewhere_it_is_not(
    port: int, listen: Listen, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from angarium.engine.live import socket as sockets

    monkeypatch.setattr(sockets, "TIME_TO_SAY_WHO", 0.2)
    assert listen(wait=False).closed() == 4401
    assert listen(hello={"token": "ang_wrong"}, wait=False).closed() == 4401
    status, _ = refused(port, HOST, path="/ws/other/")
    assert status == 404
    make_person("user")
    settings.ANGARIUM_OPEN = True
    nobody = listen()
    task = new_task()
    relay()
    assert [heard(frame) for frame in nobody.frames(2, "events")] == [
        ("project.created", task.project_id),
        ("task.created", task.pk),
    ]
