"""A refusal as problem+json (RFC 9457): what a client reads and a person understands."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypedDict

import msgspec
from django.http import HttpResponse

from angarium.engine.observability.public import bound

CONTENT_TYPE = "application/problem+json"


class FieldError(TypedDict):
    """One field's trouble; `field` is a path such as `items.0.title`, None for the whole body."""

    field: str | None
    code: str
    detail: str


@dataclass(frozen=True)
class Problem:
    """`code` is stable and for programs, `detail` one sentence for people, `extra` more members (`allowed`, `head`)."""

    status: int
    code: str
    detail: str
    field: str | None = None
    errors: Sequence[FieldError] = ()
    extra: Mapping[str, object] = dataclasses.field(default_factory=dict)
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        members: dict[str, object] = {
            **self.extra,
            "type": f"urn:angarium:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "field": self.field,
            "request_id": bound().get("request_id"),
        }
        if self.errors:
            members["errors"] = list(self.errors)
        plain: dict[str, Any] = msgspec.to_builtins(members, enc_hook=str, str_keys=True)
        return plain

    def response(self) -> HttpResponse:
        response = HttpResponse(
            msgspec.json.encode(_encodable(self.body())),
            content_type=CONTENT_TYPE,
            status=self.status,
            headers=dict(self.headers),
        )
        response["Cache-Control"] = "no-store"
        return response


def _encodable(value: Any) -> Any:
    """What a client sent may be quoted back; letters that UTF-8 cannot carry become question marks."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(inner) for key, inner in value.items()}
    return [_encodable(inner) for inner in value] if isinstance(value, list) else value
