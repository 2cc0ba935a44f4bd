"""The first page tells the truth about the ledger, to each what they may see."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction

from angarium.contracts.identity import TokenRevoked
from angarium.engine.console import pulse
from angarium.engine.console.pulse import SPANS, floor, history, seen_by, standing
from angarium.engine.events.public import Event, publish
from angarium.engine.identity.public import NOBODY, Principal, Role, acting_as, of_person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Due, Operation, cancel, claim, start
from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

pytestmark = pytest.mark.django_db
KIND = "tasks.prune"


@pytest.fixture
def staff() -> Principal:
    return of_person(make_person("ada", Role.STAFF, password=None))


@pytest.fixture
def member() -> Principal:
    return of_person(make_person("max", password=None))


def begin(by: Principal) -> UUID:
    with acting_as(by), transaction.atomic():
        return start(KIND)


def test_staff_see_all_work_and_members_their_own(staff: Principal, member: Principal) -> None:
    running = begin(staff)
    claim(running, worker="w", lease_seconds=30)
    begin(staff)
    mine = begin(member)
    cancel(begin(member), member)
    assert standing(staff) == {"waiting": 2, "running": 1, "good": 0, "bad": 0, "still": 1}
    assert standing(member) == {"waiting": 1, "running": 0, "good": 0, "bad": 0, "still": 1}
    assert seen_by(member).filter(id=mine).exists()
    assert not seen_by(member).filter(id=running).exists()
    assert not seen_by(NOBODY).exists()


def test_identifiers_made_since_an_instant_are_not_below_its_floor() -> None:
    before = floor(datetime.now(UTC) - timedelta(milliseconds=2))
    made = uuid7()
    assert before < made < floor(datetime.now(UTC) + timedelta(seconds=1))
    assert floor(datetime.now(UTC)).version == 7


@pytest.mark.parametrize("name", ["day", "hour"])
def test_the_plot_counts_what_was_accepted_in_each_step(staff: Principal, name: str) -> None:
    begin(staff)
    cancel(begin(staff), staff)
    Operation.objects.create(id=floor(datetime.now(UTC) - timedelta(days=2)), kind=KIND, state="failed")
    passed = history(staff, SPANS[name])
    assert len(passed) == SPANS[name].steps
    assert [values for _start, values in passed[-2:]][-1] in ({"waiting": 1, "still": 1}, {})
    assert sum(sum(values.values()) for _start, values in passed) == 2


def test_a_picture_that_is_slow_to_count_is_kept_for_a_while(staff: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    ticks = iter([0.0, 1.0, 2.0, 2.0])
    monkeypatch.setattr(pulse.time, "perf_counter", lambda: next(ticks))
    first = history(staff, SPANS["day"])
    begin(staff)
    assert history(staff, SPANS["day"]) == first
    cache.clear()
    assert history(staff, SPANS["day"]) != first


def test_an_empty_installation_says_so() -> None:
    text = client_signed_in(make_person(role=Role.STAFF, password=None)).get("/").content.decode()
    assert "The road is clear" in text
    assert "every event was seen by the relay" in text


@time_machine.travel(datetime(2030, 3, 4, 12, tzinfo=UTC), tick=False)
def test_the_page_shows_how_far_the_relay_is_behind_and_how_much_waits(staff: Principal) -> None:
    with transaction.atomic():
        publish(*(TokenRevoked(token_id=uuid7(), name="old") for _ in range(2)))
    Event.objects.filter(id=Event.objects.earliest("id").id).update(at=now() - timedelta(seconds=184))
    claim(begin(staff), worker="w", lease_seconds=30)
    waiting = [begin(staff) for _ in range(3)]
    Due.objects.filter(pk=waiting[0]).update(since=now() - timedelta(hours=2, minutes=5))
    text = client_signed_in(make_person(role=Role.STAFF, password=None)).get("/").content.decode()
    assert shown(text, "lag") == ("3 min 4 s", "2 events not yet seen by the relay")
    assert shown(text, "depth") == ("3", "engine 3 the oldest for 2 h 5 min")


def shown(page: str, id: str) -> tuple[str, str]:
    """A number of the promise and the note below it, as read."""
    found = re.search(rf'id="{id}">(.*?)</dd><dd class="note">(.*?)</dd>', page, re.DOTALL)
    assert found, page
    number, note = (" ".join(re.sub(r"<[^>]*>", "", part).split()) for part in found.groups())
    return number, note


def test_the_page_shows_counters_latest_operations_and_the_plot(staff: Principal) -> None:
    id = begin(staff)
    client = client_signed_in(make_person(role=Role.STAFF, password=None))
    text = client.get("/").content.decode()
    assert f'id="o-{id}"' in text
    assert 'aria-label="1 operation accepted"' in text
    assert "Last hour" in text
    assert client.get("/?span=hour").status_code == 200
    assert client.get("/?span=%00").status_code == 200


def test_htmx_gets_only_what_changes(staff: Principal) -> None:
    begin(staff)
    text = (
        client_signed_in(make_person(role=Role.STAFF, password=None))
        .get("/", headers={"hx-request": "true"})
        .content.decode()
    )
    assert "<html" not in text
    assert "Latest operations" in text


def test_a_member_does_not_see_the_relays_lag(member: Principal) -> None:
    text = client_signed_in(make_person(password=None)).get("/").content.decode()
    assert "Relay lag" not in text
    assert "The work that you started" in text


@pytest.mark.parametrize(("ratio", "told"), [(None, "–"), (0.0, "0 %"), (0.939, "93 %"), (1.0, "100 %")])
def test_staff_are_told_how_many_lists_needed_no_rows(
    ratio: float | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("angarium.engine.console.honesty.hit_ratio", lambda: ratio)
    text = client_signed_in(make_person(role=Role.STAFF, password=None)).get("/").content.decode()
    assert re.search(r'id="hits">([^<]*)<', text)[1] == told
    member = client_signed_in(make_person(password=None)).get("/").content.decode()
    assert 'id="hits"' not in member
