"""Tasks and their types in the admin, the fixture that makes types, and the accounts of the demonstration."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from angarium.config import demo as demonstration
from angarium.engine.identity.public import SYSTEM, Person, Principal, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation, Report, report
from angarium.modules.operations import actions, demo
from angarium.modules.operations.models import Task, TaskType

from .asking import held

pytestmark = pytest.mark.django_db
STAFF = Principal("service", None, "staff", Role.STAFF, frozenset({"*"}))
TASKS, TYPES = "admin:operations_task_changelist", "admin:operations_tasktype_changelist"


@pytest.fixture
def admin(db: None) -> Client:
    return client_signed_in(make_person(role=Role.STAFF))


def task(name: str = "Отчёт", state: str = "") -> Task:
    made = actions.create_task(by=STAFF, name=name, processing_time=5)
    if state:
        claim = held(made.id)
    if state not in ("", "running"):
        report(Report(operation=made.id, epoch=claim.epoch, seq=1, state=state))
    return made


def names(answer: Any) -> set[str]:
    assert answer.status_code == 200
    return {one.name for one in answer.context["cl"].result_list}


def test_op_23_the_admin_lists_tasks_with_their_status(admin: Client) -> None:
    for name, state in (("new", ""), ("busy", "running"), ("done", "succeeded"), ("bad", "failed")):
        task(name, state)
    page = admin.get(reverse(TASKS))
    assert names(page) == {"new", "busy", "done", "bad"}
    text = page.content.decode()
    assert all(word in text for word in ("1 NEW", "2 PROCESSING", "3 COMPLETED", "4 ERROR"))


@pytest.mark.parametrize(("status", "shown"), [("1", "new"), ("2", "busy"), ("3", "done"), ("4", "bad")])
def test_op_23_tasks_are_filtered_by_status(admin: Client, status: str, shown: str) -> None:
    for name, state in (("new", ""), ("busy", "running"), ("done", "succeeded"), ("bad", "failed")):
        task(name, state)
    assert names(admin.get(reverse(TASKS), {"status": status})) == {shown}


def test_op_23_tasks_are_found_by_a_part_of_the_name_or_the_identifier(admin: Client) -> None:
    task("Отчёт за май")
    other = task("Resize")
    assert names(admin.get(reverse(TASKS), {"q": "за май"})) == {"Отчёт за май"}
    assert names(admin.get(reverse(TASKS), {"q": str(other.id)})) == {"Resize"}
    assert names(admin.get(reverse(TASKS), {"q": "nothing"})) == set()


def test_op_23_a_task_is_looked_at_and_never_edited(admin: Client) -> None:
    one = task()
    change = reverse("admin:operations_task_change", args=[one.id])
    assert "1 NEW" in admin.get(change).content.decode()
    assert admin.post(change, {"state": "succeeded"}).status_code == 403
    assert admin.get(reverse("admin:operations_task_add")).status_code == 403
    assert admin.post(reverse("admin:operations_task_delete", args=[one.id]), {"post": "yes"}).status_code == 403
    assert Task.objects.get().state == "queued"


def form(**changes: Any) -> dict[str, Any]:
    shown = {"name": "paint_wall", "queue": "painters", "max_claims": 3, "lease_seconds": 60, "expected_seconds": "",
             "description": "Paint a wall.", "is_active": "on"}  # fmt: skip
    return {**shown, **changes}


def test_op_23_types_of_tasks_are_listed_and_edited(admin: Client) -> None:
    assert admin.post(reverse("admin:operations_tasktype_add"), form()).status_code == 302
    made = TaskType.objects.get()
    assert (made.name, made.queue, made.max_claims, made.is_active) == ("paint_wall", "painters", 3, True)
    assert "paint_wall" in admin.get(reverse(TYPES)).content.decode()
    change = reverse("admin:operations_tasktype_change", args=[made.pk])
    assert admin.post(change, form(name="other", lease_seconds=90)).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.lease_seconds) == ("paint_wall", 90)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "Paint"),
        ("name", "1x"),
        ("name", "a b"),
        ("name", "x" * 101),
        ("name", "operations.task"),
        ("name", "delivery.deliver"),
        ("queue", "Painters"),
        ("queue", "a b"),
        ("max_claims", 0),
        ("max_claims", 101),
        ("lease_seconds", 0),
        ("lease_seconds", 86401),
        ("expected_seconds", -1),
        ("expected_seconds", 10**12),
    ],
)
def test_a_type_that_does_not_fit_is_an_error_of_its_field(admin: Client, name: str, value: Any) -> None:
    answer = admin.post(reverse("admin:operations_tasktype_add"), form(**{name: value}))
    assert answer.status_code == 200
    assert name in answer.context["adminform"].form.errors
    assert TaskType.objects.count() == 0


def test_a_type_of_which_there_are_operations_stays(admin: Client) -> None:
    TaskType.objects.bulk_create([TaskType(name="paint_wall"), TaskType(name="unused")])
    actions.create_operation("paint_wall", by=STAFF)
    for name, status in (("paint_wall", 403), ("unused", 302)):
        one = TaskType.objects.get(name=name)
        address = reverse("admin:operations_tasktype_delete", args=[one.pk])
        assert admin.post(address, {"post": "yes"}).status_code == status
    assert list(TaskType.objects.values_list("name", flat=True)) == ["paint_wall"]


def test_op_23_the_fixture_makes_types_and_again_changes_only_them() -> None:
    TaskType.objects.create(name="paint_wall")
    for _ in range(2):
        call_command("loaddata", "initial", verbosity=0)
    found = {one.name: one for one in TaskType.objects.all()}
    assert {"resize_image", "transcode_video", "send_invoice", "paint_wall"} <= found.keys()
    for one in found.values():
        one.full_clean(exclude=["name"] if one.name == "paint_wall" else None)
        assert one.name == "paint_wall" or len(one.description) > 20


def test_op_23_the_demonstration_has_its_accounts_types_and_tasks() -> None:
    demonstration.make()
    for name, password in (("user", "password"), ("demo", "demo")):
        assert Person.objects.get(username=name).check_password(password)
    user = Person.objects.get(username="user")
    assert list(Task.objects.values_list("actor", flat=True)) == [user.id] * len(demo.TASKS)
    assert TaskType.objects.filter(is_active=True).count() >= 3


def test_the_demonstration_does_without_that_account() -> None:
    demo.make()
    assert Task.objects.count() == len(demo.TASKS)
    assert set(Operation.objects.values_list("actor", flat=True)) == {SYSTEM.id}
