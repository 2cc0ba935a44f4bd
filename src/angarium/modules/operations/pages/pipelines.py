"""Pipelines for people: which there are, where the work of one waits now, and starting a run of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import fill, one_page, page, partial, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import Operation
from angarium.modules.operations import actions, runs
from angarium.modules.operations.backlog import Backlog, backlog_of
from angarium.modules.operations.definitions import access_pipeline, declared
from angarium.modules.operations.models import Pipeline, PipelineRun
from angarium.modules.operations.pipelines import RunState, Stage
from angarium.modules.operations.wire import LARGEST_PART, troubles

PAGE, RUNS = 25, 20
RUN_STATES = [
    ("", _("any")),
    (RunState.RUNNING, _("running")),
    (RunState.SUCCEEDED, _("succeeded")),
    (RunState.FAILED, _("failed")),
    (RunState.CANCELLED, _("cancelled")),
]


@dataclass(frozen=True, slots=True)
class Listed:
    """A pipeline with what is open of it now, and its newest run."""

    pipeline: Pipeline
    stages: Sequence[Stage]
    waiting: int
    running: int
    latest: runs.RunNow | None


@signed_in
def pipelines(request: HttpRequest) -> HttpResponse:
    principal = principal_of(request)
    rows = Pipeline.objects.prefetch_related("stages").order_by("name")
    if after := request.GET.get("after", "").replace("\x00", ""):
        rows = rows.filter(name__gt=after[:100])
    found = list(rows.annotate(latest=_newest(principal))[: PAGE + 1])
    context = {
        "pipelines": _listed(found[:PAGE], principal),
        "follows": found[PAGE - 1].name if len(found) > PAGE else "",
        "here": request.get_full_path(),
    }
    template = "operations/pipelines_body.html" if partial(request) else "operations/pipelines.html"
    return page(request, template, context)


def _newest(principal: Principal) -> Subquery:
    return Subquery(runs.runs_for(principal).filter(pipeline=OuterRef("name")).order_by("-id").values("id")[:1])


def _listed(found: Sequence[Any], principal: Principal) -> list[Listed]:
    latest = runs.as_they_stand(list(PipelineRun.objects.filter(id__in=[one.latest for one in found if one.latest])))
    newest, now = {one.row.pipeline: one for one in latest}, _open_now(principal)
    return [Listed(one, declared(one), *now.get(one.name, (0, 0)), newest.get(one.name)) for one in found]


def _open_now(principal: Principal) -> dict[str, tuple[int, int]]:
    """(waiting, running) of each pipeline: what is open is found through its side table, whatever history there is."""
    of = runs.runs_for(principal).filter(id=OuterRef("parent")).values("pipeline")[:1]
    rows = Operation.objects.filter(due__isnull=False, parent__isnull=False).annotate(pipeline=Subquery(of))
    counted = rows.values("pipeline").annotate(all=Count("id"), running=Count("id", filter=Q(due__claimed=True)))
    return {row["pipeline"]: (row["all"] - row["running"], row["running"]) for row in counted if row["pipeline"]}


class StartForm(forms.Form):
    """What a run is given."""

    input = forms.CharField(
        required=False,
        strip=False,
        initial="{}",
        max_length=LARGEST_PART,
        label=_("Input, a JSON object"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono"}),
    )

    def clean_input(self) -> dict[str, Any]:
        try:
            value = msgspec.json.decode(self.cleaned_data["input"] or "{}")
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise forms.ValidationError(_("This is not JSON.")) from None
        if not isinstance(value, dict):
            raise forms.ValidationError(_("This is not a JSON object."))
        if any(troubles(value)):
            raise forms.ValidationError(_("This cannot be kept: too deep, a NUL, or a number beyond 64 bits."))
        return value


class RunFilters(forms.Form):
    """Which of its runs; a cursor goes on after one."""

    state = forms.ChoiceField(required=False, choices=RUN_STATES, label=_("State"))
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def pipeline(request: HttpRequest, name: str) -> HttpResponseBase:
    """Where its work waits, its runs, and with a POST another run."""
    principal, found = principal_of(request), access_pipeline(name)
    form = StartForm(request.POST if request.method == "POST" else None)
    run = fill(form, lambda: actions.start_run(name, by=principal, input=form.cleaned_data["input"]))
    if run is not None:
        return redirect("operations_pages:run", id=run.id)
    filters = RunFilters(request.GET)
    valid = filters.is_valid()
    rows = _runs(found, principal, filters) if valid else PipelineRun.objects.none()
    shown, pager = one_page(request, rows, size=RUNS, cursor="before")
    context = {
        "pipeline": found,
        "stages": bars_of(backlog_of(found, principal)),
        "runs": runs.as_they_stand(shown),
        **pager,
        "form": form,
        "filters": filters,
        "states": RUN_STATES,
        "may_start": bool(form.errors) or (principal.may("operations:write") and found.is_active),
        "here": request.get_full_path(),
    }
    template = "operations/pipeline_body.html" if partial(request) else "operations/pipeline.html"
    return page(request, template, context, status=422 if form.errors else 200 if valid else 400)


def _runs(found: Pipeline, principal: Principal, filters: RunFilters) -> QuerySet[PipelineRun]:
    wanted = filters.cleaned_data
    rows = runs.found(principal, pipeline=found.name, state=wanted["state"])
    if wanted["before"]:
        rows = rows.filter(id__lt=wanted["before"])
    return rows.order_by("-id")


@dataclass(frozen=True, slots=True)
class StageBar:
    """A stage, with the widths of its bars in per cent: what is open, on the scale of the fullest stage; how long it
    takes, on the scale of the slowest."""

    backlog: Backlog
    waiting_at: float
    running_at: float
    paused_at: float
    stuck_at: float
    p50_at: float
    p90_at: float
    expected_at: float | None
    slow: bool


def bars_of(stages: Sequence[Backlog]) -> list[StageBar]:
    """Pure."""
    most = max((one.waiting + one.running + one.paused for one in stages), default=0) or 1
    times = [(one.p90_seconds or 0.0, one.stage.expected_seconds or 0.0) for one in stages]
    longest = max(map(max, times), default=0.0) or 1.0

    def part(number: float | None, of: float) -> float:
        return round(100 * (number or 0) / of, 3)

    return [
        StageBar(
            backlog=one,
            waiting_at=part(one.waiting, most),
            running_at=part(one.running, most),
            paused_at=part(one.paused, most),
            stuck_at=part(one.stuck, most),
            p50_at=part(one.p50_seconds, longest),
            p90_at=part(one.p90_seconds, longest),
            expected_at=None if one.stage.expected_seconds is None else part(one.stage.expected_seconds, longest),
            slow=None not in (one.p50_seconds, one.stage.expected_seconds)
            and (one.p50_seconds or 0) > (one.stage.expected_seconds or 0),
        )
        for one in stages
    ]
