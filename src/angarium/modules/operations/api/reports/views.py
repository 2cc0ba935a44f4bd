"""The same routes where there is no event loop (`angarium web`), and what the OpenAPI document says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import BearerToken, Problem, View
from angarium.modules.operations.reporting import refuse_strangers, take
from angarium.modules.operations.wire import report_of, reports_of

from .shapes import AnswerShape, BatchShape, ReportShape, ResultsShape


class Bytes(BaseParser):
    """The body as it came: `wire` reads it."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return stream.read()


class ReportView(View):
    """A POST that is read by `wire`, as often as anybody likes: reports are limited by what can be written."""

    scope, authentication_classes = "operations:report", (BearerToken,)
    parser_classes, throttle_classes = (Bytes,), ()

    def body(self, request: Request) -> bytes:
        refuse_strangers(self.principal)
        return request.data if isinstance(request.data, bytes) else b""


class Transitions(ReportView):
    """Say how an operation goes, as the holder of its epoch. The greatest (epoch, seq) decides, whatever comes when."""

    shows, reads = AnswerShape, ReportShape
    answers_with: ClassVar[Mapping[str, int]] = {"POST": 200}

    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        found = take([report_of(id, self.body(request))])[0]
        if found.status == 200:
            return Response(found.body)
        code, detail, field = (found.body.pop(name) for name in ("code", "detail", "field"))
        return Problem(found.status, code, detail, field, extra=found.body).response()


class TransitionsBatch(ReportView):
    """Say how many operations go: each is stored or refused by itself."""

    shows, reads = ResultsShape, BatchShape
    answers_with: ClassVar[Mapping[str, int]] = {"POST": 200}

    def post(self, request: Request) -> HttpResponseBase:
        found = take(reports_of(self.body(request)))
        return Response({"results": [{"status": one.status, **one.body} for one in found]})
