"""What can be exported of operations: the list, as its page shows it to whoever asks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from angarium.engine.api.public import Moment, Shape, SingleLineText
from angarium.engine.exports.public import Column, dataset
from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation, State

from .queries import filtered, may_read_operations, operations_for, reads_all


class Wanted(Shape):
    """What the list is narrowed to; `created_after` belongs to the span, `created_before` does not."""

    kind = SingleLineText(required=False, max_length=200, label=_("Kind"))
    state = serializers.ChoiceField(choices=State.choices, required=False, label=_("State"))
    worker = SingleLineText(required=False, max_length=200, label=_("Worker"))
    created_after = Moment(required=False, label=_("Created from"))
    created_before = Moment(required=False, label=_("Created before"))


def rows(by: Principal, filters: dict[str, Any]) -> QuerySet[Operation]:
    return filtered(operations_for(by), **filters).order_by("id")


def part(by: Principal, filters: dict[str, Any]) -> Any:
    """All, or what a member caused."""
    return may_read_operations(by) and ("all" if reads_all(by) else f"caused by {by.id}")


OPERATIONS = dataset(
    "operations.operations",
    title=_("Operations"),
    says=_("The list of operations: what ran, how it ended, and when."),
    columns=[
        Column("id", _("Operation")),
        Column("kind", _("Kind")),
        Column("state", _("State")),
        Column("stage", _("Stage")),
        Column("worker", _("Worker")),
        Column("claims", _("Attempts"), "integer"),
        Column("message", _("Message")),
        Column("created_at", _("Created"), "moment"),
        Column("started_at", _("Started"), "moment"),
        Column("finished_at", _("Ended"), "moment"),
    ],
    filters=Wanted,
    rows=rows,
    may_read=part,
    offered_to=may_read_operations,
)
