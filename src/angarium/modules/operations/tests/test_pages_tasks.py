"""The literal tasks for people: a form, four statuses, and how many there are of each."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from angarium.engine.identity.public import Person, Principal, Role, of_person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation
from angarium.modules.operations import actions
from angarium.modules.operations.models import TASK
from angarium.modules.operations.pages.tasks import PAGE
from angarium.modules.operations.tests.looking import LIST, held, tell, text_of

pytestmark = pytest.mark.django_db
TASKS = f"{LIST}tasks/"


@pytest.fixture
def ada() -> Person:
    return make_person("ada", Role.STAFF, password=None)


@pytest.fixture
def staff(ada: Person) -> Client:
    return client_signed_in(ada)


def make(by: Principal, name: str = "n", seconds: int = 5) -> UUID:
    return actions.create_task(by=by, name=name, processing_time=seconds).id


def listed(text: str) -> list[tuple[str, int]]:
    """(name, status) of each."""
    rows = re.findall(r'id="k-[\w-]+"[^>]*>(.*?)</a>.*?<span class="faint mono">(\d)</span>', text, re.DOTALL)
    return [(name, int(status)) for name, status in rows]


def numbers(text: str) -> list[str]:
    part = text.partition('class="tabs counts"')[2].partition("</nav>")[0]
    return re.findall(r'>(\w[\w ]*?)(?: <span class="number">(\d+)</span>)?</a>', part)


def test_op_01_a_form_makes_a_task(ada: Person, staff: Client) -> None:
    answer = staff.post(TASKS, {"name": "  Отчёт ", "processing_time": "3"})
    assert (answer.status_code, answer["Location"]) == (302, TASKS)
    task = Operation.objects.get()
    assert (task.kind, task.input, task.actor) == (TASK, {"name": "Отчёт", "processing_time": 3}, ada.id)


#: (name, processing time)
NO_TASKS = (
    *(("", "5"), ("  ", "5"), ("x" * 256, "5"), ("a\nb", "5"), ("a\x00b", "5")),
    *(("n", ""), ("n", "-1"), ("n", "1.5"), ("n", "3601"), ("n", "9" * 400), ("n", "abc")),
)


def test_op_08_what_makes_no_task_is_told_beside_its_field(staff: Client) -> None:
    for name, seconds in NO_TASKS:
        response = staff.post(TASKS, {"name": name, "processing_time": seconds})
        assert (name, seconds, response.status_code) == (name, seconds, 422)
        assert 'class="wrong"' in response.content.decode()
    assert not Operation.objects.exists()


def test_op_04_the_four_statuses_are_shown_and_found(ada: Person, staff: Client) -> None:
    me = of_person(ada)
    assert "No task yet" in text_of(staff, TASKS)
    make(me, "new")
    tell(held(make(me, "processing")), stage="at it")
    tell(held(make(me, "done")), state="succeeded")
    tell(held(make(me, "<b>broken</b>")), state="failed", error={"message": "13"})
    text = text_of(staff, TASKS)
    assert listed(text) == [("&lt;b&gt;broken&lt;/b&gt;", 4), ("done", 3), ("processing", 2), ("new", 1)]
    assert numbers(text) == [("new", "1"), ("in process", "1"), ("completed", "1"), ("error", "1")]
    assert text.count("data-since=") == 1
    for status, name in ((1, "new"), (2, "processing"), (3, "done"), (4, "&lt;b&gt;broken&lt;/b&gt;")):
        assert listed(text_of(staff, f"{TASKS}?status={status}")) == [(name, status)]
    assert listed(text_of(staff, f"{TASKS}?q=RO")) == [("&lt;b&gt;broken&lt;/b&gt;", 4), ("processing", 2)]
    assert "Nothing fits" in text_of(staff, f"{TASKS}?q=nothing")
    for wrong in ("status=5", "status=x", "before=x", "q=%00"):
        assert 'class="wrong"' in text_of(staff, f"{TASKS}?{wrong}", 400)


def test_members_see_their_own_tasks_and_numbers_of_those(ada: Person) -> None:
    max_ = make_person("max", password=None)
    make(of_person(ada), "theirs")
    make(of_person(max_), "mine")
    text = text_of(client_signed_in(max_), TASKS)
    assert listed(text) == [("mine", 1)]
    assert numbers(text) == [("new", "1"), ("in process", "0"), ("completed", ""), ("error", "")]


def test_the_list_goes_on_and_follows_from_its_first_page(ada: Person, staff: Client) -> None:
    for number in range(PAGE + 1):
        make(of_person(ada), f"task {number}")
    text = text_of(staff, TASKS)
    assert 'data-live="operation:*"' in text
    follows = re.search(r'rel="next" href="(\?[^"]+)"', text)
    assert follows
    rest = text_of(staff, TASKS + follows[1].replace("&amp;", "&"))
    assert listed(rest) == [("task 0", 1)]
    assert "data-live" not in rest.partition('id="tasks"')[2]
    assert "<html" not in staff.get(TASKS, headers={"hx-request": "true"}).content.decode()
