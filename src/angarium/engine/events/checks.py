"""System checks: a tracked model that could be written past its tracking is a mistake found at start."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from angarium.kernel.checks import OURS

from .tracking import TrackedModel, TrackedQuerySet


@register(OURS)
def tracked_models(app_configs: Any, **_: object) -> list[CheckMessage]:
    return [problem for model in apps.get_models() if issubclass(model, TrackedModel) for problem in _problems(model)]


def _problems(model: type[TrackedModel]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not hasattr(model, "_tracking"):
        found.append(
            Error(
                "A TrackedModel has no rule.",
                hint="Decorate it with @tracked(by=…, snapshot=…).",
                obj=model,
                id="angarium.events.E001",
            )
        )
    for name in ("_base_manager", "_default_manager"):
        if not isinstance(getattr(model, name).get_queryset(), TrackedQuerySet):
            found.append(
                Error(
                    f"The manager {name} of a tracked model writes past its tracking.",
                    hint="Derive its queryset from TrackedQuerySet; do not override Meta.base_manager_name.",
                    obj=model,
                    id="angarium.events.E002",
                )
            )
    if any(model._meta.parents.values()):  # a proxy has a parent and no link to it
        found.append(
            Error(
                "A tracked model cannot use multi-table inheritance.",
                hint="Make the parent abstract.",
                obj=model,
                id="angarium.events.E003",
            )
        )
    return found
