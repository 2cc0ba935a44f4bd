"""Tracking: which events a change means is decided by comparing the row before with the row after.

A tracked model declares one pure function, `events_of(before, after)`, over frozen snapshots of its row. Every ORM
path that writes rows goes through it, in the writer's own transaction:

    save, create, get_or_create, update_or_create, forms, admin    lock the row, write, reread, compare
    QuerySet.update, bulk_update, related managers                 the same in chunks, by primary key
    bulk_create                                                    write, reread, compare with nothing
    delete, QuerySet.delete, cascades from these                   read and told of in chunks (`removal`)
    cascades from rows that are not tracked                        pre_delete and post_delete of each row

The row is read again instead of trusting the instance, because an instance may hold an F() expression, text where
the column has a number, or be half deferred. Fixtures (`raw`) and migrations emit nothing; raw SQL is outside.
Each write raises `version` by one, and a `save()` of an instance that is behind it is refused as Stale. What concerns
more rows than the changed one is a `guard`'s affair: it sees every change of the same paths and may refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from typing import Any, Generic, NamedTuple, Self, TypeVar

from django.db import models, router, transaction
from django.db.models import F
from django.db.models.signals import post_delete, pre_delete

from angarium.contracts.event import Event
from angarium.kernel.errors import Stale

from .errors import Untrackable
from .log import record
from .removal import Removal, chunks

CHUNK = 500
S = TypeVar("S")
M = TypeVar("M", bound="TrackedModel")
EventsOf = Callable[[Any, Any], Iterable[Event]]
Guard = Callable[[Sequence[tuple[Any, Any]]], None]


class Row(NamedTuple):
    """What was read of a row: its version, and the snapshot that the module's rule compares."""

    version: int
    snapshot: Any


