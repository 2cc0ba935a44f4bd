"""The verbs: what each refuses, what changes nothing, and the order of cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from angarium.engine.events.public import Event
from angarium.engine.identity.public import NOBODY, Principal, of_person
from angarium.kernel.errors import Invalid, Stale
from angarium.modules.projects import actions
from angarium.modules.projects.errors import LastOwner, NoComment, NoProject, NoTask, NotYours, UnknownPerson
from angarium.modules.projects.models import LONGEST_RANK, Comment, Member, Place, Project, Task
from angarium.modules.projects.queries import board

from .asking import NOON, somebody
from .deeds import STAFF, project, task

pytestmark = pytest.mark.django_db


def member(of: Project, role: str) -> Principal:
    person = somebody()
    Member.objects.create(project=of, person=person.pk, role=role)
    return of_person(person)


def cards(of: Project) -> list[str]:
    return [one.title for one in board(STAFF, of.pk)]


def test_who_enters_a_project_owns_it_and_a_service_s_has_nobody() -> None:
    person = somebody()
    mine = actions.create_project(by=of_person(person), name=" Сайт ")
    assert mine.name == "Сайт"
    assert list(mine.members.values_list("person", "role")) == [(person.pk, "owner")]
    assert not actions.create_project(by=STAFF, name="Её").members.exists()
    with pytest.raises(NotYours):
        actions.create_project(by=NOBODY, name="Ничей")


REFUSED: list[tuple[str, Callable[[Project, Task, Principal], object]]] = [
    ("edit_project", lambda project, _, by: actions.edit_project(project.pk, by=by, name="x")),
    ("delete_project", lambda project, _, by: actions.delete_project(project.pk, by=by)),
    ("create_task", lambda project, _, by: actions.create_task(by=by, project=project.pk, title="x", due_date=NOON)),
    ("edit_task", lambda _, task, by: actions.edit_task(task.pk, by=by, title="x")),
    ("delete_task", lambda _, task, by: actions.delete_task(task.pk, by=by)),
    ("place_task", lambda _, task, by: actions.place_task(task.pk, by=by, status="completed")),
    ("assign_task", lambda _, task, by: actions.assign_task(task.pk, by=by, person=None)),
    ("set_member", lambda project, _, by: actions.set_member(project.pk, by=by, person=somebody().pk, role="owner")),
    ("remove_member", lambda project, _, by: actions.remove_member(project.pk, by=by, person=somebody().pk)),
]


@pytest.mark.parametrize(("verb", "act"), REFUSED, ids=[name for name, _ in REFUSED])
def test_a_viewer_is_told_that_it_is_not_his_and_a_stranger_that_it_is_not_there(
    verb: str, act: Callable[[Project, Task, Principal], object]
) -> None:
    made = project()
    row = task(made)
    viewer, stranger = member(made, "viewer"), of_person(somebody())
    Event.objects.all().delete()
    with pytest.raises(NotYours):
        act(made, row, viewer)
    with pytest.raises((NoProject, NoTask, Invalid)):
        act(made, row, stranger)
    assert not Event.objects.filter(type__startswith="projects.").exists()


def test_a_stale_version_changes_nothing() -> None:
    row = task()
    actions.edit_task(row.pk, by=STAFF, expected_version=1, title="Иначе")
    late: tuple[tuple[Callable[..., object], dict[str, Any]], ...] = (
        (actions.edit_task, {"title": "x"}),
        (actions.delete_task, {}),
        (actions.assign_task, {"person": None}),
        (actions.place_task, {"status": "pending"}),
    )
    for act, words in late:
        with pytest.raises(Stale):
            act(row.pk, by=STAFF, expected_version=1, **words)
    with pytest.raises(Stale):
        actions.edit_project(row.project_id, by=STAFF, expected_version=9, name="x")
    assert Task.objects.get().version == 2


def test_a_comment_is_deleted_by_whoever_may_change_the_task() -> None:
    made = project()
    comment = Comment.objects.create(task=task(made), author="Ира", content="Да")
    with pytest.raises(NotYours):
        actions.delete_comment(comment.pk, by=member(made, "viewer"))
    with pytest.raises(NoComment):
        actions.delete_comment(comment.pk, by=of_person(somebody()))
    actions.delete_comment(comment.pk, by=member(made, "editor"))
    with pytest.raises(NoComment):
        actions.delete_comment(comment.pk, by=STAFF)


def test_a_project_keeps_an_owner_and_has_no_strangers() -> None:
    made = project(hers=False)
    owner = member(made, "owner")
    assert owner.id is not None
    for act in (
        lambda: actions.remove_member(made.pk, by=owner, person=owner.id),
        lambda: actions.set_member(made.pk, by=owner, person=owner.id, role="viewer"),
    ):
        with pytest.raises(LastOwner):
            act()
    with pytest.raises(UnknownPerson):
        actions.set_member(made.pk, by=owner, person=uuid4(), role="viewer")
    gone = somebody(is_active=False)
    with pytest.raises(UnknownPerson):
        actions.set_member(made.pk, by=owner, person=gone.pk, role="viewer")
    with pytest.raises(UnknownPerson):
        actions.assign_task(task(made).pk, by=owner, person=somebody().pk)


def test_cards_go_in_front_of_others_to_the_end_and_to_other_columns() -> None:
    made = project()
    rows = {title: task(made, title=title) for title in "ABCD"}
    assert cards(made) == ["A", "B", "C", "D"]
    place = lambda title, status="pending", before=None: actions.place_task(  # noqa: E731
        rows[title].pk, by=STAFF, status=status, before=before and rows[before].pk
    )
    place("D", before="A")
    assert cards(made) == ["D", "A", "B", "C"]
    place("D")
    assert cards(made) == ["A", "B", "C", "D"]
    place("A", before="D")
    assert cards(made) == ["B", "C", "A", "D"]
    place("B", "completed")
    place("C", "completed", "B")
    assert cards(made) == ["C", "B", "A", "D"]
    with pytest.raises(Invalid):
        place("A", "completed", "D")


def test_a_card_put_where_it_is_changes_nothing() -> None:
    made = project()
    first, second = task(made, title="A"), task(made, title="B")
    actions.place_task(first.pk, by=STAFF, status="pending", before=second.pk)
    before = list(Place.objects.values())
    actions.place_task(first.pk, by=STAFF, status="pending", before=second.pk)
    assert list(Place.objects.values()) == before


def test_a_gap_that_is_used_again_and_again_still_has_room() -> None:
    made = project()
    rows = [task(made, title=title) for title in "ABC"]
    for _ in range(40):
        for row in rows[:2]:
            actions.place_task(row.pk, by=STAFF, status="pending", before=rows[2].pk)
    assert cards(made) == ["A", "B", "C"]
    assert max(len(one) for one in Place.objects.values_list("rank", flat=True)) <= LONGEST_RANK


def test_two_cards_with_one_rank_are_given_others_when_something_goes_between_them() -> None:
    made = project()
    rows = [task(made, title=title) for title in "ABC"]
    Place.objects.bulk_create([Place(task=row, rank="i") for row in rows[:2]])
    actions.place_task(rows[2].pk, by=STAFF, status="pending", before=rows[1].pk)
    assert cards(made) == ["A", "C", "B"]


def test_a_column_whose_ranks_have_grown_too_long_is_spread_anew_in_the_same_order() -> None:
    made = project()
    rows = [task(made, title=title) for title in "ABC"]
    ranks = ("i" * LONGEST_RANK, "i" * (LONGEST_RANK - 1) + "j")
    Place.objects.bulk_create([Place(task=row, rank=rank) for row, rank in zip(rows, ranks, strict=False)])
    actions.place_task(rows[2].pk, by=STAFF, status="pending", before=rows[1].pk)
    assert cards(made) == ["A", "C", "B"]
    assert max(len(one) for one in Place.objects.values_list("rank", flat=True)) < 10


def test_a_task_goes_from_one_person_to_another_and_to_nobody() -> None:
    made = project(hers=False)
    first, second = (member(made, "editor").id for _ in range(2))
    id = task(made).pk
    for person in (first, second, second, None, None):
        actions.assign_task(id, by=STAFF, person=person)
    told = Event.objects.filter(type="projects.task_assigned.v1").order_by("id").values_list("data", flat=True)
    assert [(one["old_assignee"], one["assignee"]) for one in told] == [
        (None, str(first)),
        (str(first), str(second)),
        (str(second), None),
    ]


def test_who_may_only_read_says_nothing() -> None:
    made = project(hers=False)
    person = somebody()
    Member.objects.create(project=made, person=person.pk, role="editor")
    reader = of_person(person, frozenset({"projects:read"}))
    with pytest.raises(NotYours):
        actions.add_comment(task(made).pk, by=reader, author="Ира", content="Готово")
