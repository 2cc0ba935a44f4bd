"""What somebody chose: by the form, by the API, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from angarium.engine.identity.testing import client_signed_in, client_with_token
from angarium.modules.projects.choices import DEFAULTS, Reason, Way, Wishes
from angarium.modules.projects.choosing import wishes_of
from angarium.modules.projects.models import Choice

from .telling import project, somebody

PATH = "/api/projects/choices/"
pytestmark = pytest.mark.django_db


def put(person: Any, **body: Any) -> Any:
    client = client_with_token("*", person=person)
    return client.put(PATH, {"choices": [], **body}, content_type="application/json")


@pytest.mark.parametrize(
    ("chosen", "reason", "project", "way"),
    [
        ({}, Reason.STATUS, 7, Way.DIGEST),
        ({}, Reason.ASSIGNED, None, Way.EMAIL),
        ({(None, "status"): "none"}, Reason.STATUS, 7, Way.NONE),
        ({(None, "status"): "none", (7, "status"): "email"}, Reason.STATUS, 7, Way.EMAIL),
        ({(None, "status"): "none", (7, "status"): "email"}, Reason.STATUS, 8, Way.NONE),
        ({(7, "status"): "email"}, Reason.COMMENTED, 7, Way.EMAIL),
        ({(7, "assigned"): "digest"}, Reason.ASSIGNED, 8, Way.EMAIL),
    ],
)
def test_a_project_s_own_choice_goes_before_that_for_all_and_that_before_the_default(
    chosen: dict[Any, str], reason: Reason, project: int | None, way: Way
) -> None:
    assert Wishes(chosen=chosen).way(reason, project) == way


def test_every_reason_has_a_default_and_own_changes_are_off() -> None:
    assert set(DEFAULTS) == set(Reason)
    assert (Wishes().own_changes, Wishes().hour) == (False, 8)


def test_pm_b6_choices_are_put_and_read() -> None:
    ann = somebody("ann")
    mine = project(editor=ann)
    choices = [
        {"project": None, "reason": "commented", "way": "digest"},
        {"project": mine.pk, "reason": "commented", "way": "none"},
    ]
    answer = put(ann, hour=21, own_changes=True, choices=choices)
    assert (answer.status_code, answer.json()) == (200, {"hour": 21, "own_changes": True, "choices": choices})
    assert client_with_token("projects:read", person=ann).get(PATH).json() == answer.json()
    assert put(ann, choices=choices[:1]).json() == {"hour": 21, "own_changes": True, "choices": choices[:1]}
    assert put(ann).json()["choices"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"hour": 24},
        {"hour": -1},
        {"hour": "8"},
        {"own_changes": "yes"},
        {"choices": [{"project": None, "reason": "assigned"}]},
        {"choices": [{"project": None, "reason": "other", "way": "email"}]},
        {"choices": [{"project": None, "reason": "assigned", "way": "pigeon"}]},
        {"choices": [{"project": 0, "reason": "assigned", "way": "email"}]},
        {"choices": [{"project": 2**31 - 1, "reason": "assigned", "way": "email"}]},
        {"choices": [{"project": None, "reason": "assigned", "way": way} for way in ("email", "none")]},
        {"choices": "all"},
        {"choices": [1]},
        {"choices": None},
        {"colour": "red"},
    ],
)
def test_what_does_not_fit_is_400_and_nothing_is_written(body: dict[str, Any]) -> None:
    ann = somebody("ann")
    put(ann, hour=9, choices=[{"project": None, "reason": "status", "way": "none"}])
    answer = put(ann, **body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert wishes_of([ann.pk])[ann.pk] == Wishes(hour=9, chosen={(None, "status"): "none"})


def test_a_project_that_one_does_not_see_cannot_be_chosen_for() -> None:
    ann, other = somebody("ann"), project()
    answer = put(ann, choices=[{"project": other.pk, "reason": "status", "way": "none"}])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Choice.objects.exists()


def test_a_service_has_no_choices_and_nobody_is_asked_for_a_token(client: Any) -> None:
    assert client_with_token("*").get(PATH).status_code == 404
    assert client.get(PATH).status_code == 401
    assert client_with_token("projects:read", person=somebody("ann")).put(PATH, {}).status_code in (403, 415)


def form_of(response: Any) -> dict[str, Any]:
    form = response.context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() not in (False, None)}


def test_pm_b6_the_form_shows_what_holds_and_keeps_what_is_changed() -> None:
    ann = somebody("ann")
    mine, _other = project("Мой", editor=ann), project("Чужой")
    client, path = client_signed_in(ann), reverse("projects_pages:choices")
    shown = client.get(path)
    assert shown.status_code == 200
    assert "Мой" in shown.content.decode()
    assert "Чужой" not in shown.content.decode()
    filled = form_of(shown)
    assert (filled["hour"], filled["way-0-status"], filled[f"way-{mine.pk}-status"]) == (8, "digest", "")
    changed = {**filled, "hour": 7, "own_changes": "on", "way-0-status": "none", f"way-{mine.pk}-due_soon": "digest"}
    assert client.post(path, changed).status_code == 302
    chosen = {(None, "status"): "none", (mine.pk, "due_soon"): "digest"}
    assert wishes_of([ann.pk])[ann.pk] == Wishes(hour=7, own_changes=True, chosen=chosen)
    assert form_of(client.get(path))["way-0-status"] == "none"


def test_a_form_that_does_not_fit_is_shown_again() -> None:
    client, path = client_signed_in(somebody("ann")), reverse("projects_pages:choices")
    answer = client.post(path, {"hour": "25", "way-0-status": "pigeon"})
    assert answer.status_code == 422
    assert not Choice.objects.exists()
