"""The OpenAPI document says what the views do: refusals as problems, the headers they honour, paging, filters."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from .paging import MOST, BareList
from .permissions import scope_of
from .problem import CONTENT_TYPE
from .shapes import Shape
from .views import ListView, View

_usual = {"POST": 201, "DELETE": 204}


class ProblemField(serializers.Serializer[Any]):
    """One field's trouble."""

    field = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemBody(serializers.Serializer[Any]):
    """A refusal (RFC 9457). More members may follow: `allowed` after an illegal move, `head` after a stale write."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(allow_null=True)
    request_id = serializers.CharField(allow_null=True)
    errors = ProblemField(many=True, required=False)  # type: ignore[assignment]


def _header(name: str, pattern: str, says: str) -> OpenApiParameter:
    kind = {"type": "string", "pattern": pattern}
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=says, required=False)


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key", "^[!-~]{1,255}$", "1 to 255 visible ASCII characters; a repeat gets the first answer."
)
IF_MATCH = _header(
    "If-Match",
    r'^("v[0-9]{1,18}(\.[0-9]{1,19})?"|\*)$',
    'The ETag of the last answer, such as "v3"; 412 when it no longer holds.',
)
LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST})
CURSOR = OpenApiParameter("cursor", str, description="From `next` or the Link header of the page before.")


class Schema(AutoSchema):
    """Reads what a View says of itself; other views are described as drf-spectacular does it."""

    def get_override_parameters(self) -> list[Any]:
        if not isinstance(self.view, View):
            return []
        found: list[Any] = [self.view.filters] if self.view.filters and self.method == "GET" else []
        if self.view.pages and self.method == "GET":
            found += [LIMIT, CURSOR]
        if self.is_idempotent():
            found.append(IDEMPOTENCY_KEY)
        if self.method in self.view.conditional:
            found.append(IF_MATCH)
        return found

    def get_request_serializer(self) -> Any:
        if not isinstance(self.view, View):
            return super().get_request_serializer()
        return self.view.reads_for(self.method) if self.method in ("POST", "PUT", "PATCH") else None

    def get_response_serializers(self) -> Any:
        if not isinstance(self.view, View):
            return super().get_response_serializers()
        status = self.view.answers_with.get(self.method) or self._usual_status()
        refused = OpenApiResponse(ProblemBody, description="Refused.")
        also = {code: OpenApiResponse(shape) for code, shape in self.view.answers_also.get(self.method, {}).items()}
        return {status: _success(self.view, self.method, status), **also, **dict.fromkeys(_refusals(self), refused)}

    def get_tags(self) -> list[str]:
        return [scope_of(self.view, self.method).partition(":")[0]]

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        shape = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, Shape) and not serializer.ignores_unknown:
            shape["additionalProperties"] = False
        return shape

    def get_operation_id(self) -> str:
        name = super().get_operation_id()
        listing = isinstance(self.view, ListView) and self.method == "GET"
        return f"{name.removesuffix('_retrieve')}_list" if listing else name

    def get_filter_backends(self) -> list[Any]:
        return []

    def _usual_status(self) -> int:
        making = self.method != "POST" or isinstance(self.view, ListView)
        return _usual.get(self.method, 200) if making else 200

    def is_idempotent(self) -> bool:
        return bool(getattr(getattr(self.view, self.method.lower(), None), "idempotent", False))

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> Any:
        types = [CONTENT_TYPE] if int(status_code) >= 400 else media_types
        return super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, types, direction
        )


def _success(view: View, method: str, status: int) -> OpenApiResponse:
    shows = view.shows_for(method)
    if status == 204 or shows is None:
        return OpenApiResponse(description="Done.")
    if method == "GET" and (view.lists or (isinstance(view, ListView) and isinstance(view.paging, BareList))):
        return OpenApiResponse(shows(many=True))
    if method == "GET" and isinstance(view, ListView):
        return OpenApiResponse(_paged(shows))
    return OpenApiResponse(shows)


def _paged(shape: type[Any]) -> Any:
    members = {"results": shape(many=True), "next": serializers.CharField(allow_null=True)}
    return type(f"Paged{shape.__name__}", (serializers.Serializer,), members)


def _refusals(schema: Schema) -> list[int]:
    found = [400, 401, 403, 404, 429, 503]
    if schema.method != "GET":
        found += [409, 413, 415]
    if schema.is_idempotent():
        found.append(422)
    if schema.method in getattr(schema.view, "conditional", ()):
        found.append(412)
    return sorted(found)


class _Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "angarium.engine.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "angarium token create NAME --scope '*'"}


class _Session(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "angarium.engine.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class _Open(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The open form asks for nothing, so there is nothing to describe."""

    target_class = "angarium.engine.api.authentication.OpenForm"
    name: list[str] = []

    def get_security_definition(self, auto_schema: Any) -> list[Any]:
        return []

    def get_security_requirement(self, auto_schema: Any) -> list[Any]:
        return []
