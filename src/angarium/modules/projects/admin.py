"""Projects, tasks and comments for staff. All is written by the actions, so that it is told as anything else is; what
they refuse is an error of the form, never a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from angarium.engine.console.public import zone_of
from angarium.engine.identity.public import Person, principal_of
from angarium.kernel.errors import AngariumError, Stale

from . import actions
from .errors import LastOwner, UnknownPerson
from .lifecycle import Role
from .models import Comment, Hook, Member, Project, Task
from .queries import find_projects, find_tasks

#: Years in which a due date may lie, whatever the zone.
YEARS = range(1970, 9999)


class AccountField(forms.CharField):
    """A person by the name of the account; the row holds the UUID."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, UUID):
            return value
        return Person.objects.filter(pk=value).values_list("username", flat=True).first() or str(value)

    def clean(self, value: Any) -> UUID:
        name = super().clean(value)
        found = Person.objects.filter(username=name, is_active=True).values_list("pk", flat=True).first()
        if found is None:
            raise ValidationError(gettext("There is no such person."), code=UnknownPerson.code)
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class Seen(forms.ModelForm):  # type: ignore[type-arg]
    """A form that is refused when somebody changed the row after it was shown."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial.update(seen_version=self.instance.version)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.instance.pk and found.get("seen_version") not in (None, self.instance.version):
            self.add_error(None, Stale().message)
        return found

    @property
    def given(self) -> dict[str, Any]:
        """As the actions take it: what differs from what was shown, or all of a new row."""
        names = self.changed_data if self.instance.pk else self.cleaned_data
        return {name: self.cleaned_data[name] for name in names if name != "seen_version"}


class ProjectForm(Seen):
    class Meta:
        model = Project
        fields = ("name", "description")


class TaskForm(Seen):
    class Meta:
        model = Task
        fields = ("project", "title", "description", "status", "due_date")

    @property
    def given(self) -> dict[str, Any]:
        given = super().given
        return {**given, "project": given["project"].pk} if "project" in given else given

    def clean_due_date(self) -> datetime:
        due: datetime = self.cleaned_data["due_date"]
        if due.year not in YEARS:
            raise ValidationError(gettext("The year is out of range; it lies between 1970 and 9998."))
        return due


class ByActions(ModelAdmin):
    """What is refused while writing is said where the form was. Times are those of the zone of whoever looks."""

    remove: Callable[..., None]

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        return self._on_her_clock(request, super().changeform_view, request, *args, **options)

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        return self._on_her_clock(request, super().changelist_view, request, *args, **options)

    def delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        return self._on_her_clock(request, super().delete_view, request, *args, **options)

    def _on_her_clock(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], *args: Any, **options: Any
    ) -> HttpResponseBase:
        with timezone.override(zone_of(request)):
            try:
                answer = view(*args, **options)
            except AngariumError as refusal:
                messages.error(request, refusal.message)
                return HttpResponseRedirect(request.get_full_path())
            return answer.render() if isinstance(answer, TemplateResponse) else answer

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """What goes along is counted and not listed: it may be ten thousand tasks."""
        rows = list(objs)
        counts = {self.model._meta.verbose_name_plural: len(rows)}
        return [str(row) for row in rows], {**counts, **self.along(rows)}, set(), []

    def along(self, rows: list[Any]) -> dict[Any, int]:
        """How many rows of which kind go with these."""
        return {}

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        type(self).remove(obj.pk, by=principal_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Each by itself: what is refused is said, and the others go."""
        for row in queryset:
            try:
                self.delete_model(request, row)
            except AngariumError as refusal:
                messages.error(request, f"{row}: {refusal.message}")


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    person = AccountField(label=_("person"), help_text=_("The name of an account."), max_length=150)

    class Meta:
        model = Member
        fields = ("person", "role")


