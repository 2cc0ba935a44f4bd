"""The pages of tasks: the list with its filters, one task with comments and history, the form, one's own week."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from angarium.engine.events.public import stamp
from angarium.engine.identity.public import Person, Role, of_person
from angarium.kernel.clock import now
from angarium.modules.projects import actions
from angarium.modules.projects.models import Assignment, Comment, Member, Project, Task
from angarium.modules.projects.pages import tasks, week

from .looking import LIST, days, error_beside, forget, of, person, plain, project, queries, row_of, task, text_of, told

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def anna(db: None) -> Person:
    return person("anna", full_name="Анна Ким")


@pytest.fixture
def site(anna: Person) -> Project:
    return project(owner=anna)


@pytest.fixture
def made(site: Project) -> Task:
    return task(site)


def give(one: Task, who: Person) -> Task:
    Assignment.objects.create(task=one, person=who.pk)
    return one


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "OTML"),
        ("q=шап", "T"),
        ("status=completed", "M"),
        ("status=pending", "OTL"),
        ("status=open&due=later", "L"),
        ("assignee=me", "T"),
        ("assignee=nobody", "OML"),
        ("due=overdue", "O"),
        ("due=today", ""),
        ("due=week", "T"),
        ("due=later", "ML"),
        ("project=SITE&due=later", "ML"),
        ("status=pending&due=later", "L"),
    ],
)
def test_the_list_of_tasks_is_narrowed_by_all_that_it_offers(
    anna: Person, site: Project, query: str, shown: str
) -> None:
    of_letter = {
        "O": task(site, "Опоздало", due_date=now() - days(2)),
        "T": give(task(site, "Шапка", due_date=now() + days(2)), anna),
        "M": task(site, "Меню", due_date=now() + days(20), status="completed"),
        "L": task(site, "Логотип", due_date=now() + days(30)),
    }
    task(project("Чужой", owner=person()), "Шапка")
    text = text_of(of(anna), f"{LIST}tasks/?{query.replace('SITE', str(site.pk))}")
    found = [int(id) for id in re.findall(r'id="l-(\d+)"', text)]
    assert found == [of_letter[letter].pk for letter in shown]
    assert ("Nothing fits" in text) is (not shown)


@pytest.mark.parametrize(
    "query",
    [
        "status=x",
        "project=x",
        "project=0",
        "assignee=x",
        f"assignee={UUID(int=5)}",
        "due=x",
        "after=x",
        "q=%00",
        "after=1e9",
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_is_no_500(anna: Person, made: Task, query: str) -> None:
    assert 'class="wrong"' in text_of(of(anna), f"{LIST}tasks/?{query}", 400)


def test_the_list_of_tasks_goes_on_without_losing_or_repeating_one(anna: Person, site: Project) -> None:
    for number in range(tasks.PAGE + 5):
        task(site, f"T{number}", due_date=now() + days(number % 3))
    client, path, seen = of(anna), f"{LIST}tasks/?project={site.pk}", []
    while path:
        with queries(10):
            text = text_of(client, path)
        seen += re.findall(r'id="l-(\d+)"', text)
        follows = re.search(r'rel="next" href="(\?[^"]+)"', text)
        path = f"{LIST}tasks/{follows[1].replace('&amp;', '&')}" if follows else ""
    assert len(seen) == len(set(seen)) == tasks.PAGE + 5


def test_a_task_is_shown_with_its_facts_on_the_readers_clock(anna: Person, made: Task) -> None:
    give(made, anna)
    text = plain(text_of(of(anna), f"{LIST}tasks/{made.pk}/"))
    assert "Due 4 March 2030, 15:00 (Europe/Moscow)" in text
    assert "Overdue since" not in text
    assert "Nobody has said anything yet." in text


def test_an_overdue_task_says_so_until_it_is_completed(anna: Person, made: Task) -> None:
    Task.objects.update(due_date=now() - days(1))
    assert "Overdue since" in text_of(of(anna), f"{LIST}tasks/{made.pk}/")
    Task.objects.update(status="completed")
    assert "Overdue since" not in text_of(of(anna), f"{LIST}tasks/{made.pk}/")


def sent(**changes: Any) -> dict[str, Any]:
    """The form of a task as it is filled in."""
    return {"title": "Шапка", "description": "", "status": "pending", "due_date": "2030-07-01T10:00", **changes}


def test_pm_04_a_task_is_entered_with_a_due_date_on_the_readers_clock_and_given_away(
    anna: Person, site: Project
) -> None:
    answer = of(anna).post(f"{LIST}{site.pk}/new/", sent(assignee=str(anna.pk), title=" Шапка "))
    one = Task.objects.get()
    assert answer["Location"] == f"{LIST}tasks/{one.pk}/"
    assert (one.title, one.due_date) == ("Шапка", datetime(2030, 7, 1, 7, tzinfo=UTC))
    assert Assignment.objects.get().person == anna.pk
    assert told()[-2:] == ["task_created", "task_assigned"]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"title": " "}, "title", "required"),
        ({"title": "x" * 256}, "title", "at most 255"),
        ({"due_date": ""}, "due_date", "required"),
        ({"due_date": "2030-07-01"}, "due_date", "Write a date and a time"),
        ({"due_date": "9999-12-31T23:59"}, "due_date", "out of range"),
        ({"status": "finished"}, "status", "valid choice"),
        ({"assignee": str(UUID(int=5))}, "assignee", "valid choice"),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_nothing_is_written(
    anna: Person, site: Project, changes: dict[str, Any], field: str, sentence: str
) -> None:
    answer = of(anna).post(f"{LIST}{site.pk}/new/", sent(**changes))
    assert answer.status_code == 422
    assert sentence in error_beside(answer.content.decode(), field)
    assert not Task.objects.exists()


def test_a_time_that_the_readers_clock_jumps_over_is_refused(site: Project) -> None:
    berlin = person(timezone="Europe/Berlin", role=Role.STAFF)
    answer = of(berlin).post(f"{LIST}{site.pk}/new/", sent(due_date="2030-03-31T02:30"))
    assert "the clocks jump over it" in error_beside(answer.content.decode(), "due_date")


def test_the_form_begins_with_the_column_one_came_from_and_tomorrow_evening(anna: Person, site: Project) -> None:
    text = text_of(of(anna), f"{LIST}{site.pk}/new/?status=in_progress")
    assert '<option value="in_progress" selected>' in text
    tomorrow = now().astimezone(MOSCOW).date() + timedelta(days=1)
    assert f'value="{tomorrow}T18:00"' in text


def test_an_edit_sends_what_was_changed_and_a_stale_one_is_refused(anna: Person, made: Task) -> None:
    client, path, other = of(anna), f"{LIST}tasks/{made.pk}/edit/", project("Другой", owner=anna)
    as_shown = sent(title="Макет", due_date="2030-03-04T15:00", project=made.project_id, version=made.version)
    forget()
    assert client.post(path, as_shown).status_code == 302
    assert told() == []
    client.post(path, {**as_shown, "project": other.pk, "title": "Другой"})
    assert (Task.objects.get().project_id, Task.objects.get().title) == (other.pk, "Другой")
    stale = client.post(path, {**as_shown, "title": "Третий"})
    assert stale.status_code == 422
    assert "Somebody changed this" in plain(stale.content.decode())


def test_a_task_does_not_go_where_one_may_not_change_anything(anna: Person, made: Task) -> None:
    other = project("Чужой", owner=person(), viewer=anna)
    answer = of(anna).post(f"{LIST}tasks/{made.pk}/edit/", sent(project=other.pk, version=made.version))
    assert "valid choice" in error_beside(answer.content.decode(), "project")


def test_a_task_is_given_to_somebody_and_to_nobody(anna: Person, made: Task) -> None:
    client, path = of(anna), f"{LIST}tasks/{made.pk}/assignment/"
    client.post(path, {"person": str(anna.pk)})
    assert Assignment.objects.get().person == anna.pk
    assert f'<option value="{anna.pk}" selected>' in text_of(client, f"{LIST}tasks/{made.pk}/")
    for nonsense in ("x", str(UUID(int=5)), str(person().pk)):
        client.post(path, {"person": nonsense})
        assert "There is nobody of this name" in text_of(client, f"{LIST}tasks/{made.pk}/")
    client.post(path, {"person": ""})
    assert not Assignment.objects.exists()


def test_a_task_is_deleted_once_and_its_board_is_shown(anna: Person, made: Task) -> None:
    client, path = of(anna), f"{LIST}tasks/{made.pk}/deletion/"
    client.post(path, {"version": "99"})
    assert Task.objects.exists()
    assert client.post(path, {"version": made.version})["Location"] == f"{LIST}{made.project_id}/"
    assert client.post(path).status_code == 404


def test_pm_05_a_comment_is_said_by_who_signed_in_and_an_empty_one_is_refused(anna: Person, made: Task) -> None:
    viewer = person(full_name="Вера")
    Member.objects.create(project=made.project, person=viewer.pk, role="viewer")
    path = f"{LIST}tasks/{made.pk}/comments/"
    answer = of(viewer).post(path, {"content": "<b>Готово</b>\nПочти"})
    said = Comment.objects.get()
    assert answer["Location"] == f"{LIST}tasks/{made.pk}/#c-{said.pk}"
    assert (said.author, said.content) == ("Вера", "<b>Готово</b>\nПочти")
    text = text_of(of(viewer), f"{LIST}tasks/{made.pk}/")
    assert "&lt;b&gt;Готово&lt;/b&gt;\nПочти" in text
    assert f"unsay-{said.pk}" not in text
    empty = of(viewer).post(path, {"content": " \n"})
    assert empty.status_code == 422
    assert error_beside(empty.content.decode(), "content") == "Write something first."
    assert of(person()).post(path, {"content": "x"}).status_code == 404
    assert of(anna).post(f"{LIST}tasks/0/comments/", {"content": "x"}).status_code == 404
    assert Comment.objects.count() == 1


def test_a_comment_is_taken_away_by_whoever_may_change_the_task(anna: Person, made: Task) -> None:
    viewer = person()
    Member.objects.create(project=made.project, person=viewer.pk, role="viewer")
    said = Comment.objects.create(task=made, author="Ира", content="Готово")
    path = f"{LIST}tasks/{made.pk}/comments/{said.pk}/deletion/"
    assert of(viewer).post(path).status_code == 403
    assert of(anna).post(path.replace(str(made.pk), "0", 1)).status_code == 404
    assert Comment.objects.exists()
    of(anna).post(path)
    assert not Comment.objects.exists()


def test_pm_b10_the_history_says_what_was_before_and_after(anna: Person, made: Task) -> None:
    by, other = of_person(anna), project("Другой", owner=anna)
    actions.place_task(made.pk, by=by, status="completed")
    actions.assign_task(made.pk, by=by, person=anna.pk)
    actions.assign_task(made.pk, by=by, person=None)
    actions.edit_task(made.pk, by=by, title="Новый", due_date=datetime(2030, 3, 5, 6, tzinfo=UTC))
    actions.edit_task(made.pk, by=by, project=other.pk)
    stamp()
    text = text_of(of(anna), f"{LIST}tasks/{made.pk}/")
    story = plain(text[text.index('class="timeline"') :])
    for piece in (
        "Moved",
        "Pending → Completed",
        "to Анна Ким",
        "to nobody",
        "4 March 2030, 15:00 (Europe/Moscow) → 5 March 2030, 09:00 (Europe/Moscow); title: Новый",
        "Сайт → Другой",
        "Entered",
    ):
        assert piece in story, piece
    assert "placed" not in story


def test_pm_b10_the_week_has_ones_own_open_tasks_by_day_with_the_overdue_first(anna: Person, site: Project) -> None:
    midnight = datetime.combine(now().astimezone(MOSCOW).date() + days(1), datetime.min.time(), tzinfo=MOSCOW)
    at = {
        "late": now() - timedelta(minutes=5),
        "next": midnight + timedelta(minutes=30),
        "last": midnight + timedelta(days=week.DAYS - 1, minutes=-1),
        "later": midnight + timedelta(days=week.DAYS - 1),
    }
    made = {name: give(task(site, name, due_date=due), anna) for name, due in at.items()}
    give(task(site, "done", due_date=at["next"], status="completed"), anna)
    give(task(site, "others", due_date=at["next"]), person())
    client = of(anna)
    with queries(10):
        text = text_of(client, f"{LIST}mine/")
    order = [int(id) for id in re.findall(r'id="l-(\d+)"', text)]
    assert order == [made[name].pk for name in ("late", "next", "last")]
    pieces = [plain(f"<{piece}") for piece in text.split("<section")]
    day = {name: next(piece for piece in pieces if f" {name} " in piece) for name in ("late", "next", "last")}
    assert day["late"].startswith("Overdue 1")
    assert day["next"].startswith("Tomorrow")
    assert "00:30" in row_of(text, f"l-{made['next'].pk}")
    assert "1 of your tasks is due later" in text


def test_an_empty_week_says_so(anna: Person, made: Task) -> None:
    assert "No open task is yours" in text_of(of(anna), f"{LIST}mine/")


def test_other_peoples_tasks_are_not_there(made: Task) -> None:
    stranger = of(person())
    for id in (made.pk, 0, 99_999_999_999_999_999_999):
        for path in ("", "edit/"):
            assert stranger.get(f"{LIST}tasks/{id}/{path}").status_code == 404
        for path in ("assignment/", "deletion/", "place/"):
            assert stranger.post(f"{LIST}tasks/{id}/{path}", {"status": "completed"}).status_code == 404, path


def test_what_changes_a_task_takes_a_post(anna: Person, made: Task) -> None:
    for verb in ("place", "assignment", "comments", "deletion"):
        assert of(anna).get(f"{LIST}tasks/{made.pk}/{verb}/").status_code == 405


def test_no_page_of_a_viewer_offers_what_he_may_not_do(made: Task) -> None:
    viewer = person()
    Member.objects.create(project=made.project, person=viewer.pk, role="viewer")
    text = text_of(of(viewer), f"{LIST}tasks/{made.pk}/")
    assert not {"do-completed", "do-assign", "do-delete", "to-edit"} & set(re.findall(r"[\w-]+", text))
    assert "do-say" in text
    assert of(viewer).get(f"{LIST}tasks/{made.pk}/edit/").status_code == 403
    assert of(viewer).get(f"{LIST}{made.project_id}/new/").status_code == 403
