"""One module's rows do not point at another's: that is what lets any subset of modules run alone."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.db import models

from tests.architecture.tree import refuse


def _home(model: type[models.Model]) -> str:
    """`angarium.modules.lessons` or `angarium.engine` of a model of ours, else its app label."""
    name = apps.get_app_config(model._meta.app_label).name
    return "angarium.engine" if name.startswith("angarium.engine.") else name


def _ours() -> list[type[models.Model]]:
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if apps.get_app_config(model._meta.app_label).name.startswith("angarium.")]


def _relations(model: type[models.Model]) -> list[models.Field]:
    return [
        field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey | models.ManyToManyField)
    ]


def test_no_foreign_key_leaves_a_module() -> None:
    """The engine's parts may refer to one another; people are named by UUID outside of it."""
    leaving = [
        f"{model._meta.label}.{field.name} refers to {field.related_model._meta.label}"
        for model in _ours()
        for field in _relations(model)
        if _home(model).startswith("angarium.modules.") and _home(field.related_model) != _home(model)
    ]
    refuse(leaving, "leaves its module")


def test_the_engine_refers_to_no_module() -> None:
    upwards = [
        f"{model._meta.label}.{field.name}"
        for model in _ours()
        for field in _relations(model)
        if _home(model) == "angarium.engine" and _home(field.related_model).startswith("angarium.modules.")
    ]
    refuse(upwards, "points from the engine to a module")


def test_people_are_a_foreign_key_only_inside_the_engine() -> None:
    person = settings.AUTH_USER_MODEL.lower()
    outside = [
        f"{model._meta.label}.{field.name}"
        for model in _ours()
        for field in _relations(model)
        if field.related_model._meta.label_lower == person and _home(model) != "angarium.engine"
    ]
    refuse(outside, "a foreign key to a person outside the engine")


def test_a_table_s_name_starts_with_its_app() -> None:
    strangers = [
        f"{model._meta.label}: {model._meta.db_table}"
        for model in _ours()
        if not model._meta.proxy and not model._meta.db_table.startswith(f"{model._meta.app_label}_")
    ]
    refuse(strangers, "not named after its app")


def test_a_module_s_label_is_its_folder() -> None:
    """Apps that tests bring for themselves are called as they like."""
    ours = [
        config for config in apps.get_app_configs() if config.name.startswith(("angarium.engine.", "angarium.modules."))
    ]
    labels = {config.name: config.label for config in ours if ".tests" not in config.name}
    assert labels == {name: name.rpartition(".")[2] for name in labels}
