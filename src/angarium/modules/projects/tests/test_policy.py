"""One policy: every route and method, asked by everybody there can be, over HTTP. What is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person, Principal, of_person
from angarium.engine.identity.testing import client_signed_in, make_token
from angarium.modules.projects import queries
from angarium.modules.projects.api.urls import urlpatterns
from angarium.modules.projects.models import Assignment, Comment, Member, Place, Project, Task

from .asking import NOON, Api, refused, somebody, with_token

pytestmark = pytest.mark.django_db
ROWS = (Project, Task, Comment, Place, Assignment, Member)

#: In this order each may do what those before it may. `hears` is a member's token that only reads.
WHO = ("nobody", "stranger", "hears", "viewer", "editor", "owner", "staff", "service", "open")
SEES = frozenset(WHO) - {"nobody", "stranger"}
COMMENTS = SEES - {"hears"}
CHANGES = COMMENTS - {"viewer"}
OWNS = CHANGES - {"editor"}
BEGINS = frozenset(WHO) - {"nobody", "hears"}
#: Routes that no acceptance table has; the open form is for those alone that one has.
BESIDE = {"members", "member", "place", "assignment"}


@dataclass(frozen=True)
class Route:
    """A method of a route of the API, its body, who may use it, and the status of success."""

    name: str
    method: str
    path: str
    may: frozenset[str]
    status: int = 200
    body: Any = None


TASK = {"project": "{project}", "title": "Новая", "due_date": "2030-03-04T12:00:00Z"}
ROUTES = (
    Route("projects", "GET", "/projects/", frozenset(WHO) - {"nobody"}),
    Route("projects", "POST", "/projects/", BEGINS, 201, {"name": "Новый"}),
    Route("project", "GET", "/projects/{project}/", SEES),
    Route("project", "PUT", "/projects/{project}/", CHANGES, 200, {"name": "Иначе"}),
    Route("project", "PATCH", "/projects/{project}/", CHANGES, 200, {"description": "Иначе"}),
    Route("project", "DELETE", "/projects/{project}/", OWNS, 204),
    Route("members", "GET", "/projects/{project}/members/", SEES),
    Route("members", "PUT", "/projects/{project}/members/", OWNS, 200, {"person": "{other}", "role": "viewer"}),
    Route("member", "DELETE", "/projects/{project}/members/{other}/", OWNS, 204),
    Route("tasks", "GET", "/tasks/", frozenset(WHO) - {"nobody"}),
    Route("tasks", "POST", "/tasks/", CHANGES, 201, TASK),
    Route("task", "GET", "/tasks/{task}/", SEES),
    Route("task", "PUT", "/tasks/{task}/", CHANGES, 200, TASK),
    Route("task", "PATCH", "/tasks/{task}/", CHANGES, 200, {"status": "completed"}),
    Route("task", "DELETE", "/tasks/{task}/", CHANGES, 204),
    Route("comments", "GET", "/tasks/{task}/comments/", SEES),
    Route("comments", "POST", "/tasks/{task}/comments/", COMMENTS, 201, {"author": "Ира", "content": "Да"}),
    Route("place", "POST", "/tasks/{task}/place/", CHANGES, 200, {"status": "completed"}),
    Route("assignment", "PUT", "/tasks/{task}/assignment/", CHANGES, 200, {"person": None}),
)
#: Whose routes these are has tests of its own for them.
ELSEWHERE = {"reminders", "choices", "hooks", "hook", "deliveries", "delivery", "replay", "secret"}


class Scene:
    """A project with a task; `api(who)` asks as one of WHO."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.project = Project.objects.create(name="Сайт")
        self.task = Task.objects.create(project=self.project, title="Макет", due_date=NOON)
        self.other = somebody()
        self.words = {"project": self.project.pk, "task": self.task.pk, "other": self.other.pk}

    def member(self, role: str) -> Person:
        person = somebody()
        Member.objects.create(project=self.project, person=person.pk, role=role)
        return person

    def api(self, who: str) -> Api:
        made: dict[str, Callable[[], Api]] = {
            "nobody": lambda: Api(Client(raise_request_exception=False)),
            "stranger": lambda: Api(client_signed_in(somebody())),
            "hears": lambda: with_token(make_token("projects:read", person=self.member("owner"))),
            "viewer": lambda: with_token(make_token(person=self.member("viewer"))),
            "editor": lambda: Api(client_signed_in(self.member("editor"))),
            "owner": lambda: with_token(make_token("projects:write", "projects:read", person=self.member("owner"))),
            "staff": lambda: Api(client_signed_in(somebody(role="staff"))),
            "service": lambda: with_token(make_token()),
            "open": self.in_the_open_form,
        }
        return made[who]()

    def in_the_open_form(self) -> Api:
        somebody("user")
        self.settings.ANGARIUM_OPEN = True
        return Api(Client(raise_request_exception=False))

    def fill(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.fill(one) for name, one in value.items()}
        if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
            found = self.words[value[1:-1]]
            return found if isinstance(found, int) else str(found)
        return value


