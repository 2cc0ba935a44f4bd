"""Exports over HTTP: ask, look on, cancel, take back, fetch the file."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import ListView, PagedList, View, idempotent
from angarium.engine.identity.public import Token

from .asking import ask
from .datasets import dataset_named, offered
from .ending import cancel, revoke
from .handing import file_for
from .models import Export
from .seeing import access_export, exports_of
from .shapes import DatasetShape, ExportFilter, ExportShape, NewExport


class Exports(ListView):
    """Your exports, newest first. Asking for one answers 202; asked for again while it is under way it is the same."""

    scope, literal = "exports", True
    shows, filters, paging = ExportShape, ExportFilter, PagedList(newest_first=True)
    reads: ClassVar = {"POST": NewExport}
    answers_with: ClassVar = {"POST": 202}

    def rows(self) -> QuerySet[Export]:
        return exports_of(self.principal).filter(**self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        asked = self.read()
        of = dataset_named(asked["dataset"])
        of.chosen(asked["columns"])
        reading = of.reading(asked["filters"])
        if not reading.is_valid():
            raise ValidationError({"filters": reading.errors})
        row = ask(
            of,
            by=self.principal,
            filters=asked["filters"],
            checked=reading.validated_data,
            format=asked["format"],
            columns=asked["columns"],
            email=asked.get("email"),
            token=request.auth if isinstance(request.auth, Token) else None,
            site=request.build_absolute_uri("/"),
        )
        return self.answer(row, 202, location=reverse("exports_api:export", args=[row.id]))


class OneExport(View):
    """One export, and how far it is."""

    scope, literal, shows = "exports", True, ExportShape

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(access_export(self.principal, id))


class Cancellation(View):
    """End an export that is under way; its worker stops within two seconds. 409 when it has ended."""

    scope, literal = "exports", True
    shows, reads = ExportShape, {}

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(cancel(id, by=self.principal))


class Revocation(View):
    """Take a file back: from here on its link leads nowhere."""

    scope, literal = "exports", True
    shows, reads = ExportShape, {}

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(revoke(id, by=self.principal))


class ExportFile(View):
    """The file itself. What you may read is asked again: 403 when it has changed since the file was built."""

    scope, literal = "exports", True

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return file_for(self.principal, id)


class Datasets(View):
    """What can be exported, with filters and columns."""

    scope, literal, shows, lists = "exports", True, DatasetShape, True

    def get(self, request: Request) -> HttpResponseBase:
        found: Any = offered(self.principal)
        return Response(self.get_serializer(found, many=True).data)
