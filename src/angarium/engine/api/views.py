"""The base of every API view: it reads a shape, calls one action, shows a shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.errors import Invalid

from .paging import PagedList
from .preconditions import etag, if_match
from .shapes import Shape

_control = re.compile(r"[\x00-\x1f\x7f]")
_paging = {"limit", "cursor"}


class AlwaysJSON(DefaultContentNegotiation):
    """There is one form of answer, so Accept cannot be unmet."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class View(GenericAPIView[Any]):
    """One resource.

    `shows` is the shape of its answers (`answers` by method, where one has another), `reads` the shape of its bodies
    (one for all methods, or by method; `shows` when unset), `filters` that of its query string. `scope` is what a token
    needs: `lessons` becomes `lessons:read` or `lessons:write` by method, a full `operations:report` stays; unset, it is
    the name of the view's module.
    `literal` marks a route of an acceptance table, which the open form may use. `conditional` names the methods that
    honour If-Match; `answers_with` the status of success where it is not the usual one, `answers_also` further ones
    with their shapes. `lists` tells that GET answers with an array of what it `shows`, `pages` that it takes `limit`
    and `cursor`.
    """

    shows: ClassVar[type[Any] | None] = None
    answers: ClassVar[Mapping[str, type[Any]]] = {}
    reads: ClassVar[type[Any] | Mapping[str, type[Any]] | None] = None
    filters: ClassVar[type[Shape] | None] = None
    scope: ClassVar[str] = ""
    literal: ClassVar[bool] = False
    conditional: ClassVar[tuple[str, ...]] = ()
    answers_with: ClassVar[Mapping[str, int]] = {}
    answers_also: ClassVar[Mapping[str, Mapping[int, type[Any]]]] = {}
    lists: ClassVar[bool] = False
    pages: ClassVar[bool] = False
    content_negotiation_class = AlwaysJSON
    metadata_class = None

    @property
    def principal(self) -> Principal:
        return principal_of(self.request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        for name, value in (*request.query_params.items(), *kwargs.items()):
            if _control.search(f"{name}{value}"):
                raise Invalid("Control characters are not allowed here.", field=_control.sub("", name)[:100])
        super().initial(request, *args, **kwargs)

    def shows_for(self, method: str) -> type[Any] | None:
        """The shape of this method's answer; None when it has none."""
        return self.answers.get(method, self.shows)

    def get_serializer_class(self) -> type[Any]:
        return self.shows_for(self.request.method or "GET") or self.reads_for(self.request.method or "GET") or Shape

    def reads_for(self, method: str) -> type[Any] | None:
        """The shape of this method's body; None when it has none."""
        if isinstance(self.reads, Mapping):
            return self.reads.get(method)
        return self.reads or self.shows

    def read(self, row: Any = None, *, partial: bool = False) -> dict[str, Any]:
        """The checked body. `row` is what is being changed. Raises DRF's ValidationError (400 with each field)."""
        shape = self.reads_for(self.request.method or "")
        if shape is None:
            raise TypeError(f"{type(self).__name__} reads no body on {self.request.method}.")
        if not isinstance(self.request.data, dict):
            raise Invalid("The body is a JSON object.")
        reading = shape(row, data=self.request.data, partial=partial, context=self.get_serializer_context())
        reading.is_valid(raise_exception=True)
        found: dict[str, Any] = reading.validated_data
        return found

    def query(self) -> dict[str, Any]:
        """The checked query string by `filters`, without paging. An unknown filter is refused."""
        if self.filters is None:
            return {}
        given = {name: value for name, value in self.request.query_params.items() if name not in _paging}
        reading = self.filters(data=given, context={**self.get_serializer_context(), "from_text": True})
        reading.is_valid(raise_exception=True)
        found: dict[str, Any] = reading.validated_data
        return found

    def if_match(self) -> int | None:
        """The version that the client last saw; hand it to the action, which raises Stale when it no longer holds."""
        return if_match(self.request)

    def answer(self, row: Any, status: int = 200, *, location: str = "") -> Response:
        """Show one row, with the ETag of its `version`."""
        response = Response(self.get_serializer(row).data, status=status)
        version = getattr(row, "version", None)
        if isinstance(version, int | str):
            response["ETag"] = etag(version)
        if location:
            response["Location"] = location
        return response

    def current(self) -> Any:
        """The row as it is now, for the body of 412. A view with `conditional` methods says which it is."""
        return None

    def head_of_current(self) -> Response | None:
        row = self.current()
        return None if row is None else self.answer(row)


class ListView(View):
    """A list of `rows()`, shown by `shows`, paged by `paging` (PagedList or BareList)."""

    paging: ClassVar[PagedList] = PagedList()
    pages = True

    def rows(self) -> QuerySet[Any]:
        """Every row this principal may see and asked for."""
        raise NotImplementedError

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.paging.answer(request, self.rows(), lambda rows: self.get_serializer(rows, many=True).data)
