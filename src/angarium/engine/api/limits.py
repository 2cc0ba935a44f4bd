"""How large a body may be, said before any of it is kept; also when the client does not say how large it is."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .errors import TooLarge
from .problems import problem_of

#: Endings of paths whose bodies are read piece by piece, and how large one may be.
_large: dict[str, int] = {}


def large_body(ending: str, most: int) -> None:
    """Paths that end so (`/client/import`, without a last slash) take bodies of up to `most` bytes, whose length is
    told before. Their views keep no more than a piece of one in memory."""
    _large[ending] = most


class BodyLimit:
    """413 above DATA_UPLOAD_MAX_MEMORY_SIZE, or what `large_body` allows. A chunked body is read here, as WSGI gives
    Django no length for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        usual = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        most = max([usual, *(_large[ending] for ending in _large if request.path_info.rstrip("/").endswith(ending))])
        if _announced(request) > most:
            return _refused(f"The body is larger than {most} bytes, which is all that this server takes.")
        if not _gathered(request, usual):
            longer = f"; with its length told in Content-Length it may have {most}" if most > usual else ""
            return _refused(f"The body is larger than {usual} bytes, which is all that this server takes{longer}.")
        return self.get_response(request)


def _refused(sentence: str) -> HttpResponseBase:
    return problem_of(TooLarge(sentence)).response()


def _announced(request: HttpRequest) -> int:
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _gathered(request: HttpRequest, most: int) -> bool:
    """Put a chunked body into memory; False when it is too large."""
    stream = request.META.get("wsgi.input")
    chunked = "chunked" in str(request.META.get("HTTP_TRANSFER_ENCODING", "")).lower()
    if stream is None or not chunked or request.META.get("CONTENT_LENGTH"):
        return True
    body = bytearray()
    while len(body) <= most and (piece := stream.read(min(65536, most + 1 - len(body)))):
        body += piece
    request._stream = BytesIO(bytes(body))
    request.META["CONTENT_LENGTH"] = str(len(body))
    return len(body) <= most
