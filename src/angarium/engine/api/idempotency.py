"""Idempotency-Key: a request that is sent again has no second effect and gets the first answer.

The key's row is inserted before the effect and in its transaction. A second request with the key waits at the unique
index until the first one ends: committed, it gets the stored answer; rolled back, it becomes the first itself. So a
refusal (an exception) is not kept, and there is no state in between that somebody would have to clean up.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.identity.public import principal_of
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

from .errors import KeyReused
from .models import IdempotencyKey

KEPT = timedelta(hours=24)

P = ParamSpec("P")
V = TypeVar("V")
Method = Callable[Concatenate[V, Request, P], HttpResponseBase]

_form = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")
_headers = ("Location", "ETag")


def idempotent(method: Method[V, P]) -> Method[V, P]:
    """Let a view's method honour the header; without it nothing changes. The effect must be in the database alone."""

    @wraps(method)
    def once(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        key = _key_of(request)
        if key is None:
            return method(view, request, *args, **kwargs)
        mine = _row(request, key)
        with transaction.atomic():
            kept = _claimed(mine)
            if kept is not None:
                return _replayed(kept, mine)
            response = method(view, request, *args, **kwargs)
            _keep(mine, response)
        return response

    once.idempotent = True  # type: ignore[attr-defined]
    return once


def prune_idempotency_keys(before: datetime | None = None, *, batch: int = 1000) -> int:
    """Delete keys older than 24 hours (or than `before`), in batches; returns how many went."""
    old = IdempotencyKey.objects.filter(created_at__lt=before or now() - KEPT).order_by("created_at")
    gone = 0
    while ids := list(old.values_list("id", flat=True)[:batch]):
        gone += IdempotencyKey.objects.filter(id__in=ids).delete()[0]
    return gone


def _key_of(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _form.fullmatch(key):
        raise Invalid("An Idempotency-Key has 1 to 255 visible ASCII characters.", field="Idempotency-Key")
    return key


def _row(request: Request, key: str) -> IdempotencyKey:
    who = principal_of(request)
    body = msgspec.json.encode(request.data, order="sorted")
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return IdempotencyKey(
        principal=f"{who.kind}:{who.id or who.name}"[:64],
        key=key,
        request=f"{request.method} {request.path_info}{query}",
        body_sha256=hashlib.sha256(body).hexdigest(),
    )


def _claimed(mine: IdempotencyKey) -> IdempotencyKey | None:
    """None when the key is ours now, else the row of the request that had it before."""
    IdempotencyKey.objects.bulk_create([mine], ignore_conflicts=True)
    kept = IdempotencyKey.objects.get(principal=mine.principal, key=mine.key)
    return None if kept.id == mine.id else kept


def _replayed(kept: IdempotencyKey, mine: IdempotencyKey) -> HttpResponse:
    if (kept.request, kept.body_sha256) != (mine.request, mine.body_sha256):
        raise KeyReused(field="Idempotency-Key")
    headers: dict[str, str] = {**kept.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(kept.answer, content_type="application/json", status=kept.status or 200, headers=headers)


def _keep(mine: IdempotencyKey, response: HttpResponseBase) -> None:
    if response.status_code >= 400:
        transaction.set_rollback(True)
        return
    data: Any = response.data if isinstance(response, Response) else None
    mine.answer = "" if data is None else JSONRenderer().render(data).decode()
    mine.status = response.status_code
    mine.headers = {name: response.headers[name] for name in _headers if name in response.headers}
    mine.save(update_fields=["answer", "status", "headers"])
