"""The numbers of exports."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.db.models import Count, Sum

from angarium.engine.ledger.public import State
from angarium.engine.observability.public import Reading, at_scrape, counter, histogram

from .datasets import datasets
from .models import Export

_ended = counter("angarium_exports", "Exports that have ended.", ["dataset", "format", "state"])
_rows = counter("angarium_export_rows", "Rows written into files that are ready.", ["dataset", "format"])
_bytes = counter("angarium_export_bytes", "Bytes of files that are ready.", ["dataset", "format"])
_seconds = histogram(
    "angarium_export_seconds",
    "Seconds from the asking to the end of exports that succeeded.",
    ["dataset", "format"],
    (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 1800),
)


def ended(row: Export) -> None:
    """Count an export that ends so, once that is committed."""
    transaction.on_commit(partial(_count, row, row.ended), robust=True)


def _count(row: Export, state: str) -> None:
    _ended.labels(row.dataset, row.format, state).inc()
    if state != State.SUCCEEDED or row.finished_at is None:
        return
    _rows.labels(row.dataset, row.format).inc(row.rows or 0)
    _bytes.labels(row.dataset, row.format).inc(row.size or 0)
    _seconds.labels(row.dataset, row.format).observe((row.finished_at - row.created_at).total_seconds())


def read() -> Iterable[Reading]:
    still: dict[tuple[str, ...], float] = {(name,): 0 for name in datasets()}
    rows = Export.objects.filter(seat__isnull=False, dataset__in=datasets()).values_list("dataset")
    still.update({(name,): number for name, number in rows.annotate(Count("id"))})
    kept = Export.objects.exclude(file="").aggregate(files=Count("id"), size=Sum("size"))
    return (
        Reading("angarium_exports_open", "Exports under way.", still, ("dataset",)),
        Reading("angarium_exports_files", "Files that are kept.", {(): kept["files"]}),
        Reading("angarium_exports_stored_bytes", "Bytes of the files that are kept.", {(): kept["size"] or 0}),
    )


at_scrape("exports", read)