class Tracking(Generic[S]):
    """How one model is tracked: `by` compares two snapshots, `snapshot` is the dataclass whose fields are read, `guard`
    may refuse what is written. `versioned` says that the row itself is the subject of its events."""

    def __init__(self, by: EventsOf, snapshot: type[S], guard: Guard | None = None, *, versioned: bool = True) -> None:
        self.by = by
        self.snapshot = snapshot
        self.guard = guard
        self.versioned = versioned
        self.columns = tuple(field.name for field in dataclass_fields(snapshot))  # type: ignore[arg-type]

    def rows(self, model: type[TrackedModel], keys: Iterable[Any], *, using: str, lock: bool) -> dict[Any, Row]:
        """The rows with these keys, locked in the order of their keys when asked."""
        queryset = model._base_manager.using(using).filter(pk__in=list(keys)).order_by("pk")
        if lock:
            queryset = queryset.select_for_update()
        return {
            values["pk"]: Row(values["version"], self.snapshot(**{name: values[name] for name in self.columns}))
            for values in queryset.values("pk", "version", *self.columns)
        }

    def emit(self, before: Mapping[Any, Row], after: Mapping[Any, Row]) -> None:
        """Record what the changes of these rows mean, in the order of `before`, then of what is new in `after`."""
        pairs = [(before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]
        changes = [(old, new) for old, new in pairs if old != new]
        record(
            (event, (new.version if new else old.version + 1) if self.versioned else None)  # type: ignore[union-attr]
            for old, new in changes
            for event in self.by(old and old.snapshot, new and new.snapshot)
        )
        if self.guard is not None:
            self.guard([(old and old.snapshot, new and new.snapshot) for old, new in changes])


class TrackedQuerySet(models.QuerySet[M]):
    """A queryset whose bulk writes are tracked. It never leaves `version` out of what it loads: read only when the
    instance is saved, the version would hide what others wrote in between."""

    def only(self, *fields: Any) -> Self:
        return super().only(*fields, "version")

    def defer(self, *fields: Any) -> Self:
        return super().defer(*(field for field in fields if field != "version"))

    def update(self, **kwargs: Any) -> int:
        if self.query.is_sliced or not kwargs:
            return super().update(**kwargs)
        if "version" in kwargs:
            raise Untrackable("`version` counts the writes of a tracked row and cannot be set.")
        changed = 0
        with transaction.atomic(using=self.db):
            keys = list(self.order_by("pk").values_list("pk", flat=True).distinct())
            for chunk in chunks(keys, CHUNK):
                changed += self._update_chunk(chunk, kwargs)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def _update_chunk(self, keys: Sequence[Any], values: Mapping[str, Any]) -> int:
        tracking = _tracking(self.model)
        before = tracking.rows(self.model, keys, using=self.db, lock=True)
        changed = super(TrackedQuerySet, self.filter(pk__in=keys)).update(**values, version=F("version") + 1)
        tracking.emit(before, tracking.rows(self.model, before, using=self.db, lock=False))
        return changed

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        if len(args) > 1 or kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise Untrackable("bulk_create() with ignore_conflicts or update_conflicts cannot tell what it did.")
        tracking = _tracking(self.model)
        with transaction.atomic(using=self.db):
            made = super().bulk_create(objs, *args, **kwargs)
            for chunk in chunks(made, CHUNK):
                tracking.emit({}, tracking.rows(self.model, [m.pk for m in chunk], using=self.db, lock=False))
        return made

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        instances = tuple(objs)
        tracking = _tracking(self.model)
        with transaction.atomic(using=self.db):
            for chunk in chunks(instances, CHUNK):
                rows = tracking.rows(self.model, [one.pk for one in chunk], using=self.db, lock=True)
                for instance in chunk:
                    _refuse_stale(instance, rows.get(instance.pk))
            changed = super().bulk_update(instances, fields, batch_size=batch_size)
        for instance in instances:
            instance.version += 1
        return changed

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        rows = self._chain()  # type: ignore[attr-defined]
        if rows.query.is_sliced or rows.query.distinct_fields or rows._fields is not None or rows.query.combinator:
            return super().delete()  # refused there
        rows._for_write = True
        rows.query.select_for_update = rows.query.select_related = False
        rows.query.clear_ordering(force=True)
        removal = Removal(using=rows.db, origin=self)
        removal.collect(rows)
        self._result_cache = None
        return removal.delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


TrackedManager = models.Manager.from_queryset(TrackedQuerySet, class_name="TrackedManager")


class TrackedModel(models.Model):
    """The base of every model whose changes are events. Use it with the decorator `tracked`."""

    version = models.PositiveBigIntegerField(default=1, editable=False)

    objects = TrackedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Each class by itself, because a proxy's deletions are signalled in the proxy's name."""
        super().__init_subclass__(**kwargs)
        pre_delete.connect(_before_delete, sender=cls)
        post_delete.connect(_after_delete, sender=cls)

    def save_base(
        self,
        raw: bool = False,
        force_insert: bool | tuple[Any, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if raw:
            super().save_base(raw, force_insert, force_update, using, update_fields)
            return
        model, tracking, using = type(self), _tracking(type(self)), using or "default"
        if "version" in self.get_deferred_fields():
            raise Untrackable("This instance was loaded without its `version`; without it a stale save goes unseen.")
        version = self.version
        try:
            with transaction.atomic(using=using):
                keys = [] if self.pk is None or force_insert else [self.pk]
                before = tracking.rows(model, keys, using=using, lock=True) if keys else {}
                if keys and not self._state.adding:
                    _refuse_deleted(self, before)
                if before:
                    _refuse_stale(self, before[self.pk])
                    self.version = version + 1
                    update_fields = None if update_fields is None else {*update_fields, "version"}
                super().save_base(raw, force_insert, force_update, using, update_fields)
                tracking.emit(before, tracking.rows(model, [self.pk], using=using, lock=False))
        except BaseException:
            self.version = version
            raise

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        if self.pk is None:
            return super().delete(using, keep_parents)  # refused there
        removal = Removal(using=using or router.db_for_write(type(self), instance=self), origin=self)
        removal.collect([self], keep_parents=keep_parents)
        return removal.delete()

    delete.alters_data = True  # type: ignore[attr-defined]


def tracked(
    *, by: EventsOf, snapshot: type[Any], guard: Guard | None = None, versioned: bool = True
) -> Callable[[type[M]], type[M]]:
    """Track a model: `by(before, after)` gets two `snapshot`s, None before a row is made and after it is gone.

    `guard` gets the same pairs of one write together, after the rows were written and before the writer commits; what
    it raises undoes the write. It is for rules about several rows, which no constraint of one row can say.
    `versioned` is False for a row whose events are about another one (a comment's are about its task): the version of
    the subject is then not this row's to tell.
    """

    def decorate(model: type[M]) -> type[M]:
        model._tracking = Tracking(by, snapshot, guard, versioned=versioned)  # type: ignore[attr-defined]
        return model

    return decorate


def _tracking(model: type[models.Model]) -> Tracking[Any]:
    tracking: Tracking[Any] | None = getattr(model, "_tracking", None)
    if tracking is None:
        raise Untrackable(f"{model.__name__} is a TrackedModel without @tracked(by=…, snapshot=…).")
    return tracking


def _refuse_deleted(instance: TrackedModel, rows: Mapping[Any, Row]) -> None:
    if instance.pk not in rows:
        raise Stale("It was deleted since you read it.", given=instance.version)


def _refuse_stale(instance: TrackedModel, row: Row | None) -> None:
    if row is not None and row.version != instance.version:
        raise Stale(current=row.version, given=instance.version)


def _before_delete(sender: type[TrackedModel], instance: TrackedModel, using: str, **_: object) -> None:
    if "_removal" not in instance.__dict__:
        rows = _tracking(sender).rows(sender, [instance.pk], using=using, lock=True)
        instance._tracked_before = rows  # type: ignore[attr-defined]


def _after_delete(sender: type[TrackedModel], instance: TrackedModel, **_: object) -> None:
    removal = instance.__dict__.get("_removal")
    if removal is not None:
        removal.gone(sender, instance.pk)
        return
    _tracking(sender).emit(instance.__dict__.pop("_tracked_before"), {})
