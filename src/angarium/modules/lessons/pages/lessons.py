"""Lessons for people: the list, the form, one lesson with its moves and all that followed from it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.contrib.admin.utils import label_for_field
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from angarium.contracts import lessons as told
from angarium.contracts.event import load
from angarium.engine.console.public import (
    Moment,
    WallClock,
    attempt,
    fill,
    one_page,
    page,
    partial,
    signed_in,
    span_of,
    story_of,
    subject_page,
    zone_of,
)
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Principal, principal_of, timezones
from angarium.kernel.errors import Forbidden
from angarium.modules.lessons import actions, moments
from angarium.modules.lessons.lifecycle import Status
from angarium.modules.lessons.models import LONGEST_MINUTES, Lesson, Student, Teacher
from angarium.modules.lessons.queries import (
    find_lessons,
    latest_first,
    lesson_seen_by,
    lessons_seen_by,
    may_change,
    reminders_of,
    students_seen_by,
    teachers_seen_by,
    writes_all,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PAGE = 25
CHOOSE = gettext_lazy("choose…")
subject_page("lessons.lesson", "lessons_pages:show")


class Filters(forms.Form):
    """What the list is narrowed to; the cursor is the lesson that the page before ended with."""

    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Title or name"))
    status = forms.ChoiceField(
        required=False, choices=[("", gettext_lazy("any")), *Status.choices], label=gettext_lazy("Status")
    )
    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, form = principal_of(request), Filters(request.GET)
    rows: QuerySet[Lesson] = Lesson.objects.none()
    if valid := form.is_valid():
        wanted = form.cleaned_data
        rows = latest_first(find_lessons(by, status=wanted["status"], q=wanted["q"]), wanted["after"])
    lessons, pager = one_page(request, rows, size=PAGE, cursor="after")
    context = {
        "form": form,
        "lessons": lessons,
        **pager,
        "narrowed": any(request.GET.get(name) for name in ("q", "status")),
        "may_plan": writes_all(by),
        "here": request.get_full_path(),
    }
    template = "lessons/list_body.html" if partial(request) else "lessons/list.html"
    return page(request, template, context, status=200 if valid else 400)


class Time(forms.Form):
    """A start as the wall clock of a zone shows it."""

    starts_at = WallClock(label=gettext_lazy("Starts at"))
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone of the lesson"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields["timezone"]
        assert isinstance(zones, forms.ChoiceField)
        zones.choices = [(name, name.replace("_", " ")) for name in sorted(timezones())]

    def changes(self) -> dict[str, Any]:
        """What differs from how the form was shown, as arguments of an action. Time and zone go together."""
        names = set(self.changed_data) - {"version"}
        if names & {"starts_at", "timezone"}:
            names |= {"starts_at", "timezone"}
        values = {name: self.cleaned_data[name] for name in names}
        return {name: getattr(value, "pk", value) for name, value in values.items()}


class LessonForm(Time):
    """A lesson to be planned or edited."""

    title = forms.CharField(max_length=255, label=gettext_lazy("Title"))
    student_id = forms.ModelChoiceField(Student.objects.none(), empty_label=CHOOSE, label=gettext_lazy("Student"))
    teacher_id = forms.ModelChoiceField(Teacher.objects.none(), empty_label=CHOOSE, label=gettext_lazy("Teacher"))
    duration_minutes = forms.IntegerField(
        min_value=1, max_value=LONGEST_MINUTES, initial=60, label=gettext_lazy("Minutes")
    )
    field_order = ("title", "student_id", "teacher_id", "starts_at", "timezone", "duration_minutes", "version")

    def __init__(self, *args: Any, by: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, people in (("student_id", students_seen_by(by)), ("teacher_id", teachers_seen_by(by))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = people.order_by("name", "id")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def plan(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    if not writes_all(by):
        raise Forbidden
    form = LessonForm(request.POST or None, by=by, initial=_prefilled(request))
    lesson = fill(form, lambda: actions.plan_lesson(by=by, **_arguments(form)))
    if lesson is not None:
        return redirect("lessons_pages:show", id=lesson.id)
    lacking = not (form.fields["student_id"].queryset.exists() and form.fields["teacher_id"].queryset.exists())  # type: ignore[attr-defined]
    context = {"form": form, "lacking": lacking}
    return page(request, "lessons/form.html", context, status=422 if form.errors else 200)


def _prefilled(request: HttpRequest) -> dict[str, Any]:
    """What a new lesson begins with: the viewer's zone, and what the calendar's link named."""
    given = {name: request.GET[name] for name in ("starts_at", "student_id", "teacher_id") if request.GET.get(name)}
    return {"timezone": zone_of(request).key, "duration_minutes": 60, **given}


def _arguments(form: Time) -> dict[str, Any]:
    values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
    return {name: getattr(value, "pk", value) for name, value in values.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    lesson = _changeable(by, id)
    names = ("title", "student_id", "teacher_id", "duration_minutes")
    initial = {**_shown(lesson), **{name: getattr(lesson, name) for name in names}}
    form = LessonForm(request.POST or None, by=by, initial=initial)
    return _change(request, lesson, form, "lessons/form.html", lambda **new: actions.edit_lesson(id, by=by, **new))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rescheduling(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    lesson = _changeable(by, id)
    form = Time(request.POST or None, initial=_shown(lesson))
    return _change(request, lesson, form, "lessons/reschedule.html", lambda **new: _reschedule(lesson, by, new))


def _reschedule(lesson: Lesson, by: Principal, new: dict[str, Any]) -> Lesson:
    """An unchanged form asks for the start that the lesson has; the action refuses that in its own words."""
    return actions.reschedule_lesson(lesson.id, by=by, **{"starts_at": lesson.starts_at, **new})


def _change(
    request: HttpRequest, lesson: Lesson, form: Time, template: str, change: Callable[..., Lesson]
) -> HttpResponse:
    """Fill in a form about a lesson and go back to it."""
    changed = fill(form, lambda: change(expected_version=form.cleaned_data["version"], **form.changes()))
    if changed is not None:
        return redirect("lessons_pages:show", id=lesson.id)
    return page(request, template, {"form": form, "lesson": lesson}, status=422 if form.errors else 200)


def _shown(lesson: Lesson) -> dict[str, Any]:
    """Start, zone and version as a form shows them."""
    local = lesson.starts_at.astimezone(zoneinfo.ZoneInfo(lesson.timezone))
    start = local.replace(tzinfo=None, second=0, microsecond=0)
    return {"starts_at": start, "timezone": lesson.timezone, "version": lesson.version}


def _changeable(by: Principal, id: int) -> Lesson:
    lesson = lesson_seen_by(by, id)
    if not may_change(by, lesson):
        raise Forbidden
    return lesson


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    lesson = lesson_seen_by(by, id)
    changeable, zone = may_change(by, lesson), zone_of(request)
    there = moments.span(lesson.starts_at, lesson.duration_minutes, reader=lesson.timezone, lesson=lesson.timezone)
    context = {
        "lesson": lesson,
        "may_change": changeable,
        "may_delete": writes_all(by),
        "moves": [move for move in _moves(lesson) if changeable],
        "may_reschedule": changeable and Status.RESCHEDULED in lesson.allowed,
        "may_cancel": changeable and Status.CANCELLED in lesson.allowed,
        "when": moments.span(lesson.starts_at, lesson.duration_minutes, reader=zone.key, lesson=lesson.timezone),
        "when_there": there,
        "reminders": reminders_of(lesson),
        "story": _story(lesson),
        "shell": "console/part.html" if partial(request) else "console/shell.html",
    }
    return page(request, "lessons/show.html", context)


#: What a button asks for: the status it leads to, the action, the button's word, and what is said when it is done.
VERBS: dict[str, tuple[str, Callable[..., object], _StrOrPromise, _StrOrPromise]] = {
    "completion": (
        Status.COMPLETED,
        actions.complete_lesson,
        gettext_lazy("Complete"),
        gettext_lazy("Completed; the student is being told."),
    ),
    "confirmation": (Status.CONFIRMED, actions.confirm_lesson, gettext_lazy("Confirm"), gettext_lazy("Confirmed.")),
    "start": (Status.IN_PROGRESS, actions.start_lesson, gettext_lazy("Start"), gettext_lazy("The lesson has begun.")),
    "reopening": (
        Status.IN_PROGRESS,
        actions.reopen_lesson,
        gettext_lazy("Reopen"),
        gettext_lazy("The lesson is open again."),
    ),
    "no-show": (
        Status.NO_SHOW,
        actions.mark_no_show,
        gettext_lazy("Did not come"),
        gettext_lazy("Noted that the student did not come."),
    ),
}


def _moves(lesson: Lesson) -> list[tuple[str, _StrOrPromise]]:
    """(path, word) of the buttons that fit the lesson's status."""
    unfit = "start" if lesson.status == Status.COMPLETED else "reopening"
    return [
        (name, word)
        for name, (status, _action, word, _done) in VERBS.items()
        if status in lesson.allowed and name != unfit
    ]


