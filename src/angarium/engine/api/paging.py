"""Lists by primary key: `?limit=` and `?cursor=`, so that no page is skipped or shown twice while rows come and go."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.kernel.errors import Invalid

MOST = 1000
#: Rows that are in memory at once while a whole list is streamed.
CHUNK = 500

Show = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Page:
    """Which rows are wanted: `limit` None means all of them; `after` is the primary key before the first."""

    limit: int | None
    after: Any = None
    newest_first: bool = False

    def rows(self, every: QuerySet[Any]) -> tuple[list[Any], bool]:
        """The rows of this page, and whether there are more."""
        if self.after is not None:
            every = every.filter(**{"pk__lt" if self.newest_first else "pk__gt": self.after})
        limit = self.limit or CHUNK
        found = list(every.order_by("-pk" if self.newest_first else "pk")[: limit + 1])
        return found[:limit], len(found) > limit


class PagedList:
    """`{"results": […], "next": url or null}`, 100 rows unless `?limit=` says otherwise."""

    limit: ClassVar[int | None] = 100

    def __init__(self, *, newest_first: bool = False) -> None:
        self.newest_first = newest_first

    def answer(self, request: Request, every: QuerySet[Any], show: Show) -> HttpResponseBase:
        """Show one page. Raises Invalid for a bad limit or cursor."""
        page = page_of(request, every.model, self.limit, self.newest_first)
        rows, more = page.rows(every)
        following = _next_url(request, rows[-1]) if more else None
        response = Response(self.body(list(show(rows)), following))
        if following:
            response["Link"] = f'<{following}>; rel="next"'
        return response

    def body(self, results: list[Any], following: str | None) -> Any:
        return {"results": results, "next": following}


class BareList(PagedList):
    """A bare array. Without `?limit=` it is the whole list, streamed in bounded memory."""

    limit: ClassVar[int | None] = None

    def answer(self, request: Request, every: QuerySet[Any], show: Show) -> HttpResponseBase:
        page = page_of(request, every.model, self.limit, self.newest_first)
        if page.limit is not None:
            return super().answer(request, every, show)
        rows, more = page.rows(every)
        if not more:
            return Response(list(show(rows)))
        return StreamingHttpResponse(_stream(page, rows, every, show), content_type="application/json")

    def body(self, results: list[Any], following: str | None) -> Any:
        return results


def page_of(request: Request, model: type[Model], limit: int | None, newest_first: bool) -> Page:
    """Read `limit` and `cursor`. Raises Invalid, naming which of them is wrong."""
    wanted = request.query_params.get("limit")
    if wanted is not None:
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 4 and 1 <= int(wanted) <= MOST):
            raise Invalid(f"The limit is a whole number from 1 to {MOST}.", field="limit")
        limit = int(wanted)
    cursor = request.query_params.get("cursor")
    after = None if cursor is None else _decoded(cursor, model)
    if cursor is not None and limit is None:
        limit = PagedList.limit
    return Page(limit, after, newest_first)


def _stream(page: Page, rows: list[Any], every: QuerySet[Any], show: Show) -> Iterator[bytes]:
    render, between, more = JSONRenderer().render, b"[", True
    while rows:
        yield between + render(list(show(rows)))[1:-1]
        page, between = replace(page, after=rows[-1].pk), b","
        rows, more = page.rows(every) if more else ([], False)
    yield b"]"


def _encoded(row: Model) -> str:
    return base64.urlsafe_b64encode(str(row.pk).encode()).decode().rstrip("=")


def _decoded(cursor: str, model: type[Model]) -> Any:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return model._meta.pk.to_python(text.decode("ascii"))
    except (binascii.Error, ValueError, ValidationError) as error:
        raise Invalid("This cursor is not one that was given out here; begin without one.", field="cursor") from error


def _next_url(request: Request, last: Model) -> str:
    query = request.query_params.copy()
    query["cursor"] = _encoded(last)
    return str(request.build_absolute_uri(f"{request.path}?{query.urlencode()}"))
