"""Requests with their steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from angarium.modules.timeoff import actions
from angarium.modules.timeoff.lifecycle import Status
from angarium.modules.timeoff.models import Approval, Request

from .acting import Acted, ByActions, Kept


class RequestForm(Acted):
    draft = forms.BooleanField(label=_("only a draft"), required=False, widget=UnfoldBooleanWidget)

    class Meta:
        model = Request
        fields = ("employee", "kind", "start", "end", "minutes", "comment", "draft")
        widgets: ClassVar = {"comment": UnfoldAdminTextareaWidget}

    def act(self, given: dict[str, Any]) -> Model:
        if self.instance.pk:
            return actions.edit_request(self.instance.pk, **self.seen(), **given)
        return actions.create_request(by=self.by, **given)


@admin.register(Request)
class RequestAdmin(ByActions):
    """A draft can be edited and deleted; what becomes of the others are verbs."""

    form = RequestForm
    list_display = ("employee", "kind", "start", "end", "days", "status", "decided_by")
    list_filter = ("status", "kind", "start")
    list_select_related = ("employee",)
    search_fields = ("employee__name",)
    autocomplete_fields = ("employee",)
    readonly_fields = (
        *("days", "status", "author", "created_at", "submitted_at", "escalated_at", "decided_at", "decided_by"),
        *("decision", "version", "steps", "audit"),
    )
    remove = staticmethod(actions.delete_request)
    actions = ("approve", "reject", "call_off")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return RequestForm.Meta.fields
        return ("employee", *RequestForm.Meta.fields[1:-1], *self.readonly_fields, "seen_version")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "employee") if obj else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.status == Status.DRAFT)

    @admin.display(description=_("steps"), empty_value="–")
    def steps(self, row: Request) -> str:
        lines = ((f"{one.at:%Y-%m-%d %H:%M} UTC, {one.name}: {one.verdict} {one.comment}",) for one in row.steps.all())
        return format_html_join("", "<p>{}</p>", lines)

    @admin.action(description=_("Approve the chosen requests"), permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Request]) -> None:
        self.each(request, chosen, actions.approve_request)

    @admin.action(description=_("Reject the chosen requests"), permissions=["change"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Request]) -> None:
        self.each(request, chosen, actions.reject_request)

    @admin.action(description=_("Call off the chosen requests"), permissions=["change"])
    def call_off(self, request: HttpRequest, chosen: QuerySet[Request]) -> None:
        self.each(request, chosen, actions.cancel_request)


@admin.register(Approval)
class ApprovalAdmin(Kept):
    list_display = ("request", "verdict", "name", "on_behalf_of", "at")
    list_filter = ("verdict", "at")
    list_select_related = ("request", "on_behalf_of")
    search_fields = ("name",)
    fields = readonly_fields = ("request", "verdict", "person", "name", "on_behalf_of", "comment", "at")
