"""Webhooks for people: the list, a new one with its secret, one with what became of its messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, one_page, page, partial, signed_in, subject_page
from angarium.engine.delivery.public import LONGEST_URL, Delivery
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.projects import hooks
from angarium.modules.projects.lifecycle import HOOK_EVENTS
from angarium.modules.projects.models import Project
from angarium.modules.projects.queries import writes_all
from angarium.modules.projects.subscriptions import Hook

from .names import GONE, names_of

PAGE = 25
subject_page("projects.hook", "projects_pages:hook")


class HookForm(forms.Form):
    """Where to, and of what."""

    url = forms.CharField(
        max_length=LONGEST_URL,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("Each message is posted there as JSON, signed with the webhook's secret."),
        widget=forms.URLInput(attrs={"placeholder": "https://example.org/hooks", "autocomplete": "off"}),
    )
    note = forms.CharField(required=False, max_length=255, label=gettext_lazy("What it is for"))
    events = forms.MultipleChoiceField(
        required=False,
        choices=[(one, one) for one in HOOK_EVENTS],
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Of these events; of all when none is chosen"),
    )


class NewHookForm(HookForm):
    """And of which project."""

    project = forms.ModelChoiceField(Project.objects.none(), label=gettext_lazy("Project"))
    field_order = ("project", "url", "note", "events")

    def __init__(self, *args: Any, by: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["project"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.required = hooks.projects_to_hook(by), not writes_all(by)
        field.empty_label = str(_("all projects")) if writes_all(by) else str(_("choose…"))

    @property
    def wishes(self) -> dict[str, Any]:
        project = self.cleaned_data["project"]
        return {**self.cleaned_data, "project": project and project.pk}


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    rows = hooks.hooks_seen_by(by).select_related("project").order_by("-id")
    found, pager = one_page(request, _older(rows, request.GET.get("after", "")), size=PAGE, cursor="after")
    may_enter = hooks.projects_to_hook(by).exists() or writes_all(by)
    return page(request, "projects/hooks.html", {"hooks": found, "may_enter": may_enter, **pager})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """A new one; the answer to its form is the only page that shows the secret."""
    by = principal_of(request)
    form = NewHookForm(request.POST or None, by=by, initial={"project": request.GET.get("project")})
    made = fill(form, lambda: hooks.create_hook(by=by, **form.wishes))
    if made is not None:
        return _with_secret(request, *made)
    return page(request, "projects/hook_form.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    hook = hooks.hook_seen_by(principal_of(request), id)
    rows = _older(hooks.deliveries_to(hook), request.GET.get("after", ""))
    sent, pager = one_page(request, rows, size=PAGE, cursor="after")
    answers = hooks.answers_to(sent)
    context = {
        "hook": hook,
        "messages_sent": [(one, _kind(one), answers.get(one.pk, "")) for one in sent],
        "by_whom": names_of([hook.person]).get(hook.person, GONE) if hook.person else "",
        "here": request.get_full_path(),
        **pager,
    }
    return page(request, "projects/hook_body.html" if partial(request) else "projects/hook.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: UUID) -> HttpResponse:
    by = principal_of(request)
    hook = hooks.hook_seen_by(by, id)
    initial = {"url": hook.url, "note": hook.note, "events": hook.events}
    form = HookForm(request.POST or None, initial=initial)
    if fill(form, lambda: hooks.change_hook(id, by=by, **form.cleaned_data)) is not None:
        return redirect("projects_pages:hook", id=id)
    return page(request, "projects/hook_form.html", {"form": form, "hook": hook}, status=422 if form.errors else 200)


@require_POST
@signed_in
def secret(request: HttpRequest, id: UUID) -> HttpResponse:
    """Another secret, shown in the answer alone."""
    return _with_secret(request, *hooks.renew_secret(id, by=principal_of(request)), renewed=True)


@require_POST
@signed_in
def switch(request: HttpRequest, id: UUID, enabled: bool) -> HttpResponseBase:
    by, done = principal_of(request), _("It is on.") if enabled else _("It is off.")
    attempt(request, lambda: hooks.change_hook(id, by=by, enabled=enabled), done=done)
    return redirect("projects_pages:hook", id=id)


@require_POST
@signed_in
def ping(request: HttpRequest, id: UUID) -> HttpResponseBase:
    by = principal_of(request)
    attempt(request, lambda: hooks.ping(id, by=by), done=_("A ping is on its way."))
    return redirect("projects_pages:hook", id=id)


@require_POST
@signed_in
def replay(request: HttpRequest, id: UUID, delivery: UUID) -> HttpResponseBase:
    by = principal_of(request)
    attempt(request, lambda: hooks.replay(id, delivery, by=by), done=_("It is being sent once more."))
    return redirect("projects_pages:hook", id=id)


@require_POST
@signed_in
def deletion(request: HttpRequest, id: UUID) -> HttpResponseBase:
    by = principal_of(request)
    attempt(request, lambda: hooks.delete_hook(id, by=by), done=_("The webhook was deleted."))
    return redirect("projects_pages:hooks")


def _with_secret(request: HttpRequest, hook: Hook, secret: str, *, renewed: bool = False) -> HttpResponse:
    context = {"hook": hook, "secret": secret, "renewed": renewed}
    response = page(request, "projects/hook_secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _older(rows: Any, after: str) -> Any:
    """Those after the row that the page before ended with; all where that is no id."""
    try:
        return rows.filter(pk__lt=UUID(after)) if after else rows
    except ValueError:
        return rows


def _kind(delivery: Delivery) -> str:
    """The type that its payload begins with."""
    head: str = delivery.context.get("payload", "")[:100]
    return head.removeprefix('{"type":"').partition('"')[0]
