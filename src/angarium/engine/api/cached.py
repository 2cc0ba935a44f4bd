"""Lists that are answered from what is kept of them, with an ETag and 304 (RFC 9110, 8.8.3 and 13.1.2)."""

from __future__ import annotations

import hashlib
from itertools import chain
from typing import Any

import msgspec
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.caches.public import LONGEST, Look, Scope, alone, look, look_again

from .views import ListView

#: What `Cache-Status` (RFC 9211) says of each outcome.
_STATUS = {"hit": "hit", "miss": "fwd=miss", "away": "fwd=bypass; detail=away", "inside": "fwd=bypass; detail=inside"}


class Kept(msgspec.Struct, array_like=True):
    """An answer as it is kept: its tag, its `Link` or nothing, its body."""

    etag: str
    link: str
    body: bytes


class CachedList(ListView):
    """A list that says which scope it has. It is kept for everybody whose scope, address and query are the same."""

    def depends_on(self) -> Scope | None:
        """What the list depends on; None for one that is not kept. It says whose list it is, so that nobody gets
        another one's."""
        raise NotImplementedError

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        scope = self.depends_on()
        if scope is None:
            return super().get(request, *args, **kwargs)
        question = request.build_absolute_uri()
        found = look(scope, question)
        if found.outcome != "miss":
            return self._shown(request, found)
        with alone(scope, question):
            return self._shown(request, look_again(found))

    def _shown(self, request: Request, found: Look) -> HttpResponseBase:
        """What is kept, or what is made now."""
        if found.kept is not None:
            return _answer(request, msgspec.msgpack.decode(found.kept, type=Kept), found)
        answer = super().get(request, *self.args, **self.kwargs)
        body = _body(answer)
        if body is None:
            return answer
        made = Kept(f'"{hashlib.sha256(body).hexdigest()[:32]}"', answer.headers.get("Link", ""), body)
        found.keep(msgspec.msgpack.encode(made))
        return _answer(request, made, found)


def _body(answer: HttpResponseBase) -> bytes | None:
    """The whole body. None for one too long to be kept, which is streamed on."""
    if isinstance(answer, Response):
        return bytes(JSONRenderer().render(answer.data))
    assert isinstance(answer, StreamingHttpResponse)
    pieces, size, stream = list[bytes](), 0, iter(answer)
    for piece in stream:
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST:
            answer.streaming_content = chain(pieces, stream)
            return None
    return b"".join(pieces)


def _answer(request: Request, made: Kept, found: Look) -> HttpResponseBase:
    response = HttpResponse(made.body, content_type="application/json")
    response["ETag"] = made.etag
    response["Cache-Control"] = "private, no-cache"
    response["Cache-Status"] = f"angarium; {_STATUS[found.outcome]}"
    if made.link:
        response["Link"] = made.link
    patch_vary_headers(response, ["Authorization", "Cookie"])
    conditional = get_conditional_response(request, etag=made.etag, response=response)
    return conditional or response
