"""What the other files here are written with: forms carried out by actions, pages of what nobody changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from angarium.engine.console.public import said
from angarium.engine.identity.public import Person, Principal, principal_of
from angarium.kernel.errors import AngariumError
from angarium.modules.timeoff.models import Change


class Acted(forms.ModelForm):  # type: ignore[type-arg]
    """A form that is carried out by an action once its fields are read; what the action refuses is this form's error.
    The row is the action's to check, and is not filled in here."""

    by: ClassVar[Principal]
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial.update(seen_version=getattr(self.instance, "version", None))

    def act(self, given: dict[str, Any]) -> Model:
        """Carry it out with what was given: of a row that is there, what differs from what was shown."""
        raise NotImplementedError

    def seen(self) -> dict[str, Any]:
        """For actions that refuse when somebody changed the row after it was shown."""
        return {"by": self.by, "expected_version": self.cleaned_data["seen_version"]}

    def _post_clean(self) -> None:
        if self.errors:
            return
        names = self.changed_data if self.instance.pk else list(self.cleaned_data)
        given = {name: _plain(self.cleaned_data[name]) for name in names if name != "seen_version"}
        try:
            with transaction.atomic():
                self.instance = self.act(given)
        except AngariumError as refusal:
            name = (refusal.field or "").removesuffix("_id")
            self.add_error(name if name in self.fields else None, said(refusal))


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


class AccountField(forms.CharField):
    """A person by the name of the account; the row holds the UUID."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, UUID):
            return value
        return Person.objects.filter(pk=value).values_list("username", flat=True).first() or str(value)

    def clean(self, value: Any) -> UUID | None:
        name = super().clean(value)
        found = Person.objects.filter(username=name, is_active=True).values_list("pk", flat=True).first()
        if name and found is None:
            raise ValidationError(gettext("There is no such person."), code="unknown_person")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ByActions(ModelAdmin):
    """Forms that are carried out by actions, deletions likewise; what was changed of a row stands below it."""

    remove: Callable[..., None]
    list_per_page = 50
    show_full_result_count = False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)
        return type(form.__name__, (form,), {"by": principal_of(request)})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """It was saved by the action."""

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().delete_view(request, object_id, extra_context)
        except AngariumError as refusal:
            messages.error(request, said(refusal))
            return HttpResponseRedirect(request.get_full_path())
        return answer

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Whether anything hangs on them the action finds out."""
        rows = list(objs)
        return [str(row) for row in rows], {self.model._meta.verbose_name_plural: len(rows)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        type(self).remove(obj.pk, by=principal_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.each(request, queryset, type(self).remove)

    def each(self, request: HttpRequest, rows: QuerySet[Any], act: Callable[..., object]) -> None:
        """Each by itself: what is refused is said, and the others are done."""
        for row in rows:
            try:
                act(row.pk, by=principal_of(request))
            except AngariumError as refusal:
                messages.error(request, f"{row}: {said(refusal)}")

    @admin.display(description=_("who changed what"), empty_value="–")
    def audit(self, row: Any) -> str:
        changes = Change.objects.filter(subject=f"timeoff.{row._meta.model_name}:{row.pk}").order_by("-id")[:100]
        return format_html_join("", "<p>{}</p>", ((told_of(one),) for one in changes))


def told_of(change: Change) -> str:
    """One line: when, who, and each column before and after."""
    before, after = change.before or {}, change.after or {}
    names = dict.fromkeys([*before, *after])
    columns = ", ".join(f"{name}: {before.get(name, '–')} → {after.get(name, '–')}" for name in names)
    return f"{change.at:%Y-%m-%d %H:%M} UTC, {change.name or gettext('the system')}: {columns}"


class Kept(ModelAdmin):
    """To look at: nothing here is changed or removed; some of it is added, by an action."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Appended(ByActions):
    """What is added by an action and never changed."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
