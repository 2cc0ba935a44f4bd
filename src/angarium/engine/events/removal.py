"""Deletions of many rows: what goes is read and told of in chunks, and not row by row.

Django signals each row before the first one is deleted and after each model's are, and nothing in between. So who
deletes a tracked row, or a queryset of them, uses this collector, which has read everything before that. A cascade that
begins at an untracked row has Django's own, and is read row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models.deletion import Collector

if TYPE_CHECKING:
    from .tracking import Row, TrackedModel

CHUNK = 500


class Removal(Collector):
    """Deletes rows and all that goes with them, and records what that means, in one transaction."""

    def delete(self) -> tuple[int, dict[str, int]]:
        marked: list[Any] = [one for rows in self.data.values() for one in rows if hasattr(one, "_tracking")]
        self._gone: list[tuple[type[TrackedModel], Any]] = []
        self._awaited = len(marked)
        try:
            with transaction.atomic(using=self.using, savepoint=False):
                self._before = {model: self._read(model, rows) for model, rows in self.data.items() if _tracks(model)}
                for one in marked:
                    one._removal = self
                deleted: tuple[int, dict[str, int]] = super().delete()
        finally:
            for one in marked:
                one.__dict__.pop("_removal", None)
        return deleted

    def gone(self, model: type[TrackedModel], key: Any) -> None:
        """This row is deleted. After the last one all are told of: should that be refused, no instance has lost its
        key yet."""
        self._gone.append((model, key))
        if len(self._gone) == self._awaited:
            self._tell()

    def _read(self, model: type[Any], rows: Iterable[models.Model]) -> dict[Any, Row]:
        keys = sorted(one.pk for one in rows)
        found: dict[Any, Row] = {}
        for chunk in chunks(keys):
            found.update(model._tracking.rows(model, chunk, using=self.using, lock=True))
        return found

    def _tell(self) -> None:
        for model, rows in groupby(self._gone, key=lambda one: one[0]):
            known = self._before[model]
            for chunk in chunks([key for _, key in rows]):
                model._tracking.emit({key: known[key] for key in chunk if key in known}, {})


def chunks(items: Sequence[Any], size: int = CHUNK) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _tracks(model: type[models.Model]) -> bool:
    return hasattr(model, "_tracking")
