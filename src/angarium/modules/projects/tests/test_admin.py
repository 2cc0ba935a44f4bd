"""The admin writes through the same actions, on the clock of whoever looks, and says a refusal in the form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.modules.projects import actions
from angarium.modules.projects.admin import TaskForm
from angarium.modules.projects.models import Assignment, Comment, Member, Place, Project, Task

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
MADE = {f"comments-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}


@pytest.fixture
def staff(db: None) -> Person:
    return make_person("boss", role=Role.STAFF, timezone="Europe/Moscow")


@pytest.fixture
def admin(staff: Person) -> Client:
    return client_signed_in(staff)


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(name="Сайт")


@pytest.fixture
def task(project: Project) -> Task:
    """A task whose making is not in the log any more."""
    made = Task.objects.create(project=project, title="Макет", due_date=NOON)
    Event.objects.all().delete()
    return made


def told() -> list[str]:
    types = Event.objects.filter(type__startswith="projects.").order_by("id").values_list("type", flat=True)
    return [name.removeprefix("projects.").removesuffix(".v1") for name in types]


def form(task: Task | None = None, **changes: Any) -> dict[str, Any]:
    """What the form of a task sends: for an existing one what it showed, on a clock in Moscow."""
    shown = {
        "project": task.project_id if task else Project.objects.values_list("pk", flat=True).first(),
        "title": "Макет",
        "description": "",
        "status": "pending",
        "due_date_0": "2030-03-04",
        "due_date_1": "15:00:00",
        "seen_version": task.version if task else "",
    }
    return {**shown, **MADE, **changes}


def members(project: Project, *rows: tuple[str, str], old: list[Member] | None = None, **more: Any) -> dict[str, Any]:
    """What the form of a project sends: these members, the first of them the rows that there are."""
    known = old or []
    sent: dict[str, Any] = {
        "name": project.name, "description": "", "seen_version": project.version,
        "members-TOTAL_FORMS": len(rows), "members-INITIAL_FORMS": len(known),
        "members-MIN_NUM_FORMS": 0, "members-MAX_NUM_FORMS": 1000,
    }  # fmt: skip
    for number, (person, role) in enumerate(rows):
        id = known[number].pk if number < len(known) else ""
        own = {"id": id, "project": project.pk, "person": person, "role": role}
        sent |= {f"members-{number}-{name}": value for name, value in own.items()}
    return {**sent, **more}


def change(row: Project | Task) -> str:
    return reverse(f"admin:projects_{row._meta.model_name}_change", args=[row.pk])


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    errors: dict[str, list[str]] = answer.context["adminform"].form.errors
    return errors


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("model", ["project", "task"])
def test_every_page_opens(admin: Client, task: Task, model: str) -> None:
    row = {"project": task.project, "task": task}[model]
    for name, words in (("changelist", []), ("add", []), *((one, [row.pk]) for one in ("change", "history", "delete"))):
        page = reverse(f"admin:projects_{model}_{name}", args=words)
        assert admin.get(page).status_code == 200, page


def test_pm_13_a_task_entered_in_the_admin_is_told_and_due_on_the_clock_of_who_entered_it(
    admin: Client, staff: Person, project: Project
) -> None:
    Event.objects.all().delete()
    assert admin.post(reverse("admin:projects_task_add"), form()).status_code == 302
    assert Task.objects.get().due_date == NOON
    assert told() == ["task_created"]
    assert Event.objects.get().actor == staff.id


def test_it_is_shown_on_the_clock_of_who_looks(admin: Client, task: Task) -> None:
    assert 'value="15:00:00"' in admin.get(change(task)).content.decode()
    assert "3 p.m." in admin.get(reverse("admin:projects_task_changelist")).content.decode()
    elsewhere = client_signed_in(make_person(role=Role.STAFF, timezone="Asia/Tokyo"))
    assert 'value="21:00:00"' in elsewhere.get(change(task)).content.decode()


def test_saved_as_it_was_shown_it_writes_nothing_and_changed_it_tells_once(admin: Client, task: Task) -> None:
    assert admin.post(change(task), form(task)).status_code == 302
    assert told() == []
    assert admin.post(change(task), form(task, status="completed", title=" Готово ")).status_code == 302
    task.refresh_from_db()
    assert (task.title, task.status, task.due_date) == ("Готово", "completed", NOON)
    assert told() == ["task_updated"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": "   "}),
        ("title", {"title": "x" * 256}),
        ("status", {"status": "finish"}),
        ("project", {"project": "77"}),
        ("due_date", {"due_date_0": "", "due_date_1": ""}),
        ("due_date", {"due_date_0": "2030-03-04", "due_date_1": ""}),
        ("due_date", {"due_date_0": "0001-01-01"}),
        ("due_date", {"due_date_0": "9999-12-31", "due_date_1": "23:59:59"}),
        ("due_date", {"due_date_0": "tomorrow"}),
    ],
)
def test_what_is_wrong_is_an_error_of_its_field(admin: Client, task: Task, field: str, changes: Any) -> None:
    for page, shown in ((change(task), form(task)), (reverse("admin:projects_task_add"), form())):
        assert list(errors_of(admin.post(page, {**shown, **changes}))) == [field]
    assert told() == []


def test_a_form_that_somebody_overtook_is_refused(admin: Client, task: Task) -> None:
    stale, of_project = form(task, title="late"), members(task.project, name="late")
    Task.objects.update(title="Раньше")
    Project.objects.update(name="Раньше")
    for row, sent in ((task, stale), (task.project, of_project)):
        assert "Somebody changed this" in str(errors_of(admin.post(change(row), sent)))
    assert told() == ["task_updated", "project_updated"]


def test_overtaken_between_check_and_save_it_is_refused_beside_the_form(
    admin: Client, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = TaskForm.is_valid

    def check_then_be_overtaken(self: TaskForm) -> bool:
        valid = checked(self)
        Task.objects.filter(pk=task.pk).update(description="Иначе")
        return valid

    monkeypatch.setattr(TaskForm, "is_valid", check_then_be_overtaken)
    answer = admin.post(change(task), form(task, title="late"))
    assert (answer.status_code, said(answer)) == (
        302,
        ["Somebody changed this since you read it; read it again and repeat your change."],
    )
    assert Task.objects.values_list("title", flat=True).get() == "Макет"


def test_whose_it_is_and_where_on_the_board_is_shown_and_not_changed(admin: Client, staff: Person, task: Task) -> None:
    Assignment.objects.create(task=task, person=staff.pk)
    Place.objects.create(task=task, rank="i")
    page = admin.get(change(task)).content.decode()
    assert "boss" in page
    assert admin.post(change(task), form(task, assignee="", place="z", title="Другое")).status_code == 302
    assert (Assignment.objects.get().person, Place.objects.get().rank) == (staff.pk, "i")


def test_pm_13_a_comment_in_the_form_is_told(admin: Client, task: Task) -> None:
    new = {"comments-TOTAL_FORMS": 1, "comments-MAX_NUM_FORMS": 1000, "comments-0-task": task.pk}
    blank = admin.post(change(task), form(task, **new, **{"comments-0-author": "Ира", "comments-0-content": " "}))
    assert blank.status_code == 200
    assert told() == []
    good = form(task, **new, **{"comments-0-author": "Ира", "comments-0-content": "Готово"})
    assert admin.post(change(task), good).status_code == 302
    assert Comment.objects.get().content == "Готово"
    assert told() == ["task_commented"]


def test_pm_13_deleting_one_or_many_is_told_and_what_goes_along_is_counted(admin: Client, task: Task) -> None:
    Comment.objects.create(task=task, author="Ира", content="Готово")
    others = [Task.objects.create(project=task.project, title=f"{number}", due_date=NOON).pk for number in range(3)]
    Event.objects.all().delete()
    page = admin.get(reverse("admin:projects_project_delete", args=[task.project_id])).content.decode()
    assert "Макет" not in page
    chosen = {"action": "delete_selected", "_selected_action": others[:2], "post": "yes"}
    assert admin.post(reverse("admin:projects_task_changelist"), chosen).status_code == 302
    assert told() == ["task_deleted"] * 2
    admin.post(reverse("admin:projects_project_delete", args=[task.project_id]), {"post": "yes"})
    assert not Task.objects.exists()
    assert told()[2:] == ["comment_deleted", *["task_deleted"] * 2, "project_deleted"]


def test_who_enters_a_project_owns_it_and_members_are_named_by_their_accounts(
    admin: Client, staff: Person, project: Project
) -> None:
    assert admin.post(reverse("admin:projects_project_add"), {"name": "Новый", "description": ""}).status_code == 302
    assert Member.objects.get(project__name="Новый").person == staff.pk
    ann = make_person("ann")
    assert admin.post(change(project), members(project, ("ann", "owner"))).status_code == 302
    (row,) = project.members.all()
    assert (row.person, row.role) == (ann.pk, "owner")
    assert 'value="ann"' in admin.get(change(project)).content.decode()
    assert Event.objects.filter(type__startswith="live.").exists(), "what she may read is asked again"


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([("ann", "owner"), ("nobody", "viewer")], "There is no such person."),
        ([("ann", "viewer")], "A project keeps at least one owner"),
        ([("ann", "owner"), ("ann", "viewer")], "duplicate"),
        ([("ann", "king")], "king is not one of the available choices"),
    ],
)
def test_a_project_keeps_an_owner_and_each_member_is_somebody_once(
    admin: Client, project: Project, rows: list[tuple[str, str]], error: str
) -> None:
    made = Member.objects.create(project=project, person=make_person("ann").pk, role="owner")
    answer = admin.post(change(project), members(project, *rows, old=[made]))
    assert answer.status_code == 200
    assert error in answer.content.decode()
    taken_out = members(project, ("ann", "owner"), old=[made], **{"members-0-DELETE": "on"})
    assert "A project keeps at least one owner" in admin.post(change(project), taken_out).content.decode()
    assert [(one.person, one.role) for one in project.members.all()] == [(made.person, "owner")]


def test_tasks_and_projects_are_found_in_any_case(admin: Client, task: Task) -> None:
    for model, query, count in [("task", "МАК", 1), ("task", "химия", 0), ("project", "сАЙт", 1), ("project", "x", 0)]:
        page = admin.get(reverse(f"admin:projects_{model}_changelist"), {"q": query})
        assert page.context["cl"].result_count == count, (model, query)


def test_members_do_not_enter(task: Task) -> None:
    for page in (reverse("admin:projects_task_changelist"), change(task)):
        assert client_signed_in().get(page).status_code == 302


def test_what_the_actions_refuse_is_said_where_the_form_was(
    admin: Client, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task goes between the form's check and its deletion."""
    page = reverse("admin:projects_task_delete", args=[task.pk])
    gone = staticmethod(lambda id, by: actions.delete_task(id + 1000, by=by))
    monkeypatch.setattr("angarium.modules.projects.admin.TaskAdmin.remove", gone)
    answer = admin.post(page, {"post": "yes"})
    assert (answer.status_code, said(answer)) == (302, ["There is no such task, or you may not see it."])
    assert told() == []
