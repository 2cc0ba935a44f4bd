"""A tracked model that could be written past its tracking is found at start."""

from __future__ import annotations

from django.db import models
from django.test.utils import isolate_apps

from angarium.engine.events.checks import _problems, tracked_models
from angarium.engine.events.public import TrackedManager, TrackedModel, tracked

from .models import Book, BookSnapshot, events_of

rule = tracked(by=events_of, snapshot=BookSnapshot)


def found(model: type[TrackedModel]) -> list[str | None]:
    return [problem.id for problem in _problems(model)]


def test_the_installed_models_are_in_order() -> None:
    assert tracked_models(None) == []
    assert found(Book) == []


@isolate_apps("angarium.engine.events")
def test_e001_a_model_without_a_rule() -> None:
    class Unruled(TrackedModel):
        class Meta(TrackedModel.Meta):
            app_label = "events"

    assert found(Unruled) == ["angarium.events.E001"]


@isolate_apps("angarium.engine.events")
def test_e002_a_manager_that_writes_past_the_tracking() -> None:
    @rule
    class OtherManager(TrackedModel):
        objects = models.Manager()
        tracked_objects = TrackedManager()

        class Meta(TrackedModel.Meta):
            app_label = "events"

    @rule
    class OtherBase(TrackedModel):
        plain = models.Manager()

        class Meta(TrackedModel.Meta):
            app_label = "events"
            base_manager_name = "plain"
            default_manager_name = "objects"

    assert found(OtherManager) == ["angarium.events.E002"] * 2
    assert found(OtherBase) == ["angarium.events.E002"]


@isolate_apps("angarium.engine.events")
def test_e003_a_child_with_a_table_of_its_own() -> None:
    @rule
    class Parent(TrackedModel):
        class Meta(TrackedModel.Meta):
            app_label = "events"

    @rule
    class Child(Parent):
        class Meta(TrackedModel.Meta):
            app_label = "events"

    assert found(Parent) == []
    assert found(Child) == ["angarium.events.E003"]
