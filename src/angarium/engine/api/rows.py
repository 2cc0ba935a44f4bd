"""One row over HTTP: shown, edited and deleted where If-Match holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from .views import View


class RowView(View):
    """A row with a version. A subclass says which one it is (`current`), and which actions change it (`edit`) and take
    it away (`remove`); both get `by`, `expected_version`, and `edit` the checked body."""

    conditional = ("PUT", "PATCH", "DELETE")

    def edit(self, id: int, **words: Any) -> Any:
        raise NotImplementedError

    def remove(self, id: int, **words: Any) -> None:
        raise NotImplementedError

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(self.current())

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=False)

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=True)

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        self.remove(id, by=self.principal, expected_version=self.if_match())
        return HttpResponse(status=204)

    def _edit(self, id: int, *, partial: bool) -> HttpResponseBase:
        changes = self.read(self.current(), partial=partial)
        return self.answer(self.edit(id, by=self.principal, expected_version=self.if_match(), **changes))