class MembersAsAsked(BaseInlineFormSet):  # type: ignore[type-arg]
    """Of the owners one stays, and nobody is a member twice."""

    def clean(self) -> None:
        super().clean()
        left = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        had = any(form.initial.get("role") == Role.OWNER for form in self.initial_forms)
        if had and not any(self.errors) and Role.OWNER not in [one["role"] for one in left]:
            raise ValidationError(LastOwner().message)


class Members(TabularInline):
    model = Member
    form = MemberForm
    formset = MembersAsAsked
    extra = 0


class Comments(TabularInline):
    model = Comment
    fields = ("author", "content")
    extra = 0


@admin.register(Project)
class ProjectAdmin(ByActions):
    form = ProjectForm
    list_display = ("name", "created_at", "updated_at")
    list_per_page = 50
    search_fields = ("name",)
    readonly_fields = ("version", "created_at", "updated_at")
    fields = ("name", "description", "version", "created_at", "updated_at", "seen_version")
    remove = staticmethod(actions.delete_project)

    def get_inlines(self, request: HttpRequest, obj: Project | None) -> list[Any]:
        """A project that is not there yet will be owned by whoever enters it."""
        return [Members] if obj else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Project], search_term: str
    ) -> tuple[QuerySet[Project], bool]:
        return queryset.filter(pk__in=find_projects(principal_of(request), q=search_term).values("pk")), False

    def along(self, rows: list[Project]) -> dict[Any, int]:
        tasks = Task.objects.filter(project__in=rows)
        comments = Comment.objects.filter(task__project__in=rows)
        return {gettext("tasks"): tasks.count(), gettext("comments"): comments.count()}

    def save_model(self, request: HttpRequest, obj: Project, form: ProjectForm, change: bool) -> None:
        by, given = principal_of(request), form.given
        if change:
            actions.edit_project(obj.pk, by=by, expected_version=form.cleaned_data["seen_version"], **given)
        else:
            obj.pk = actions.create_project(by=by, **given).pk


@admin.register(Task)
class TaskAdmin(ByActions):
    """The place on the board and whose a task is are changed on the board and on the task's page."""

    form = TaskForm
    list_display = ("title", "project", "status", "due_date")
    list_filter = ("status", "due_date")
    list_select_related = ("project",)
    list_per_page = 50
    search_fields = ("title",)
    autocomplete_fields = ("project",)
    readonly_fields = ("assignee", "place", "version", "created_at", "updated_at")
    fields = (
        "project", "title", "description", "status", "due_date", "assignee", "place", "version", "created_at",
        "updated_at", "seen_version",
    )  # fmt: skip
    inlines = (Comments,)
    remove = staticmethod(actions.delete_task)

    @admin.display(description=_("assignee"), empty_value="–")
    def assignee(self, task: Task) -> str | None:
        assignment = getattr(task, "assignment", None)
        person = assignment and Person.objects.filter(pk=assignment.person).first()
        return person.name if person else None

    @admin.display(description=_("place on the board"), empty_value="–")
    def place(self, task: Task) -> str | None:
        place = getattr(task, "place", None)
        return place.rank if place else None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Task], search_term: str
    ) -> tuple[QuerySet[Task], bool]:
        return queryset.filter(pk__in=find_tasks(principal_of(request), q=search_term).values("pk")), False

    def along(self, rows: list[Task]) -> dict[Any, int]:
        return {gettext("comments"): Comment.objects.filter(task__in=rows).count()}

    def save_model(self, request: HttpRequest, obj: Task, form: TaskForm, change: bool) -> None:
        by, given = principal_of(request), form.given
        if change:
            actions.edit_task(obj.pk, by=by, expected_version=form.cleaned_data["seen_version"], **given)
        else:
            obj.pk = actions.create_task(by=by, **given).pk


@admin.register(Hook)
class HookAdmin(ModelAdmin):
    """To look at; they are entered, changed and given secrets on their own pages."""

    list_display = ("__str__", "project", "off_at", "created_at")
    list_select_related = ("project",)
    list_per_page = 50
    fields = ("project", "url", "note", "events", "off_at", "because", "ended_at", "created_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Hook | None = None) -> bool:
        return False
