"""Operations and tasks in the admin, to look at, never to edit past the ledger; types of tasks, to edit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminSelectWidget

from angarium.engine.identity.public import principal_of
from angarium.engine.ledger.public import Operation, Transition, cancel, retry
from angarium.kernel.errors import AngariumError

from .definitions import MOST_STAGES
from .lifecycle import Status
from .models import Pipeline, PipelineStage, Task, TaskType
from .queries import tasks_named, with_status


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


class StatusFilter(admin.SimpleListFilter):
    """The four statuses, which no column holds."""

    title, parameter_name = _("status"), "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(one.value), one.name) for one in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        chosen = {str(one.value): one for one in Status}.get(str(self.value()))
        return queryset if chosen is None else with_status(queryset, chosen)


@admin.register(Task)
class TaskAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "shown_name", "seconds", "shown_status", "worker", "created_at", "finished_at")
    list_filter = (StatusFilter,)
    search_fields = ("=id",)
    search_help_text = _("A part of the name, or the whole identifier")
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50
    fields = (
        "id", "shown_name", "seconds", "shown_status", "state", "worker", "claims", "created_at", "started_at",
        "finished_at", "message", "error",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Task], search_term: str
    ) -> tuple[QuerySet[Task], bool]:
        return (tasks_named(queryset, search_term) if search_term else queryset), False

    @admin.display(description=_("name"))
    def shown_name(self, task: Task) -> str:
        return task.name

    @admin.display(description=_("seconds"))
    def seconds(self, task: Task) -> int:
        return task.processing_time

    @admin.display(description=_("status"))
    def shown_status(self, task: Task) -> str:
        return f"{task.status.value} {task.status.name}"


@admin.register(TaskType)
class TaskTypeAdmin(ModelAdmin):
    """The name is what operations are found by: it stays, and so does a type of which there are any."""

    list_display = ("name", "queue", "max_claims", "lease_seconds", "expected_seconds", "is_active")
    list_filter = ("is_active", "queue")
    search_fields = ("name", "description")
    ordering = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: TaskType | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: TaskType | None = None) -> bool:
        used = obj is not None and Operation.objects.filter(kind=obj.name).exists()
        return not used and bool(super().has_delete_permission(request, obj))


class StageInline(TabularInline):
    """Stages in their places; the kind is one of the types of tasks."""

    model = PipelineStage
    extra, min_num, max_num = 0, 1, MOST_STAGES
    fields = ("ordinal", "name", "kind", "expected_seconds")
    ordering = ("ordinal",)

    def get_formset(self, request: HttpRequest, obj: Pipeline | None = None, **options: Any) -> Any:
        return super().get_formset(request, obj, validate_min=True, validate_max=True, **options)

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **options: Any) -> Any:
        if db_field.name != "kind":
            return super().formfield_for_dbfield(db_field, request, **options)
        types = TaskType.objects.values_list("name", "name")
        return forms.ChoiceField(choices=[("", "---------"), *types], widget=UnfoldAdminSelectWidget)


@admin.register(Pipeline)
class PipelineAdmin(ModelAdmin):
    """Its runs keep the stages that they began with, and its name."""

    list_display = ("name", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name",)
    inlines = (StageInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Pipeline | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()
