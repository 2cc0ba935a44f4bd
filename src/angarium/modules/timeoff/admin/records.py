"""Rates, entries, the calendar's days, what was changed, and calendar feeds."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Change, Entry, Feed, Holiday, Rate

from .acting import Acted, Appended, ByActions, Kept, told_of


class HolidayForm(Acted):
    class Meta:
        model = Holiday
        fields = ("country", "day", "kind", "name", "source")

    def act(self, given: dict[str, Any]) -> Model:
        if self.instance.pk:
            return actions.edit_holiday(self.instance.pk, **self.seen(), **given)
        return actions.create_holiday(by=self.by, **given)


@admin.register(Holiday)
class HolidayAdmin(ByActions):
    form = HolidayForm
    list_display = ("day", "kind", "name", "country", "source")
    list_filter = ("kind", "country")
    search_fields = ("name",)
    date_hierarchy = "day"
    fields = ("country", "day", "kind", "name", "source", "version", "audit", "seen_version")
    remove = staticmethod(actions.delete_holiday)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("version", "audit", "country") if obj else ("version", "audit")


class RateForm(Acted):
    class Meta:
        model = Rate
        fields = ("employee", "share", "salary", "valid_from", "valid_to", "because")

    def act(self, given: dict[str, Any]) -> Model:
        return actions.record_rate(given.pop("employee"), by=self.by, **given)


@admin.register(Rate)
class RateAdmin(Appended):
    """Another one supersedes what is known."""

    form = RateForm
    list_display = ("employee", "share", "salary", "valid_from", "valid_to", "recorded_at", "superseded_at")
    list_filter = ("superseded_at", "valid_from")
    list_select_related = ("employee",)
    search_fields = ("employee__name",)
    autocomplete_fields = ("employee",)
    readonly_fields = ("recorded_at", "superseded_at", "recorded_by")
    fields = (*RateForm.Meta.fields, *readonly_fields)


class EntryForm(Acted):
    """A correction by hand."""

    class Meta:
        model = Entry
        fields = ("employee", "on", "days", "because")

    def act(self, given: dict[str, Any]) -> Model:
        return actions.correct_balance(given.pop("employee"), by=self.by, **given)


@admin.register(Entry)
class EntryAdmin(Appended):
    form = EntryForm
    list_display = ("employee", "on", "kind", "days", "rule", "recorded_at")
    list_filter = ("kind", "on")
    list_select_related = ("employee",)
    search_fields = ("employee__name",)
    autocomplete_fields = ("employee",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return EntryForm.Meta.fields
        more = ("kind", "request", "rule", "facts", "person", "recorded_at", "key")
        return (*EntryForm.Meta.fields, *more)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()


@admin.register(Change)
class ChangeAdmin(Kept):
    list_display = ("at", "name", "subject", "what")
    list_filter = ("at",)
    search_fields = ("=subject", "name")
    search_help_text = _("A name, or a subject such as timeoff.employee:7")
    fields = readonly_fields = ("at", "name", "person", "subject", "before", "after")

    @admin.display(description=_("change"))
    def what(self, row: Change) -> str:
        return told_of(row)[:200]


@admin.register(Feed)
class FeedAdmin(Kept):
    """The addresses are for their people alone."""

    list_display = ("id", "person", "department", "created_at", "fetched_at", "ended_at")
    list_filter = ("ended_at",)
    list_select_related = ("department",)
    fields = readonly_fields = ("id", "person", "department", "created_at", "fetched_at", "ended_at")
