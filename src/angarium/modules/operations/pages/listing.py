"""The list of operations, with its filters, counters and saved views; it follows what happens while it is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from angarium.engine.console.public import one_page, page, partial, signed_in, zone_of
from angarium.engine.identity.public import principal_of
from angarium.engine.ledger.public import Operation, kinds
from angarium.kernel.clock import now
from angarium.modules.operations.models import TaskType
from angarium.modules.operations.progress import Eta, percent
from angarium.modules.operations.queries import expectations_of, operations_for
from angarium.modules.operations.saved_views import MOST, views_of

from .counting import counted
from .filters import Filters
from .looking import Found, find

PAGE, HINTS = 25, 100


@dataclass(frozen=True, slots=True)
class Row:
    """An operation, how far it is in per cent, and when it will probably be done."""

    operation: Operation
    percent: float | None
    eta: Eta | None

    @property
    def left(self) -> float:
        """Seconds that it will probably take from now on; 0 where nobody knows."""
        left = max(0.0, (self.eta.at - now()).total_seconds()) if self.eta else 0.0
        return left if left < 10 else float(round(left))


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    form, principal = Filters(request.GET, zone=zone_of(request)), principal_of(request)
    valid = form.is_valid()
    found = find(form, principal) if valid else Found(Operation.objects.none())
    operations, pager = one_page(request, found.rows, size=PAGE, cursor="before")
    context: dict[str, Any] = {
        "form": form,
        "rows": rows_of(operations),
        **pager,
        "found": found,
        "further": form.query(before=str(found.floor)) if found.floor and not pager["follows"] else "",
        "counted": counted(form, principal),
        "narrowed": bool(form.said),
        "again": form.query(),
        "here": request.get_full_path(),
        "may_write": principal.may("operations:write"),
    }
    if partial(request):
        return page(request, "operations/list_body.html", context)
    context |= {"views": views_of(principal), "full": views_of(principal).count() >= MOST, **_hints(request)}
    return page(request, "operations/list.html", context, status=200 if valid else 400)


def rows_of(operations: Sequence[Operation]) -> list[Row]:
    """These operations as a list shows them."""
    expected = expectations_of(operations)
    return [Row(one, percent(one.progress_done, one.progress_total), expected.get(one.id)) for one in operations]


def _hints(request: HttpRequest) -> dict[str, list[str]]:
    """What may be written into the filters: kinds, and stages and workers of what somebody holds now."""
    held = operations_for(principal_of(request)).filter(due__claimed=True)
    pairs = list(held.values_list("stage", "worker").distinct()[:HINTS])
    types = TaskType.objects.values_list("name", flat=True)
    return {
        "kinds": sorted({*kinds(), *types}),
        "stages": sorted({stage for stage, _worker in pairs if stage}),
        "workers": sorted({worker for _stage, worker in pairs if worker}),
    }
