"""Webhooks over HTTP: who may have them, what is refused, and that a secret is shown once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from angarium.engine.delivery.public import Delivery, State
from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import make_person, make_token
from angarium.modules.projects import hooks
from angarium.modules.projects.models import Hook, Member, Project

from .asking import Api, refused, shown, with_token
from .deeds import project

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.org/angarium"
KEYS = {"id", "project", "url", "note", "events", "enabled", "because", "person", "created_at"}
MESSAGE_KEYS = {
    *("id", "webhook_id", "state", "because", "attempts", "due_at", "created_at", "sent_at", "operation", "event_id"),
    "payload",
}


@pytest.fixture
def staff(db: None) -> Api:
    return with_token(make_token())


@pytest.fixture
def made(db: None) -> Project:
    return project(hers=False)


def member(made: Project, role: str) -> Api:
    person = make_person(password=None)
    Member.objects.create(project=made, person=person.pk, role=role)
    return with_token(make_token(person=person))


def enter(api: Api, made: Project | None, **changes: Any) -> Any:
    return api("POST", "/hooks/", {"url": URL, "project": made and made.pk, **changes})


def test_one_is_entered_and_its_secret_shown_once(staff: Api, made: Project) -> None:
    answer = enter(staff, made, note="Доска", events=["task.created"])
    body = shown(answer)
    secret = body.pop("secret")
    assert (answer.status_code, set(body), answer["Cache-Control"]) == (201, KEYS, "no-store")
    assert secret.startswith("whsec_")
    assert (body["project"], body["url"], body["note"], body["events"]) == (made.pk, URL, "Доска", ["task.created"])
    assert (body["enabled"], body["because"], body["person"]) == (True, "", None)
    assert shown(staff("GET", answer["Location"])) == body
    assert _listed(staff) == [body]
    renewed = shown(staff("POST", f"/hooks/{body['id']}/secret/"))
    assert renewed["secret"] != secret


def test_a_repeated_key_is_no_way_to_see_a_secret_again(staff: Api, made: Project) -> None:
    first = staff("POST", "/hooks/", {"url": URL, "project": made.pk}, idempotency_key="k")
    second = staff("POST", "/hooks/", {"url": URL, "project": made.pk}, idempotency_key="k")
    assert shown(first)["secret"] != shown(second)["secret"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://localhost:9000"}, "url"),
        ({"url": "http://example.org"}, "url"),
        ({"url": "https://u:p@example.org"}, "url"),
        ({"url": 5}, "url"),
        ({"url": "https://example.org/" + "x" * 2000}, "url"),
        ({"events": ["task.exploded"]}, None),
        ({"events": "task.created"}, "events"),
        ({"events": [{}]}, None),
        ({"project": 10**6}, "project"),
        ({"project": "1"}, "project"),
        ({"note": "x" * 256}, "note"),
        ({"secret": "whsec_mine"}, "secret"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(
    staff: Api, made: Project, changes: dict[str, Any], field: str | None
) -> None:
    refused(enter(staff, made, **changes), 400, field=field)
    assert not Hook.objects.exists()


def test_it_is_changed_switched_and_deleted(staff: Api, made: Project) -> None:
    path = f"/hooks/{shown(enter(staff, made))['id']}/"
    body = shown(staff("PATCH", path, {"enabled": False, "note": "Новая", "events": ["report.generated"]}))
    assert (body["enabled"], body["note"], body["events"]) == (False, "Новая", ["report.generated"])
    assert body["because"].startswith("Switched off by token-")
    refused(staff("POST", f"{path}ping/"), 409, "hook_off")
    refused(staff("PATCH", path, {"url": "https://10.0.0.1"}), 400, field="url")
    body = shown(staff("PATCH", path, {"enabled": True, "project": 77}))
    assert (body["enabled"], body["because"], body["project"]) == (True, "", made.pk)
    assert staff("DELETE", path).status_code == 204
    refused(staff("GET", path), 404, "no_hook")


def test_the_policy_is_that_of_owning_a_project(staff: Api, made: Project) -> None:
    """Owners and staff have webhooks; anybody else sees none, and nobody but staff has one for all projects."""
    row = shown(enter(staff, made))
    everything = shown(enter(staff, None))
    owner, stranger = member(made, "owner"), with_token(make_token(person=make_person(password=None)))
    others = [member(made, "editor"), member(made, "viewer"), stranger]
    paths = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "secret/"), ("POST", "ping/"), ("GET", "deliveries/")]
    for api in others:
        assert _listed(api) == []
        for method, rest in paths:
            refused(api(method, f"/hooks/{row['id']}/{rest}", {} if method == "PATCH" else None), 404, "no_hook")
        refused(enter(api, None), 403, "not_yours")
    refused(enter(others[0], made), 403, "not_yours")
    refused(enter(others[2], made), 400, "unknown_project", field="project")
    assert [one["id"] for one in _listed(owner)] == [row["id"]]
    refused(owner("GET", f"/hooks/{everything['id']}/"), 404, "no_hook")
    refused(enter(owner, None), 403, "not_yours")
    assert enter(owner, made).status_code == 201
    reads = with_token(make_token("projects:read", person=make_person(role=Role.STAFF, password=None)))
    refused(enter(reads, made), 403)
    assert _listed(reads) == []
    for method, rest in paths:
        refused(with_token("none-such")(method, f"/hooks/{row['id']}/{rest}"), 401)


def _listed(api: Api, path: str = "/hooks/") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shown(api("GET", path))["results"]
    return found


def test_its_messages_are_listed_and_sent_again_when_they_have_ended(staff: Api, made: Project) -> None:
    id = shown(enter(staff, made))["id"]
    path = f"/hooks/{id}/deliveries/"
    sent = staff("POST", f"/hooks/{id}/ping/")
    body = shown(sent)
    assert (sent.status_code, set(body), body["state"]) == (202, MESSAGE_KEYS, "queued")
    assert body["payload"].startswith('{"type":"ping","timestamp":"')
    refused(staff("POST", f"{path}{body['id']}/replay/"), 409, "still_under_way")
    Delivery.objects.update(state=State.SENT)
    again = shown(staff("POST", f"{path}{body['id']}/replay/"))
    assert (again["webhook_id"], again["payload"]) == (body["id"], body["payload"])
    assert again["id"] != body["id"]
    assert [one["id"] for one in _listed(staff, path)] == [again["id"], body["id"]]
    refused(staff("POST", f"{path}{uuid4()}/replay/"), 404, "no_such_delivery")
    other = shown(enter(staff, made))["id"]
    refused(staff("POST", f"/hooks/{other}/deliveries/{body['id']}/replay/"), 404, "no_such_delivery")


def test_a_project_has_so_many_and_no_more(staff: Api, made: Project) -> None:
    Hook.objects.bulk_create(Hook(project=made, url=URL, seed="x") for _ in range(hooks.MOST))
    refused(enter(staff, made), 409, "too_many_hooks")
    assert enter(staff, None).status_code == 201
