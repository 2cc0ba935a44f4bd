"""Lessons, students and teachers for staff. What the lifecycle refuses is an error of the form, never a fault."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget

from angarium.engine.identity.public import principal_of, timezones
from angarium.kernel.errors import AngariumError, Stale

from . import actions
from .errors import BadTime, LessonConflict, SameTime
from .lifecycle import AHEAD, LIFECYCLE, LessonSnapshot, Status
from .models import Lesson, Reminder, Student, Teacher, instant, refuse_conflicts
from .queries import lesson_matches, participant_matches


class WallClock(forms.SplitDateTimeField):
    """A date and a time without a zone; the form reads them in the lesson's own."""

    def compress(self, data_list: Any) -> datetime | None:
        return datetime.combine(*data_list) if data_list and all(data_list) else None


class LessonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A lesson as staff edit it: the status only along the lifecycle, the start on the lesson's own clock."""

    starts_at = WallClock(
        label=_("Starts at"),
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("On the clock of the lesson's time zone. Another start reschedules a lesson that is still ahead."),
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Lesson
        fields = (
            "title", "student", "teacher", "starts_at", "timezone", "duration_minutes", "status", "cancelled_because",
        )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            local = self.instance.starts_at.astimezone(ZoneInfo(self.instance.timezone))
            self.initial.update(starts_at=local.replace(tzinfo=None), seen_version=self.instance.version)
        legal = {self.instance.status, *self.instance.allowed} if self.instance.pk else set(LIFECYCLE.initial)
        self.fields["status"].choices = [choice for choice in Status.choices if choice[0] in legal]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        try:
            if "starts_at" in self.changed_data and found.get("starts_at") and found.get("timezone"):
                found["starts_at"] = instant(found["starts_at"], found["timezone"])
            elif self.instance.pk:
                found["starts_at"] = self.instance.starts_at
            if self.instance.pk and not self.errors:
                self._follow_lifecycle(found)
            if not self.errors:
                self._keep_people_apart(found)
        except AngariumError as refusal:
            self.add_error(_field_of(refusal), refusal.message)
        return found

    def _keep_people_apart(self, found: dict[str, Any]) -> None:
        """Saving refuses this too; said here, it stands beside its field."""
        now = self.instance
        written = {**found, "student_id": found["student"].pk, "teacher_id": found["teacher"].pk, "id": now.pk or 0}
        columns = (field.name for field in dataclasses.fields(LessonSnapshot))
        after = LessonSnapshot(**{name: written[name] for name in columns})
        refuse_conflicts([(now.snapshot if now.pk else None, after)])

    def _follow_lifecycle(self, found: dict[str, Any]) -> None:
        """The instance still holds the row as it is; the refusals are those of the lifecycle itself."""
        now = self.instance
        if found.get("seen_version") not in (None, now.version):
            raise Stale
        moved = found["starts_at"] != now.starts_at
        if moved and found["status"] == now.status and now.status in AHEAD:
            found["status"] = Status.RESCHEDULED
        if found["status"] == Status.RESCHEDULED != now.status and not moved:
            raise SameTime(field="starts_at")
        if found["status"] != now.status:
            LIFECYCLE.check(now.status, found["status"])


def _field_of(refusal: AngariumError) -> str | None:
    if isinstance(refusal, BadTime | SameTime):
        return "starts_at"
    if isinstance(refusal, LessonConflict):
        return (refusal.field or "").removesuffix("_id") or None
    return None if isinstance(refusal, Stale) else "status"


class Zoned(ModelAdmin):
    """Time zones are chosen from a list; what is refused while saving is said where the form was."""

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **options: Any) -> Any:
        if db_field.name != "timezone":
            return super().formfield_for_dbfield(db_field, request, **options)
        zones = [(name, name) for name in sorted(timezones())]
        return forms.ChoiceField(
            label=capfirst(db_field.verbose_name), choices=zones, initial="UTC", widget=UnfoldAdminSelectWidget
        )

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().changeform_view(request, *args, **options)
        except AngariumError as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(request.get_full_path())
        return answer


@admin.register(Lesson)
class LessonAdmin(Zoned):
    form = LessonForm
    list_display = ("title", "student", "teacher", "local_start", "timezone", "duration_minutes", "status")
    list_filter = ("status", "starts_at", "teacher")
    list_select_related = ("student", "teacher")
    list_per_page = 50
    ordering = ("-starts_at", "-id")
    search_fields = ("title", "student__name", "teacher__name")
    search_help_text = _("A part of the title or of a name")
    autocomplete_fields = ("student", "teacher")
    readonly_fields = ("version", "created_at", "updated_at")
    fields = (
        "title", "student", "teacher", "starts_at", "timezone", "duration_minutes", "status", "cancelled_because",
        "version", "created_at", "updated_at", "seen_version",
    )  # fmt: skip
    actions = ("complete",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lesson], search_term: str
    ) -> tuple[QuerySet[Lesson], bool]:
        return (queryset.filter(lesson_matches(search_term)) if search_term else queryset), False

    @admin.display(ordering="starts_at", description=_("starts at"))
    def local_start(self, lesson: Lesson) -> str:
        """On the clock of the lesson's own zone, which stands beside it."""
        return f"{lesson.starts_at.astimezone(ZoneInfo(lesson.timezone)):%Y-%m-%d %H:%M}"

    @admin.action(description=_("Complete the chosen lessons"))
    def complete(self, request: HttpRequest, chosen: QuerySet[Lesson]) -> None:
        completed = 0
        for lesson in chosen:
            try:
                actions.complete_lesson(lesson.id, by=principal_of(request))
                completed += 1
            except AngariumError as refusal:
                messages.error(request, f"{lesson.title}: {refusal.message}")
        if completed:
            messages.success(request, gettext("Completed: %(count)d.") % {"count": completed})


@admin.register(Reminder)
class ReminderAdmin(ModelAdmin):
    """To look at: reminders are planned and voided by what happens to their lessons."""

    list_display = ("lesson", "kind", "role", "participant", "due_at", "state", "because")
    list_filter = ("state", "kind", "because")
    list_select_related = ("lesson",)
    list_per_page = 50
    ordering = ("-due_at", "-id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ParticipantAdmin(Zoned):
    list_display = ("name", "email", "timezone", "person")
    search_fields = ("name", "email")
    ordering = ("name", "id")
    readonly_fields = ("created_at", "updated_at")
    fields = ("name", "email", "timezone", "person", "created_at", "updated_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.filter(participant_matches(search_term)) if search_term else queryset), False


admin.site.register(Student, ParticipantAdmin)
admin.site.register(Teacher, ParticipantAdmin)
