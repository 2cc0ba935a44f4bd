"""The list of operations: its filters and counters, saved views, and many operations at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from angarium.engine.identity.public import Person, Role, of_person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation, cancel, retry
from angarium.kernel import ids
from angarium.kernel.clock import now
from angarium.modules.operations.models import SavedView, TaskType
from angarium.modules.operations.pages import looking as finding
from angarium.modules.operations.saved_views import MOST
from angarium.modules.operations.tests.looking import KIND, LIST, begin, buttons, held, said, shown, tell, text_of

pytestmark = pytest.mark.django_db
SAVE = f"{LIST}views/"


@pytest.fixture
def ada() -> Person:
    return make_person("ada", Role.STAFF, password=None, timezone="Europe/Moscow")


@pytest.fixture
def staff(ada: Person) -> Client:
    return client_signed_in(ada)


def counters(text: str) -> dict[str, int]:
    found = re.findall(r'id="c-(\w+)">[^<]*<span class="number">(\d+)', text)
    return {state: int(number) for state, number in found if int(number)}


def test_it_is_narrowed_by_all_that_one_knows_of_an_operation(
    ada: Person, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "_last", 0)  # other tests have been to the future, and identifiers never go back
    me = of_person(ada)
    waiting, running, ended = (begin(me, n=n) for n in range(3))
    tell(held(running, "gpu-7"), stage="encoding", message="Encoding 8 of 24")
    cancel(ended, me)
    again = retry(ended, me)
    before, after = (
        quote(f"{now() + timedelta(hours=3, minutes=by):%Y-%m-%dT%H:%M}") for by in (-2, 2)
    )  # on her clock
    for query, expected in {
        "stage=encoding": [running],
        "worker=gpu-7": [running],
        "worker=gpu": [],
        "text=ENCODING+8": [running],
        "retries=on": [again],
        f"created_after={before}&created_before={after}": [again, ended, running, waiting],
        f"created_after={after}": [],
        f"created_before={before}": [],
        "worker=gpu-7&state=running&q=tasks.": [running],
        "worker=gpu-7&state=open&text=nothing": [],
    }.items():
        assert shown(text_of(staff, f"{LIST}?{query}")) == [str(id) for id in expected], query


def test_what_makes_no_sense_is_told(staff: Client) -> None:
    for query in ("created_after=soon", "created_before=0001-01-01T00:00", "stage=%00", "text=%00"):
        assert 'class="wrong"' in text_of(staff, f"{LIST}?{query}", 400)


def test_counters_are_those_of_the_ledger_and_lead_to_what_they_count(ada: Person, staff: Client) -> None:
    me = of_person(ada)
    for _ in range(3):
        begin(me)
    cancel(begin(me), me)
    begin(me, "delivery.deliver", delivery="1")
    assert counters(text_of(staff, LIST)) == {"any": 5, "open": 4, "queued": 4, "cancelled": 1}
    assert counters(text_of(staff, f"{LIST}?q={KIND}")) == {"any": 4, "open": 3, "queued": 3, "cancelled": 1}
    assert counters(text_of(staff, f"{LIST}?q=DELIV")) == {"any": 1, "open": 1, "queued": 1}
    assert counters(text_of(staff, f"{LIST}?worker=w")) == {}  # the ledger does not count by worker
    text = text_of(staff, f"{LIST}?q={KIND}&worker=w&state=failed")
    assert 'href="?q=tasks.prune&amp;state=queued&amp;worker=w"' in text


def test_a_member_is_told_the_numbers_of_what_is_open(ada: Person) -> None:
    max_ = make_person("max", password=None)
    begin(of_person(ada))
    begin(of_person(max_))
    cancel(begin(of_person(max_)), of_person(max_))
    assert counters(text_of(client_signed_in(max_), LIST)) == {"open": 1, "queued": 1}


def test_no_page_of_the_list_counts_history(ada: Person, staff: Client) -> None:
    begin(of_person(ada))
    for query in ("", "?state=succeeded", "?q=tasks", "?worker=w"):
        with CaptureQueriesContext(connection) as queries:
            text_of(staff, f"{LIST}{query}")
        counting = [one["sql"] for one in queries if "COUNT(" in one["sql"] and "ledger_operation" in one["sql"]]
        assert counting == []
        assert len(queries) < 20


@contextmanager
def looking_through(number: int) -> Iterator[None]:
    before, finding.MOST = finding.MOST, number
    try:
        yield
    finally:
        finding.MOST = before


def test_where_no_index_helps_only_so_many_are_looked_through_for_a_page(ada: Person, staff: Client) -> None:
    ids = [begin(of_person(ada)) for _ in range(7)]
    tell(held(ids[0], "far-back"))
    tell(held(ids[6], "near"))
    with looking_through(3):
        text = text_of(staff, f"{LIST}?worker=far-back")
        assert "Nothing among the newest operations" in text
        pages = 0
        while not shown(text):
            further = re.search(r'<a class="button small" rel="next" href="(\?[^"]+)"', text)
            assert further, "it says how to look on"
            text = text_of(staff, LIST + further[1].replace("&amp;", "&"))
            pages += 1
        assert (shown(text), pages) == ([str(ids[0])], 2)
        assert 'rel="next"' not in text
        assert "Looked through the newest operations" in text_of(staff, f"{LIST}?worker=near")


def test_progress_comes_with_what_is_left_of_it(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    given = held(id)
    tell(given, 1, progress=(1, 4), unit="pages")
    text = text_of(staff, LIST)
    assert 'value="1.0" max="4.0"' in text
    assert "1/4 pages · 25 %" in text
    assert re.search(r"about [\d.]+ m?s left", text)


def test_op_b9_a_filter_is_saved_under_a_name_opened_renamed_and_deleted(ada: Person, staff: Client) -> None:
    answer = staff.post(SAVE, {"name": "Late  ones ", "query": "state=failed&q=tasks&before=x"})
    assert answer.status_code == 302
    assert "makes no sense" in said(staff, SAVE, {"name": "Wrong", "query": "state=nonsense"})
    answer = staff.post(SAVE, {"name": " Failed ", "query": "state=failed&q=tasks"})
    assert answer["Location"] == f"{LIST}?q=tasks&state=failed"
    view = SavedView.objects.get()
    assert (view.person, view.name, view.query) == (ada.id, "Failed", "q=tasks&state=failed")
    assert '<a href="?q=tasks&amp;state=failed" aria-current="page">Failed</a>' in text_of(staff, answer["Location"])
    assert "You have a view of this name already." in said(staff, SAVE, {"name": "Failed", "query": "state=open"})
    staff.post(f"{SAVE}{view.id}/name/", {"name": "Broken"})
    assert ">Broken</a>" in text_of(staff, LIST)
    staff.post(f"{SAVE}{view.id}/deletion/")
    assert not SavedView.objects.exists()


def test_op_pages_views_are_ones_own_and_no_more_than_twenty(ada: Person, staff: Client) -> None:
    other = client_signed_in(make_person("max", password=None))
    SavedView.objects.bulk_create(SavedView(person=ada.id, name=f"view {n}") for n in range(MOST - 1))
    assert said(staff, SAVE, {"name": "the last", "query": "state=open"}) == "The view is saved."
    assert "as many views as one may have" in said(staff, SAVE, {"name": "one too many", "query": "state=open"})
    assert SavedView.objects.count() == MOST
    mine = SavedView.objects.get(name="view 0")
    assert ">view 0</a>" not in text_of(other, LIST)
    assert other.post(f"{SAVE}{mine.id}/deletion/").status_code == 404
    assert other.post(f"{SAVE}{mine.id}/name/", {"name": "theirs"}).status_code == 404
    for wrong in ("", " ", "x" * 101, "two\nlines"):
        assert said(staff, f"{SAVE}{mine.id}/name/", {"name": wrong}) != ""
    mine.refresh_from_db()
    assert mine.name == "view 0"
    assert "too long" in said(other, SAVE, {"name": "n", "query": f"q={quote('я' * 200)}&text={quote('я' * 200)}"})


def test_op_pages_the_ticked_are_taken_one_by_one_and_what_moved_on_is_told(ada: Person, staff: Client) -> None:
    me = of_person(ada)
    ids = [begin(me) for _ in range(3)]
    cancel(ids[2], me)
    told = said(staff, f"{LIST}chosen/", {"id": ids, "verb": "cancel"})
    assert told == "2 were cancelled. 1 was left as it is: The operation has ended; its state never changes again."
    told = said(staff, f"{LIST}chosen/", {"id": [*ids[:2], begin(me)], "verb": "retry"})
    assert "2 are tried again." in told
    assert "1 was left as it is: The operation has not ended" in told
    for nothing in ({"verb": "cancel"}, {"id": ids, "verb": "nope"}, {"id": ["x"], "verb": "cancel"}):
        assert said(staff, f"{LIST}chosen/", nothing) == "Tick at least one of them."


def test_a_member_ticks_no_operation_of_others(ada: Person) -> None:
    theirs = begin(of_person(ada))
    member = client_signed_in(make_person("max", password=None))
    assert "There is no such operation" in said(member, f"{LIST}chosen/", {"id": [theirs], "verb": "cancel"})
    assert Operation.objects.get(id=theirs).state == "queued"


def test_op_pages_all_that_fit_are_counted_before_they_are_cancelled(ada: Person, staff: Client) -> None:
    me = of_person(ada)
    ids = [begin(me) for _ in range(4)]
    cancel(ids[0], me)
    begin(me, "delivery.deliver", delivery="1")
    query = f"?q={KIND}&state=open"
    assert f'href="{LIST}many/cancellation/{query.replace("&", "&amp;")}"' in text_of(staff, f"{LIST}{query}")
    preview = text_of(staff, f"{LIST}many/cancellation/{query}")
    assert "<strong>3</strong> operations would be cancelled now." in preview
    assert Operation.objects.filter(state="cancelled").count() == 1
    answer = staff.post(f"{LIST}many/cancellation/{query}", {"because": "An old list"})
    work = Operation.objects.get(kind="operations.cancel_many")
    assert answer["Location"] == f"{LIST}{work.id}/"
    assert work.input["filter"] == {"kind": KIND}
    assert work.input["because"] == "Cancelled by ada: An old list"
    assert buttons(text_of(staff, answer["Location"])) == ["pause", "cancel"]


#: What is asked for, and why it is not begun.
NOT_BEGUN = {
    "cancellation/?q=tasks.p": "one can say the kind (in full)",
    "cancellation/?text=x&state=open": "one can say the kind (in full)",
    "cancellation/": "Say at least one thing",
    "cancellation/?state=failed": "Only what is open can be cancelled.",
    "retry/?state=open": "Say at least one thing",
    "retry/?state=queued": "Only what has ended can be retried.",
    "retry/?state=nonsense": "one can say the kind (in full)",
}


def test_what_cannot_be_said_of_many_is_told_and_begins_nothing(staff: Client) -> None:
    for path, told in NOT_BEGUN.items():
        text = text_of(staff, f"{LIST}many/{path}", 422)
        assert (path, told in text, 'id="begin"' in text) == (path, True, False)
    assert staff.post(f"{LIST}many/cancellation/").status_code == 422
    assert not Operation.objects.exists()


def test_nothing_that_fits_is_no_button(staff: Client) -> None:
    TaskType.objects.create(name="send_invoice")
    text = text_of(staff, f"{LIST}many/retry/?q=send_invoice")
    assert "Nothing fits now" in text
    assert 'id="begin"' not in text
