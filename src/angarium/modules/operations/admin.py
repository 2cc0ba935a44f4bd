"""Operations in the admin: to look at, never to edit past the ledger."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from angarium.engine.identity.public import principal_of
from angarium.engine.ledger.public import Operation, Transition, cancel, retry
from angarium.kernel.errors import AngariumError


class ReadOnly:
    """Nobody adds, changes or deletes a row of the ledger by hand."""

    def has_add_permission(self, request: HttpRequest, *_: object) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *_: object) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *_: object) -> bool:
        return False


class TransitionInline(ReadOnly, TabularInline):
    model = Transition
    extra = 0
    fields = ("epoch", "seq", "state", "stage", "message", "worker", "verdict", "at")
    ordering = ("epoch", "seq")


@admin.register(Operation)
class OperationAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "kind", "state", "claims", "worker", "created_at", "finished_at")
    list_filter = ("state", "kind")
    search_fields = ("=id", "kind", "=event_id")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (TransitionInline,)
    actions = ("cancel_selected", "retry_selected")

    @admin.action(description=_("Cancel the selected operations"), permissions=["view"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        self._each(request, queryset, lambda one: cancel(one.id, principal_of(request)))

    @admin.action(description=_("Retry the selected operations"), permissions=["view"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        self._each(request, queryset, lambda one: retry(one.id, principal_of(request)))

    def _each(self, request: HttpRequest, rows: QuerySet[Operation], act: object) -> None:
        for one in rows:
            try:
                act(one)  # type: ignore[operator]
            except AngariumError as refusal:
                self.message_user(request, f"{one}: {refusal.message}", messages.ERROR)
