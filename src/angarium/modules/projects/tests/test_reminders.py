"""Reminders of tasks due within 24 hours: who gets one, once for each due date, and what takes one back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from time_machine import Traveller, travel

from angarium.engine.delivery.public import Delivery
from angarium.engine.identity.public import SYSTEM, of_person
from angarium.engine.identity.testing import client_with_token
from angarium.modules.projects import actions, due_soon
from angarium.modules.projects.choosing import choose
from angarium.modules.projects.models import Member, Notice, Reminder, Task
from angarium.modules.projects.reminders import is_due_soon

from .telling import DAY, HOUR, NOON, forget_events, letters, project, react, remind, somebody, task

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    """It stands at NOON until it is moved."""
    with travel(NOON, tick=False) as moved:
        yield moved


def states() -> list[tuple[str, str, int]]:
    return list(Reminder.objects.order_by("id").values_list("state", "because", "due_version"))


@pytest.mark.parametrize(
    ("ahead", "status", "due_soon"),
    [
        (HOUR, "pending", True),
        (HOUR, "in_progress", True),
        (DAY - timedelta(minutes=1), "pending", True),
        (DAY, "pending", True),
        (DAY + SECOND, "pending", False),
        (DAY + HOUR, "pending", False),
        (timedelta(0), "pending", False),
        (-HOUR, "pending", False),
        (HOUR, "completed", False),
    ],
)
def test_pm_09_due_within_24_hours_the_end_included_and_not_completed(
    ahead: timedelta, status: str, due_soon: bool
) -> None:
    assert is_due_soon(NOON + ahead, status, NOON) == due_soon
    task(project(owner=somebody("ann")), NOON + ahead, status=status)
    remind()
    assert letters("due_soon") == ([("ann@example.org", "Due soon: Макет")] if due_soon else [])


def test_pm_09_runs_twice_and_one_letter_is_sent(clock: Traveller) -> None:
    task(project(owner=somebody("ann")), NOON + 20 * HOUR)
    assert remind() == {"told": 1}
    clock.move_to(NOON + HOUR)
    assert remind() == {}
    assert len(letters("due_soon")) == 1
    letter = Delivery.objects.get(topic="projects.due_soon")
    assert letter.context["due"] == "Tuesday, 5 March 2030, 11:00 (Europe/Moscow)"
    assert letter.not_after == NOON + 20 * HOUR


def test_pm_09_whose_it_is_else_the_owners_else_the_addresses_else_nobody(settings: Any) -> None:
    ann, ben, eve = somebody("ann"), somebody("ben"), somebody("eve")
    task(project(owner=ann, editor=ben), whose=ben, title="a")
    task(project(owner=ann, viewer=eve), title="b")
    task(project(viewer=eve), title="c")
    remind()
    assert sorted(letters("due_soon")) == [("ann@example.org", "Due soon: b"), ("ben@example.org", "Due soon: a")]
    assert Reminder.objects.values_list("to", "state", "because").get(task__title="c") == ("", "skipped", "nobody")
    settings.PROJECTS_NOTIFY = ["x@example.org", "y@example.org"]
    task(project(), title="d")
    remind()
    assert sorted(letters("due_soon"))[2:] == [("x@example.org", "Due soon: d"), ("y@example.org", "Due soon: d")]


def test_pm_09_who_may_not_see_the_project_any_more_is_not_told() -> None:
    ann, ben = somebody("ann"), somebody("ben")
    made = project(owner=ann, editor=ben)
    task(made, whose=ben)
    Member.objects.filter(person=ben.pk).delete()
    remind()
    assert letters("due_soon") == [("ann@example.org", "Due soon: Макет")]


def test_pm_09_one_bad_recipient_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """One has no address, for another the letter cannot be written: both are told in the ledger."""
    made = project(owner=somebody("ann"))
    for name in ("bad", "dan"):
        Member.objects.create(project=made, person=somebody(name).pk, role="owner")
    Member.objects.create(project=made, person=somebody("mute", email="").pk, role="owner")
    real = due_soon.tell

    def fails_for_one(person: Any, news: Any) -> Any:
        if person.username == "bad":
            raise ValueError("no such alphabet")
        return real(person, news)

    monkeypatch.setattr(due_soon, "tell", fails_for_one)
    task(made)
    assert remind() == {"told": 2, "failed": 1, "skipped": 1}
    assert sorted(letters("due_soon")) == [
        ("ann@example.org", "Due soon: Макет"),
        ("dan@example.org", "Due soon: Макет"),
    ]
    assert sorted(Reminder.objects.values_list("state", "because")) == [
        ("failed", "broken"),
        ("skipped", "no_address"),
        ("told", ""),
        ("told", ""),
    ]
    assert remind() == {}


def test_pm_09_a_moved_due_date_arms_it_again_and_the_old_one_is_void() -> None:
    made = task(project(owner=somebody("ann")))
    remind()
    actions.edit_task(made.pk, by=SYSTEM, due_date=NOON + 2 * HOUR)
    react()
    assert states() == [("voided", "moved", 1)]
    assert Delivery.objects.get(topic="projects.due_soon").state == "cancelled"
    remind()
    assert states() == [("voided", "moved", 1), ("told", "", 2)]
    assert len(letters("due_soon", state="queued")) == 1


def test_pm_09_moved_far_away_and_back_it_is_reminded_of_again() -> None:
    made = task(project(owner=somebody("ann")))
    remind()
    Delivery.objects.update(state="sent")
    for due in (NOON + 9 * DAY, NOON + HOUR):
        actions.edit_task(made.pk, by=SYSTEM, due_date=due)
    react()
    assert states() == [("voided", "moved", 1)]
    remind()
    react()
    assert states() == [("voided", "moved", 1), ("told", "", 2)]
    assert remind() == {}


def test_pm_09_a_move_that_no_reaction_has_seen_yet_is_seen_by_the_run() -> None:
    made = task(project(owner=somebody("ann")))
    remind()
    Task.objects.filter(pk=made.pk).update(due_date=NOON + 3 * HOUR)
    remind()
    react()
    assert states() == [("voided", "moved", 1), ("told", "", 2)]


def test_pm_09_completed_before_it_went_out_it_is_taken_back_and_reopened_it_is_told() -> None:
    made = task(project(owner=somebody("ann")))
    remind()
    actions.edit_task(made.pk, by=SYSTEM, status="completed")
    react()
    assert states() == [("voided", "completed", 1)]
    assert remind() == {}
    actions.edit_task(made.pk, by=SYSTEM, status="pending")
    react()
    assert remind() == {"told": 1}


def test_pm_09_completed_after_it_went_out_and_reopened_it_is_not_told_again() -> None:
    made = task(project(owner=somebody("ann")))
    remind()
    Delivery.objects.update(state="sent")
    for status in ("completed", "pending"):
        actions.edit_task(made.pk, by=SYSTEM, status=status)
    react()
    assert remind() == {}
    assert states() == [("told", "", 1)]


def test_pm_09_handed_over_the_new_one_is_reminded_and_the_old_one_s_letter_taken_back() -> None:
    ann, ben = somebody("ann"), somebody("ben")
    made = task(project(owner=ann, editor=ben), whose=ann)
    forget_events()
    remind()
    actions.assign_task(made.pk, by=SYSTEM, person=ben.pk)
    react()
    remind()
    assert letters("due_soon", state="queued") == [("ben@example.org", "Due soon: Макет")]
    assert states() == [("voided", "handed_over", 1), ("told", "", 1)]


def test_pm_09_a_deleted_task_takes_its_letter_back() -> None:
    made = task(project(owner=somebody("ann")))
    remind()
    actions.delete_task(made.pk, by=SYSTEM)
    react()
    assert not Reminder.objects.exists()
    assert Delivery.objects.get(topic="projects.due_soon").state == "cancelled"


def test_pm_09_after_an_outage_what_is_ahead_is_told_and_what_is_overdue_is_not(clock: Traveller) -> None:
    made = project(owner=somebody("ann"))
    task(made, NOON + HOUR, title="was missed")
    task(made, NOON + 30 * HOUR, title="is ahead")
    clock.move_to(NOON + 10 * HOUR)
    remind()
    assert letters("due_soon") == [("ann@example.org", "Due soon: is ahead")]


def test_pm_09_by_choice_it_is_kept_for_the_daily_letter_or_not_told() -> None:
    ann, ben = somebody("ann"), somebody("ben")
    for person, way in ((ann, "digest"), (ben, "none")):
        choose(of_person(person), choices=[{"project": None, "reason": "due_soon", "way": way}])
    first, _second = task(project(owner=ann)), task(project(owner=ben))
    remind()
    assert letters("due_soon") == []
    assert sorted(Reminder.objects.values_list("state", "because", "way")) == [
        ("skipped", "not_wanted", "none"),
        ("told", "", "digest"),
    ]
    assert Notice.objects.get().until == NOON + HOUR
    actions.edit_task(first.pk, by=SYSTEM, due_date=NOON + 5 * DAY)
    react()
    assert not Notice.objects.filter(reason="due_soon").exists()


def test_pm_09_a_letter_in_the_reader_s_language_and_by_their_clock() -> None:
    task(project(owner=somebody("ann", language="ru")), NOON + 20 * HOUR)
    remind()
    assert Delivery.objects.get(topic="projects.due_soon").language == "ru"
    assert Delivery.objects.get(topic="projects.due_soon").timezone == "Europe/Moscow"


def test_pm_09_tasks_that_were_told_of_cost_one_query_in_all(django_assert_num_queries: Any) -> None:
    made = project(owner=somebody("ann"))
    Task.objects.bulk_create([Task(project=made, title=f"{n}", due_date=NOON + HOUR) for n in range(40)])
    assert remind() == {"told": 40}
    with django_assert_num_queries(1):
        assert remind() == {}


def test_pm_b4_the_ledger_of_a_task_is_shown_to_who_sees_it(settings: Any) -> None:
    settings.PROJECTS_NOTIFY = ["x@example.org"]
    ann, eve = somebody("ann"), somebody("eve")
    made = task(project(viewer=ann))
    remind()
    path = f"/api/projects/tasks/{made.pk}/reminders/"
    [row] = client_with_token("projects:read", person=ann).get(path).json()
    assert (row["state"], row["kind"], row["person"], row["address"]) == ("told", "due_soon", None, "")
    assert (row["due_at"], row["due_version"], row["way"]) == ("2030-03-04T13:00:00Z", 1, "email")
    assert client_with_token("projects:read").get(path).json()[0]["address"] == "x@example.org"
    assert client_with_token("projects:read", person=eve).get(path).status_code == 404
