"""Mailings, clients and messages for staff. All is written by the actions, so that what is made or deleted here is
planned, told and counted as anywhere else; what they refuse is an error of the form, never a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from angarium.engine.identity.public import principal_of, timezones
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError, Stale

from . import actions, queries
from .counting import counts_of
from .errors import BadSpan, BadWindow, PhoneTaken
from .lifecycle import MessageState, Reason
from .models import Client, Mailer, Message
from .statistics import whys_of
from .windows import EVERY_DAY, weekdays_of

#: What a list of messages counts to; there may be millions, and nobody pages that far.
MOST_COUNTED = 10_000
WEEKDAYS = (
    (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")),
    (6, _("Saturday")), (7, _("Sunday")),
)  # fmt: skip


class ByActions(ModelAdmin):
    """What is refused while writing is said where the form was. Deleting, of one or of many, is `remove`."""

    remove: Callable[..., None]

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().changeform_view(request, *args, **options)
        except AngariumError as refusal:
            return self._back(request, refusal)
        return answer

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().delete_view(request, object_id, extra_context)
        except AngariumError as refusal:
            return self._back(request, refusal)
        return answer

    def _back(self, request: HttpRequest, refusal: AngariumError) -> HttpResponseBase:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Nothing goes along with a row that stays for its history, however many messages tell of it."""
        rows = list(objs)
        return [str(row) for row in rows], {self.model._meta.verbose_name_plural: len(rows)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        type(self).remove(obj.pk, by=principal_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.each(request, queryset, type(self).remove)

    def each(self, request: HttpRequest, rows: QuerySet[Any], act: Callable[..., object]) -> int:
        """Do this to each of them; says which it could not be done to, and returns how many it was."""
        done = 0
        for row in rows:
            try:
                act(row.pk, by=principal_of(request))
                done += 1
            except AngariumError as refusal:
                messages.error(request, f"{row}: {refusal.message}")
        return done


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Client
        fields = ("phone", "tag", "timezone")

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"])
        others = Client.objects.filter(phone=phone, deleted_at__isnull=True).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(PhoneTaken().message)
        return phone


@admin.register(Client)
class ClientAdmin(ByActions):
    form = ClientForm
    list_display = ("phone", "operator_code", "tag", "timezone", "opted_out_at")
    list_filter = ("operator_code",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=id", "phone__startswith", "=tag")
    search_help_text = _("A number, the beginning of a phone, or a tag")
    readonly_fields = ("operator_code", "opted_out_at", "created_at", "updated_at")
    fields = ("phone", "operator_code", "tag", "timezone", "opted_out_at", "created_at", "updated_at")
    remove = staticmethod(actions.delete_client)
    actions = ("opt_out", "opt_in")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        return queries.clients_seen_by(principal_of(request)).order_by("id")

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **options: Any) -> Any:
        if db_field.name != "timezone":
            return super().formfield_for_dbfield(db_field, request, **options)
        zones = [(name, name) for name in sorted(timezones())]
        return forms.ChoiceField(
            label=capfirst(db_field.verbose_name), choices=zones, initial="UTC", widget=UnfoldAdminSelectWidget
        )

    def save_model(self, request: HttpRequest, obj: Client, form: ClientForm, change: bool) -> None:
        given, by = form.cleaned_data, principal_of(request)
        made = actions.edit_client(obj.pk, by=by, **given) if change else actions.add_client(by=by, **given)
        obj.pk = made.pk

    @admin.action(description=_("Write no more to the chosen clients"), permissions=["change"])
    def opt_out(self, request: HttpRequest, chosen: QuerySet[Client]) -> None:
        self.each(request, chosen, actions.opt_out)

    @admin.action(description=_("Write to the chosen clients again"), permissions=["change"])
    def opt_in(self, request: HttpRequest, chosen: QuerySet[Client]) -> None:
        self.each(request, chosen, actions.opt_in)


class MailerForm(forms.ModelForm):  # type: ignore[type-arg]
    """What of a mailing can be edited. The rules are those of the actions; said here, they stand beside their field."""

    days = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS, coerce=int, required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("On which the window opens; none chosen means all of them."),
    )  # fmt: skip
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Mailer
        fields = ("content", "start", "finish", "tag", "operator_code", "window_start", "window_end")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        days = weekdays_of(self.instance.weekdays) if self.instance.pk else EVERY_DAY
        self.initial.update(days=sorted(days))
        self.fields["days"].label = capfirst(gettext("weekdays"))
        if self.instance.pk:
            self.initial.update(seen_version=self.instance.version)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.instance.pk and found.get("seen_version") not in (None, self.instance.version):
            self.add_error(None, Stale().message)
        start, finish = found.get("start"), found.get("finish")
        if start and finish and (finish <= start or (not self.instance.pk and finish <= now())):
            self.add_error("finish", BadSpan().message)
        bounds = {name: found.get(name) for name in ("window_start", "window_end")}
        if not {"window_start", "window_end"} & set(self.errors) and list(bounds.values()).count(None) == 1:
            self.add_error(next(name for name, value in bounds.items() if value is None), BadWindow().message)
        return found

    @property
    def changes(self) -> dict[str, Any]:
        """As the actions take them; the row keeps its weekdays as bits."""
        given = {name: value for name, value in self.cleaned_data.items() if name in self.Meta.fields}
        return {**given, "weekdays": self.cleaned_data["days"]}


def _column(state: str, label: Any) -> Callable[[Any, Mailer], int]:
    """How many messages of a mailing are in this state, as a column of the list."""

    @admin.display(description=label)
    def column(_admin: Any, mailer: Mailer) -> int:
        return int(mailer.counted[state])  # type: ignore[attr-defined]

    return column


@admin.register(Mailer)
class MailerAdmin(ByActions):
    """A mailing made here is planned and sent as any other. Its state moves by the actions above the list alone."""

    form = MailerForm
    list_display = ("id", "said", "state", "start", "finish", *MessageState.values)
    list_display_links = ("id", "said")
    list_filter = ("state", "start")
    list_per_page = 50
    ordering = ("-id",)
    search_fields = ("=id", "content", "=tag")
    readonly_fields = ("state", "statistics", "version", "created_at", "updated_at")
    fields = (
        "content", "start", "finish", "tag", "operator_code", "window_start", "window_end", "days",
        "state", "statistics", "version", "created_at", "updated_at", "seen_version",
    )  # fmt: skip
    remove = staticmethod(actions.delete_mailer)
    actions = ("pause", "resume", "cancel", "retry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mailer]:
        return queries.mailers_seen_by(principal_of(request)).order_by("-id")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The page's rows with their counts: one query for all of them."""
        found = super().get_changelist_instance(request)
        found.result_list = list(found.result_list)
        counts = counts_of([row.pk for row in found.result_list])
        for row in found.result_list:
            row.counted = counts[row.pk]
        return found

    @admin.display(description=_("content"), ordering="content")
    def said(self, mailer: Mailer) -> str:
        return str(mailer)

    @admin.display(description=_("Statistics"))
    def statistics(self, mailer: Mailer) -> str:
        """How many messages are in each state, and why."""
        if not mailer.pk:
            return "–"
        counts = counts_of([mailer.pk])[mailer.pk]
        link = f"{reverse('admin:mailings_message_changelist')}?mailer__id__exact={mailer.pk}"
        states = ((MessageState(state).label, number) for state, number in counts.items())
        whys = ((why.number, MessageState(why.status).label, Reason(why.reason).label) for why in whys_of(mailer))
        return format_html(
            '<p>{}</p><p>{}</p><p><a class="underline" href="{}">{}</a></p>',
            _rows("{}: {}", [*states, (gettext("in all"), sum(counts.values()))]),
            _rows("{} × {} ({})", whys),
            link,
            gettext("The messages"),
        )

    def save_model(self, request: HttpRequest, obj: Mailer, form: MailerForm, change: bool) -> None:
        by, seen = principal_of(request), form.cleaned_data.get("seen_version")
        if change:
            actions.edit_mailer(obj.pk, by=by, expected_version=seen, **form.changes)
        else:
            obj.pk = actions.add_mailer(by=by, **form.changes).pk

    @admin.action(description=_("Pause the chosen mailings"), permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Mailer]) -> None:
        self._move(request, chosen, actions.pause_mailer)

    @admin.action(description=_("Resume the chosen mailings"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Mailer]) -> None:
        self._move(request, chosen, actions.resume_mailer)

    @admin.action(description=_("Cancel the chosen mailings for good"), permissions=["change"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Mailer]) -> None:
        self._move(request, chosen, actions.cancel_mailer)

    @admin.action(description=_("Try again what failed of the chosen mailings"), permissions=["change"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Mailer]) -> None:
        self._move(request, chosen, actions.retry_failed)

    def _move(self, request: HttpRequest, chosen: QuerySet[Mailer], act: Callable[..., object]) -> None:
        if done := self.each(request, chosen, act):
            messages.success(request, gettext("Done: %(count)d.") % {"count": done})


for _state in MessageState:
    setattr(MailerAdmin, _state.value, _column(_state.value, _state.label))


def _rows(form: str, values: Iterable[tuple[Any, ...]]) -> SafeString:
    return format_html_join(SafeString("<br>"), form, values)


class Bounded(Paginator):  # type: ignore[type-arg]
    """Counts to MOST_COUNTED; whoever looks further back has filters."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


@admin.register(Message)
class MessageAdmin(ModelAdmin):
    """To look at: messages are planned, sent and taken back by what happens to their mailing and their client."""

    list_display = ("id", "mailer_id", "client", "state", "reason", "attempts", "due_at", "sent_at", "answer")
    list_filter = ("state", "reason")
    list_select_related = ("client",)
    list_per_page = 50
    paginator = Bounded
    show_full_result_count = False
    ordering = ("-id",)
    search_fields = ("=id", "=mailer__id", "=client__id", "=client__phone")
    search_help_text = _("The number of a message, a mailing or a client, or a phone")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return queries.messages_seen_by(principal_of(request)).order_by("-id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
