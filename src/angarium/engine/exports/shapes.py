"""What exports and datasets look like over HTTP."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from angarium.engine.api.public import Email, Shape, SingleLineText
from angarium.engine.ledger.public import State
from angarium.kernel.clock import now

from .datasets import Dataset
from .models import Export, Format
from .seeing import eta_of, rows_of, total_of


class NewExport(Shape):
    """Which rows, as what, for whom. `filters` are those of the dataset, `columns` all that you may read unless named.

    `email` is your own address unless given. Members may name no other one (403); staff and services may name any, and
    answer for whom they send rows to. When it is empty nobody is written to, and the file is fetched here.
    """

    dataset = SingleLineText(max_length=100)
    format = serializers.ChoiceField(choices=Format.choices, default=Format.XLSX)
    filters = serializers.DictField(required=False, default=dict)
    columns = serializers.ListField(child=SingleLineText(max_length=100), required=False, default=list, max_length=200)
    email = Email(required=False, allow_blank=True)


class ExportShape(serializers.ModelSerializer[Export]):
    """Where an export stands. `rows` of `total` are written; `url` is where the file is while it is kept; `sha256` is
    the file's. `error` says why there is none."""

    state = serializers.ChoiceField(choices=State.choices)
    rows = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    eta = serializers.SerializerMethodField()
    bytes = serializers.IntegerField(source="size", allow_null=True)
    error = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = (
            "id", "operation", "dataset", "format", "filters", "columns", "email", "state", "rows", "total", "eta",
            "bytes", "sha256", "url", "error", "created_at", "snapshot_at", "finished_at", "expires_at", "revoked_at",
        )  # fmt: skip

    def get_rows(self, row: Export) -> int | None:
        return rows_of(row)

    def get_total(self, row: Export) -> int | None:
        return total_of(row)

    def get_eta(self, row: Export) -> str | None:
        eta = eta_of(row)
        return None if eta is None else eta.isoformat()

    def get_error(self, row: Export) -> str | None:
        """Why it failed or was cancelled; null while it is open and when it succeeded."""
        if row.state not in {State.FAILED, State.CANCELLED}:
            return None
        return row.because or row.said or ""

    def get_url(self, row: Export) -> str | None:
        """Where the file is, for whoever asked for it and may still read it; null when there is none."""
        if not row.has_file(now()):
            return None
        path = reverse("exports_api:file", args=[row.id])
        request = self.context.get("request")
        return str(request.build_absolute_uri(path)) if request else path


class ExportFilter(Shape):
    """The query string of the list."""

    dataset = SingleLineText(required=False, max_length=100)


class DatasetColumnShape(serializers.Serializer[Any]):
    """A column of a dataset."""

    name = serializers.CharField()
    heading = serializers.CharField()
    kind = serializers.CharField()


class DatasetShape(serializers.Serializer[Any]):
    """What can be exported, by which filters it is narrowed, and which columns it has."""

    name = serializers.CharField()
    title = serializers.CharField()
    says = serializers.CharField()
    filters = serializers.SerializerMethodField()
    columns = DatasetColumnShape(many=True)

    def get_filters(self, of: Dataset) -> list[dict[str, Any]]:
        fields = of.filters().fields.items()
        return [{"name": name, "required": one.required, "says": str(one.help_text or "")} for name, one in fields]
