"""The routes of importing clients from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from angarium.engine.api.public import Boolean, Integer, Moment, Shape, View, idempotent
from angarium.kernel.errors import Invalid
from angarium.modules.mailings.importing import asking
from angarium.modules.mailings.importing.columns import FIELDS
from angarium.modules.mailings.importing.errors_file import errors_file
from angarium.modules.mailings.lifecycle import ImportState
from angarium.modules.mailings.models import Import


class Csv(BaseParser):
    """The body is the file itself; it is read where it is kept."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return {"file": stream}


class UploadShape(Shape):
    """A file with a client in each row, at most 256 MiB: comma, semicolon or tab between the cells, UTF-8 or
    Windows-1251. As `multipart/form-data` it is the part `file`, as `text/csv` the body."""

    file = serializers.FileField()


class ColumnShape(Shape):
    """A column of the file, counted from 0."""

    index = Integer(read_only=True)
    title = serializers.CharField(read_only=True)
    field = serializers.CharField(read_only=True, allow_null=True)


class ImportShape(Shape):
    """A file that was uploaded. `mapping` says which column is what, `preview` is its first rows as they stand there.
    `rows` of about `lines` were read; of them so many were `new`, `changed`, `unchanged` and `wrong`."""

    id = Integer(read_only=True)
    name = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=ImportState.choices, source="state", read_only=True)
    because = serializers.CharField(read_only=True)
    size = Integer(read_only=True)
    encoding = serializers.CharField(read_only=True)
    delimiter = serializers.CharField(read_only=True, trim_whitespace=False)
    has_header = serializers.BooleanField(read_only=True)
    mapping = serializers.DictField(child=Integer(), read_only=True)
    lines = Integer(read_only=True)
    rows = Integer(read_only=True)
    new = Integer(read_only=True)
    changed = Integer(read_only=True)
    unchanged = Integer(read_only=True)
    wrong = Integer(read_only=True)
    operation = serializers.UUIDField(read_only=True, allow_null=True)
    created_at = Moment(read_only=True)
    finished_at = Moment(read_only=True, allow_null=True)
    columns = ColumnShape(many=True, read_only=True)
    preview = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), read_only=True)

    def to_representation(self, instance: Import) -> dict[str, Any]:
        fields = [field for field in self._readable_fields if field.field_name not in ("columns", "preview")]
        shown = {str(field.field_name): field.get_attribute(instance) for field in fields}
        titles, rows = asking.first_rows(instance)
        known = {number: field for field, number in instance.mapping.items()}
        columns = [{"index": at, "title": title, "field": known.get(at)} for at, title in enumerate(titles)]
        return {**shown, "columns": columns, "preview": rows}


class ImportRunShape(Shape):
    """`dry_run` reads the whole file and counts, and writes nothing. `mapping` is `{"phone": 0, "tag": 2}`, columns
    counted from 0; without it the one that the import has."""

    dry_run = Boolean(required=False, default=False)
    mapping = serializers.DictField(child=Integer(min_value=0), required=False)

    def validate_mapping(self, value: dict[str, int]) -> dict[str, int]:
        if unknown := [name for name in value if name not in FIELDS]:
            raise serializers.ValidationError(f"There is no {unknown[0][:50]!r}; known are {', '.join(FIELDS)}.")
        return value


class Upload(View):
    """Take a file of clients and say what its columns seem to be. Nothing is read further until `run`."""

    shows, literal = ImportShape, True
    reads = {"POST": UploadShape}
    answers_with = {"POST": 202}
    parser_classes = [MultiPartParser, Csv]

    def post(self, request: Request) -> HttpResponseBase:
        body: Any = request.data
        file = body.get("file")
        if not hasattr(file, "read"):
            raise Invalid("Send a file, as the part `file` or as the body.", field="file")
        name = getattr(file, "name", "") or "clients.csv"
        row = asking.accept_file(str(name), file.read, by=self.principal)
        return self.answer(row, 202, location=reverse("mailings_api:one-import", args=[row.pk]))


class OneImport(View):
    """An import and how far it is."""

    shows, literal = ImportShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(asking.import_seen_by(self.principal, id))


class RunImport(View):
    """Read the file to its end, as an operation. Begun again it finds unchanged what it wrote before."""

    shows, literal = ImportShape, True
    reads = {"POST": ImportRunShape}
    answers_with = {"POST": 202}

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(asking.start_import(id, by=self.principal, **self.read()), 202)


class CancelImport(View):
    """Stop reading; what was written stays."""

    shows, reads, literal = ImportShape, {}, True

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(asking.cancel_import(id, by=self.principal))


class Errors(View):
    """The rows that could not be taken, as a file: the number of the row, what stood there, and why."""

    literal = True

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, id: int) -> HttpResponseBase:
        return errors_file(asking.import_seen_by(self.principal, id))
