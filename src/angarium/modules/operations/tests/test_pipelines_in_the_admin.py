"""Pipelines in the admin: their stages are edited with them, in their places."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from angarium.engine.identity.public import SYSTEM, Person, Role
from angarium.engine.identity.testing import client_signed_in
from angarium.modules.operations import actions
from angarium.modules.operations.definitions import access_pipeline, declared
from angarium.modules.operations.models import Pipeline, TaskType
from angarium.modules.operations.pipelines import Stage

pytestmark = pytest.mark.django_db
ADD = "/admin/operations/pipeline/add/"
CUT, MIX = Stage("cut", "cut_video", 10), Stage("mix", "mix_sound")


@pytest.fixture
def admin(db: None) -> Client:
    TaskType.objects.create(name="cut_video")
    TaskType.objects.create(name="mix_sound")
    return client_signed_in(Person.objects.create_user("boss", role=Role.ADMIN))


def form(name: str, *stages: tuple[int, Stage], ids: tuple[int, ...] = (), **more: str) -> dict[str, Any]:
    """What the browser sends."""
    filled: dict[str, Any] = {
        "name": name, "is_active": "on", "stages-TOTAL_FORMS": len(stages), "stages-INITIAL_FORMS": len(ids), **more,
    }  # fmt: skip
    for number, (ordinal, stage) in enumerate(stages):
        values = {"ordinal": ordinal, "name": stage.name, "kind": stage.kind}
        filled |= {f"stages-{number}-{field}": value for field, value in values.items()}
        filled[f"stages-{number}-expected_seconds"] = "" if stage.expected_seconds is None else stage.expected_seconds
    return filled | {f"stages-{number}-id": id for number, id in enumerate(ids)}


def test_a_pipeline_is_entered_with_its_stages(admin: Client) -> None:
    page = admin.get(ADD).content.decode()
    assert re.search(r"<option[^>]*>\s*cut_video\s*</option>", page)
    assert admin.post(ADD, form("film", (1, CUT), (2, MIX))).status_code == 302
    pipeline = access_pipeline("film")
    assert (declared(pipeline), pipeline.is_active) == ([CUT, MIX], True)
    assert "film" in admin.get("/admin/operations/pipeline/").content.decode()


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("runs", [(1, CUT)]),
        ("Film", [(1, CUT)]),
        ("film", []),
        ("film", [(1, CUT), (1, MIX)]),
        ("film", [(1, CUT), (2, CUT)]),
        ("film", [(1, Stage("cut", "nobody"))]),
        ("film", [(1, Stage("cut", ""))]),
        ("film", [(1, Stage("", "cut_video"))]),
        ("film", [(-1, CUT)]),
        ("film", [(1, Stage("cut", "cut_video", -1))]),
    ],
)
def test_what_is_no_pipeline_is_an_error_of_the_form(admin: Client, name: str, stages: list[Any]) -> None:
    answer = admin.post(ADD, form(name, *stages))
    assert answer.status_code == 200
    assert "errornote" in answer.content.decode() or "error" in answer.content.decode()
    assert not Pipeline.objects.exists()


def test_its_stages_are_edited_and_its_name_stays(admin: Client) -> None:
    stages = [{"name": "cut", "kind": "cut_video"}, {"name": "mix", "kind": "mix_sound"}]
    pipeline = actions.define_pipeline("film", stages, by=SYSTEM)
    ids = tuple(pipeline.stages.order_by("ordinal").values_list("id", flat=True))
    change = f"/admin/operations/pipeline/{pipeline.pk}/change/"
    sent = form("other", (1, CUT), (2, MIX), ids=ids, **{"stages-1-DELETE": "on"})
    assert admin.post(change, sent).status_code == 302
    assert declared(access_pipeline("film")) == [CUT]