@require_POST
@signed_in
def move(request: HttpRequest, id: int, verb: str) -> HttpResponseBase:
    by = principal_of(request)
    _status, action, _word, done = VERBS[verb]
    attempt(request, lambda: action(id, by=by, expected_version=_version(request)), done=str(done))
    return redirect("lessons_pages:show", id=id)


@require_POST
@signed_in
def cancellation(request: HttpRequest, id: int) -> HttpResponseBase:
    by, because = principal_of(request), request.POST.get("because", "")
    cancel = actions.cancel_lesson
    attempt(
        request,
        lambda: cancel(id, by=by, because=because, expected_version=_version(request)),
        done=_("The lesson was cancelled."),
    )
    return redirect("lessons_pages:show", id=id)


@require_POST
@signed_in
def deletion(request: HttpRequest, id: int) -> HttpResponseBase:
    by = principal_of(request)
    delete = actions.delete_lesson
    attempt(request, lambda: delete(id, by=by, expected_version=_version(request)), done=_("The lesson was deleted."))
    gone = not lessons_seen_by(by).filter(id=id).exists()
    return redirect("lessons_pages:list") if gone else redirect("lessons_pages:show", id=id)


def _version(request: HttpRequest) -> int | None:
    """The version that the page showed; who sends none takes what there is."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


WORDS: dict[str, _StrOrPromise] = {
    told.LessonCreated.type: gettext_lazy("Planned"),
    told.LessonUpdated.type: gettext_lazy("Edited"),
    told.LessonConfirmed.type: gettext_lazy("Confirmed"),
    told.LessonRescheduled.type: gettext_lazy("Rescheduled"),
    told.LessonStartingSoon.type: gettext_lazy("Starts soon"),
    told.LessonStarted.type: gettext_lazy("Begun"),
    told.LessonReopened.type: gettext_lazy("Reopened"),
    told.LessonCompleted.type: gettext_lazy("Completed"),
    told.LessonFeedbackDue.type: gettext_lazy("Time to ask how it was"),
    told.LessonCancelled.type: gettext_lazy("Cancelled"),
    told.LessonMissed.type: gettext_lazy("The student did not come"),
    told.LessonDeleted.type: gettext_lazy("Deleted"),
}

#: What this module refuses on its pages, to be found by makemessages: a refusal's sentence is its docstring.
SENTENCES = (
    gettext_noop("There is no such lesson, or you may not see it."),
    gettext_noop("The lesson names a student or a teacher that does not exist."),
    gettext_noop("You may read this, but only staff may change it."),
    gettext_noop("This time cannot be the start of a lesson."),
    gettext_noop("A rescheduled lesson needs another start than the one it has."),
    gettext_noop("The student or the teacher has another lesson then."),
)


def _story(lesson: Lesson) -> list[Moment]:
    """What happened, without the timers of reminders: the reminders' own list has them."""
    story = story_of(f"lessons.lesson:{lesson.id}", WORDS, _detail)
    for moment in story:
        moment.operations = [one for one in moment.operations if one.kind != "lessons.remind"]
    return story


def _detail(event: Event) -> str:
    """What an event says beyond its name; nothing when an older release wrote it in another shape."""
    try:
        fact = load(event.type, event.data)
    except (KeyError, msgspec.ValidationError):
        return ""
    match fact:
        case told.LessonRescheduled():
            old, new = span_of(fact.old_starts_at, fact.old_timezone), span_of(fact.starts_at, fact.timezone)
            return f"{old} → {new}"
        case told.LessonUpdated():
            return ", ".join(str(label_for_field(name.removesuffix("_id"), Lesson)) for name in fact.changed)
        case told.LessonCancelled():
            return fact.because
    return ""