@pytest.fixture
def scene(db: None, settings: Any) -> Scene:
    return Scene(settings)


def state() -> list[Any]:
    """All rows, and how much the log has."""
    return [*(list(model.objects.order_by("pk").values()) for model in ROWS), Event.objects.count()]


CASES = [pytest.param(*case, id=f"{case[0].method} {case[0].path} {case[1]}") for case in product(ROUTES, WHO)]


@pytest.mark.parametrize(("route", "who"), CASES)
def test_pm_b8_who_may_do_what(scene: Scene, route: Route, who: str) -> None:
    api = scene.api(who)
    may = who in route.may and not (who == "open" and route.name in BESIDE)
    before = state()
    answer = api(route.method, route.path.format(**scene.words), scene.fill(route.body))
    if may:
        assert answer.status_code == route.status, answer.content
        return
    refused(answer, 401 if who in {"nobody", "open"} else _refusal(route, who))
    assert state() == before


def _refusal(route: Route, who: str) -> int:
    """Who sees it is told that he may not; to others it is not there. A project named in a body is a wrong value."""
    if who in SEES:
        return 403
    return 400 if route.name == "tasks" else 404


def test_pm_19_every_route_of_the_api_is_asked() -> None:
    asked = {route.name for route in ROUTES}
    routes = {str(one.name) for one in urlpatterns if isinstance(one, URLPattern)}
    assert asked <= routes
    assert routes - asked <= ELSEWHERE | {name for name in routes if name.startswith("hook")}


@pytest.mark.parametrize("who", WHO)
def test_pm_b8_lists_hold_exactly_what_one_may_see(scene: Scene, who: str) -> None:
    hidden = Project.objects.create(name="Чужой")
    Task.objects.create(project=hidden, title="Чужая", due_date=NOON)
    api = scene.api(who)
    whole = who in {"staff", "service", "open"}
    titles = {"/projects/": ("name", ["Сайт", "Чужой"]), "/tasks/": ("title", ["Макет", "Чужая"])}
    for path, (field, names) in titles.items():
        answer = api("GET", path)
        if who == "nobody":
            refused(answer, 401)
            continue
        expected = names if whole else names[:1] if who in SEES else []
        assert [one[field] for one in answer.json()] == expected
    if who in SEES and not whole:
        assert api("GET", f"/projects/{hidden.pk}/").status_code == 404
        assert api("GET", f"/tasks/?project={hidden.pk}").json() == []


@pytest.mark.parametrize("role", ["viewer", "editor", "owner", None])
def test_pm_b8_the_predicates_say_what_the_routes_do(scene: Scene, role: str | None) -> None:
    """Pages, letters and frames ask these: they must not differ from what HTTP grants."""
    person = scene.member(role) if role else somebody()
    by: Principal = of_person(person)
    id = scene.project.pk
    asked = [queries.may_comment(by, id), queries.may_change(by, id), queries.may_own(by, id)]
    assert asked == [(role or "stranger") in those for those in (COMMENTS, CHANGES, OWNS)]
    assert queries.projects_seen_by(by).exists() == (role is not None)


def test_a_task_cannot_be_taken_to_a_project_that_one_only_reads(scene: Scene) -> None:
    editor = scene.member("editor")
    other = Project.objects.create(name="Другой")
    api = with_token(make_token(person=editor))
    path = f"/tasks/{scene.task.pk}/"
    assert refused(api("PATCH", path, {"project": other.pk}), 400, "unknown_project", "project")
    Member.objects.create(project=other, person=editor.pk, role="viewer")
    refused(api("PATCH", path, {"project": other.pk}), 403, "not_yours")
    Member.objects.filter(project=other).update(role="editor")
    assert api("PATCH", path, {"project": other.pk}).status_code == 200


def test_the_open_form_is_closed_to_other_sites(scene: Scene) -> None:
    api = scene.in_the_open_form()
    refused(api("GET", "/projects/", sec_fetch_site="cross-site"), 401)
    refused(api("POST", "/projects/", {"name": "x"}, sec_fetch_site="cross-site"), 401)
