"""The pages of projects: the list, the board and its cards, the forms of a project, its members."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from angarium.engine.identity.public import Person, Role
from angarium.kernel.clock import now
from angarium.modules.projects import actions
from angarium.modules.projects.models import Assignment, Comment, Member, Place, Project, Task
from angarium.modules.projects.pages import board, listing
from angarium.modules.projects.queries import BY_PLACE

from .looking import LIST, days, error_beside, forget, of, person, plain, project, queries, row_of, task, text_of, told

JSON = {"Accept": "application/json"}


@pytest.fixture
def anna(db: None) -> Person:
    return person("anna", full_name="Анна Ким", email="anna@example.org")


@pytest.fixture
def site(anna: Person) -> Project:
    return project(owner=anna)


def test_pages_need_a_sign_in(site: Project) -> None:
    made = task(site)
    paths = ("", "new/", "mine/", "tasks/", f"{site.pk}/", f"{site.pk}/edit/", f"{site.pk}/new/", f"{site.pk}/members/")
    for path in (*paths, f"tasks/{made.pk}/", f"tasks/{made.pk}/edit/"):
        assert Client().get(f"{LIST}{path}")["Location"].startswith("/login/?next="), path
    assert Client().post(f"{LIST}tasks/{made.pk}/place/", {"status": "completed"}).status_code == 302
    assert Task.objects.get().status == "pending"


def test_pm_b10_the_list_says_how_far_each_project_is(anna: Person, site: Project) -> None:
    for status, due in (("pending", -1), ("pending", 1), ("in_progress", -1), ("completed", -1)):
        task(site, status=status, due_date=now() + days(due))
    empty = project("Пустой", owner=anna)
    text = text_of(of(anna), LIST)
    assert row_of(text, f"p-{site.pk}").endswith("2 overdue Completed: 1 In Progress: 1 Pending: 2 1 of 4 done 2 1 1")
    assert 'aria-label="Completed: 1, In Progress: 1, Pending: 2"' in text
    assert "no task yet" in row_of(text, f"p-{empty.pk}")


def test_the_list_shows_what_one_may_see_and_marks_what_was_searched(anna: Person, site: Project) -> None:
    other = project("Сайт другой", owner=person())
    text = text_of(of(anna), f"{LIST}?q=сай")
    assert "<mark>Сай</mark>т</a>" in text
    assert f'id="p-{other.pk}"' not in text
    assert "Nothing fits" in text_of(of(anna), f"{LIST}?q=друг")
    assert f'id="p-{other.pk}"' in text_of(of(person(role=Role.STAFF)), LIST)


def test_an_empty_list_says_what_to_do(anna: Person) -> None:
    assert "Enter the first one" in text_of(of(anna), LIST)


@pytest.mark.parametrize("query", ["before=x", "before=99999999999999999999", "q=%00", "q=" + "x" * 300])
def test_a_filter_that_makes_no_sense_is_told_and_is_no_500(anna: Person, query: str) -> None:
    assert 'class="wrong"' in text_of(of(anna), f"{LIST}?{query}", 400)


def test_the_list_goes_on_without_losing_or_repeating_one_and_costs_the_same(anna: Person) -> None:
    made = [project(f"P{number}", owner=anna).pk for number in range(listing.PAGE + 3)]
    client, path, seen = of(anna), LIST, []
    while path:
        with queries(8):
            text = text_of(client, path)
        seen += [int(id) for id in re.findall(r'id="p-(\d+)"', text)]
        assert ('data-live="project:* task:*"' in text) is (path == LIST)
        follows = re.search(r'rel="next" href="(\?[^"]+)"', text)
        path = f"{LIST}{follows[1]}" if follows else ""
    assert seen == sorted(made, reverse=True)


def test_pm_b10_the_board_has_cards_in_their_order_with_assignee_comments_and_due_date(
    anna: Person, site: Project
) -> None:
    first, second = (task(site, title, due_date=now() + days(due)) for title, due in (("Раз", 9), ("Два", -9)))
    actions.place_task(second.pk, by=actions_of(anna), status="pending", before=first.pk)
    Assignment.objects.create(task=second, person=anna.pk)
    Comment.objects.create(task=second, author="Ира", content="Готово")
    text = text_of(of(anna), f"{LIST}{site.pk}/")
    assert text.index(f't-{second.pk}"') < text.index(f't-{first.pk}"')
    assert re.search(rf'id="t-{second.pk}" data-task="{second.pk}" data-overdue', text)
    assert row_of(text, f"l-{second.pk}").endswith("(overdue) 1 Comments АК Анна Ким")
    assert plain(text[text.index('id="standing"') :]).startswith(
        'id="standing" class="standing-line"> Pending: 2 0 of 2'
    )


def actions_of(who: Person) -> Any:
    from angarium.engine.identity.public import of_person

    return of_person(who)


def test_a_long_column_shows_its_first_cards_and_how_many_follow(
    anna: Person, site: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MOST", 3)
    made = [task(site, f"T{number}").pk for number in range(5)]
    client = of(anna)
    with queries(16):
        text = text_of(client, f"{LIST}{site.pk}/")
    assert [int(id) for id in re.findall(r'data-task="(\d+)"', text)] == made[:3]
    assert f'data-follows="{made[3]}"' in text
    assert "and 2 more" in plain(text)


def place(client: Client, id: int, **said: Any) -> Any:
    return client.post(f"{LIST}tasks/{id}/place/", said, headers=JSON)


def test_a_card_is_taken_to_another_column_in_front_of_another(anna: Person, site: Project) -> None:
    first, second, moved = task(site, status="completed"), task(site, status="completed"), task(site)
    answer = place(of(anna), moved.pk, status="completed", before=second.pk)
    assert (answer.status_code, answer.content) == (204, b"")
    order = Task.objects.filter(status="completed").order_by(*BY_PLACE).values_list("pk", flat=True)
    assert list(order) == [first.pk, moved.pk, second.pk]


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"status": "completed", "before": "ELSEWHERE"}, 422, "The neighbour is not in the column"),
        ({"status": "completed", "before": "nonsense"}, 422, "The neighbour is not in the column"),
        ({"status": "finished"}, 422, "not a valid choice"),
        ({}, 422, "cannot be blank"),
        ({"status": "completed", "version": "99"}, 409, "Somebody changed this"),
    ],
)
def test_a_move_that_is_refused_says_why_and_moves_nothing(
    anna: Person, site: Project, said: dict[str, Any], status: int, sentence: str
) -> None:
    made, other = task(site), task(site)
    forget()
    answer = place(
        of(anna), made.pk, **{name: other.pk if value == "ELSEWHERE" else value for name, value in said.items()}
    )
    assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.json()
    assert told() == []
    assert not Place.objects.exists()


def test_a_viewer_has_no_handles_and_moves_nothing(site: Project) -> None:
    viewer = person()
    Member.objects.create(project=site, person=viewer.pk, role="viewer")
    made = task(site)
    text = text_of(of(viewer), f"{LIST}{site.pk}/")
    assert not {"data-board", "data-move", "to-enter", "to-edit"} & set(re.findall(r"[\w-]+", text))
    answer = place(of(viewer), made.pk, status="completed")
    assert (answer.status_code, answer.json()["detail"]) == (403, "You may read this, but not change it.")
    assert of(viewer).post(f"{LIST}tasks/{made.pk}/place/", {"status": "completed"}).status_code == 403


def test_a_card_that_is_gone_or_of_others_is_not_there(site: Project) -> None:
    made = task(site)
    for client, id in ((of(person()), made.pk), (of(person(role=Role.STAFF)), 0)):
        assert place(client, id, status="completed").status_code == 404
        assert client.post(f"{LIST}tasks/{id}/place/", {"status": "completed"}).status_code == 404


def test_without_scripts_a_form_moves_a_task_and_leads_back(anna: Person, site: Project) -> None:
    made = task(site)
    answer = of(anna).post(f"{LIST}tasks/{made.pk}/place/", {"status": "completed", "next": f"{LIST}mine/"})
    assert answer["Location"] == f"{LIST}mine/"
    assert Task.objects.get().status == "completed"
    answer = of(anna).post(f"{LIST}tasks/{made.pk}/place/", {"status": "nonsense", "next": "https://example.org/"})
    assert answer["Location"] == f"{LIST}tasks/{made.pk}/"


@pytest.mark.parametrize("path", ["", "edit/", "new/", "members/"])
def test_other_peoples_projects_are_not_there(site: Project, path: str) -> None:
    stranger = of(person())
    for id in (site.pk, 0, 99_999_999_999_999_999_999):
        assert stranger.get(f"{LIST}{id}/{path}").status_code == 404


def test_a_project_is_entered_edited_and_deleted_from_its_pages(anna: Person) -> None:
    client = of(anna)
    answer = client.post(f"{LIST}new/", {"name": "  Лето ", "description": "Две недели"})
    made = Project.objects.get()
    assert (answer["Location"], made.name, made.description) == (f"{LIST}{made.pk}/", "Лето", "Две недели")
    assert Member.objects.get().role == "owner"
    client.post(f"{LIST}{made.pk}/edit/", {"name": "Зима", "description": "Две недели", "version": made.version})
    assert Project.objects.get().name == "Зима"
    stale = client.post(f"{LIST}{made.pk}/edit/", {"name": "Осень", "description": "", "version": made.version})
    assert stale.status_code == 422
    assert "Somebody changed this" in stale.content.decode()
    assert client.post(f"{LIST}{made.pk}/deletion/")["Location"] == LIST
    assert not Project.objects.exists()
    assert told() == ["project_created", "project_updated", "project_deleted"]


@pytest.mark.parametrize(("name", "sentence"), [("", "required"), ("   ", "required"), ("x" * 256, "at most 255")])
def test_a_refusal_stands_beside_its_field(anna: Person, name: str, sentence: str) -> None:
    answer = of(anna).post(f"{LIST}new/", {"name": name})
    assert answer.status_code == 422
    assert sentence in error_beside(answer.content.decode(), "name")
    assert not Project.objects.exists()


def test_an_editor_changes_a_project_but_neither_deletes_nor_shares_it(site: Project) -> None:
    editor = person()
    Member.objects.create(project=site, person=editor.pk, role="editor")
    client = of(editor)
    assert "do-delete" not in text_of(client, f"{LIST}{site.pk}/edit/")
    assert "do-let-in" not in text_of(client, f"{LIST}{site.pk}/members/")
    me = f"{LIST}{site.pk}/members/{editor.pk}/"
    for path, said in (
        (f"{LIST}{site.pk}/deletion/", {}),
        (f"{LIST}{site.pk}/members/", {"person": "anna", "role": "viewer"}),
        (me, {"role": "owner"}),
        (f"{me}removal/", {}),
    ):
        assert client.post(path, said).status_code == 403, path
    assert sorted(Member.objects.values_list("role", flat=True)) == ["editor", "owner"]


@pytest.mark.parametrize("words", ["boris", " boris ", "Boris@Example.org"])
def test_somebody_is_let_in_by_name_or_address_and_removed(anna: Person, site: Project, words: str) -> None:
    boris, client = person("boris", full_name="Борис", email="boris@example.org"), of(anna)
    path = f"{LIST}{site.pk}/members/"
    assert client.post(path, {"person": words, "role": "viewer"})["Location"] == path
    assert "Борис" in text_of(client, path)
    client.post(f"{path}{boris.pk}/", {"role": "editor"})
    assert Member.objects.get(person=boris.pk).role == "editor"
    client.post(f"{path}{boris.pk}/removal/")
    assert of(boris).get(f"{LIST}{site.pk}/").status_code == 404


def test_nobody_and_the_last_owner_are_refused_in_words(anna: Person, site: Project) -> None:
    client, path = of(anna), f"{LIST}{site.pk}/members/"
    person("gone", is_active=False)
    for words in ("nobody", "gone", ""):
        answer = client.post(path, {"person": words, "role": "viewer"})
        assert answer.status_code == 422
        assert error_beside(answer.content.decode(), "person")
    answer = client.post(path, {"person": "anna", "role": "viewer"})
    assert "keeps at least one owner" in error_beside(answer.content.decode(), "role")
    for verb, said in (("", {"role": "viewer"}), ("removal/", {})):
        client.post(f"{path}{anna.pk}/{verb}", said)
        assert "keeps at least one owner" in text_of(client, path)
    assert Member.objects.get().role == "owner"


def test_who_leaves_a_project_is_led_to_the_list(anna: Person, site: Project) -> None:
    Member.objects.create(project=site, person=person().pk, role="owner")
    assert of(anna).post(f"{LIST}{site.pk}/members/{anna.pk}/removal/")["Location"] == LIST


def test_what_an_open_page_asks_for_is_there_once(anna: Person, site: Project) -> None:
    made, client = task(site), of(anna)
    for path, live in ((f"{site.pk}/", f"project:{site.pk}"), (f"tasks/{made.pk}/", f"task:{made.pk}")):
        whole = text_of(client, f"{LIST}{path}")
        assert f'data-live="{live}"' in whole
        text = client.get(f"{LIST}{path}", headers={"hx-request": "true"}).content.decode()
        assert "<html" not in text
        wanted = re.findall(r"#([\w-]+)", " ".join(re.findall(r'hx-(?:select|select-oob)="([^"]+)"', whole)))
        assert len(wanted) >= 5
        for id in wanted:
            assert (whole.count(f'id="{id}"'), text.count(f'id="{id}"')) == (1, 1), id
