"""The client of docs/reference/live.md, the server being played: each code, each lost frame, each silence."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .stub import Stub

pytestmark = pytest.mark.browser
HOUR = 3_600_000


@pytest.fixture
def stub(page: Page) -> Stub:
    return Stub(page, '<div id="one" data-live="lesson:7 operation:*"></div><div id="two" data-live="lesson:7"></div>')


def test_it_asks_for_what_its_regions_follow_from_where_the_page_was_made(stub: Stub) -> None:
    assert stub.asked == {"topics": "lesson:7,operation:*", "generation": "G", "events": "10", "work": "20"}
    assert stub.lines[0].url.startswith("ws://live.test/ws/notifications/?")


def test_a_page_that_follows_nothing_opens_no_line(page: Page) -> None:
    stub = Stub(page, '<div id="one"></div>')
    stub.page.clock.run_for(HOUR)
    assert stub.opened == 0


def test_after_these_codes_it_connects_again(stub: Stub) -> None:
    pauses = {1001: 2500, 1006: 500, 1009: 500, 1011: 500, 4000: 500, 4408: 500, 4409: 500, 4429: 62_500}
    for number, (code, pause) in enumerate(pauses.items(), 1):
        stub.until_asked(lines=number)
        stub.welcome()
        stub.heartbeat(sent=0, events=10)
        stub.close(code)
        stub.page.clock.run_for(pause - 1)
        assert stub.opened == number, code
        stub.page.clock.run_for(1)
        assert stub.opened == number + 1, code
    assert stub.page.evaluate("states") == ["connecting", "connected"] * len(pauses) + ["connecting"]


def test_it_resumes_where_it_stood_and_what_comes_twice_is_told_once(stub: Stub) -> None:
    stub.welcome()
    stub.frame(11)
    stub.heartbeat(sent=1, events=12)
    stub.frame(14)
    stub.until("told.length === 2")
    stub.close(4409)
    stub.page.clock.run_for(500)
    stub.until_asked(lines=2)
    assert stub.asked == {"topics": "lesson:7,operation:*", "generation": "G", "events": "12", "work": "20"}
    stub.welcome()
    for position in (13, 14, 15):
        stub.frame(position)
    stub.until("told.length === 4")
    assert stub.told == [["events", 11], ["events", 14], ["events", 13], ["events", 15]]


@pytest.mark.parametrize("code", [1000, 4401])
def test_after_these_codes_it_stops(stub: Stub, code: int) -> None:
    stub.welcome()
    stub.close(code)
    stub.until("states.at(-1) === 'stopped'")
    stub.page.clock.run_for(HOUR)
    stub.page.evaluate("dispatchEvent(new Event('online'))")
    assert (stub.opened, stub.loads) == (1, 1)


def test_when_the_session_ended_the_page_is_loaded_anew_but_not_for_ever(stub: Stub) -> None:
    stub.welcome()
    stub.close(4403)
    with stub.page.expect_navigation():
        stub.page.clock.run_for(1000)
    stub.until_asked(lines=2)
    assert stub.loads == 2
    stub.welcome()
    stub.close(4403)
    stub.until("states.at(-1) === 'stopped'")
    stub.page.clock.run_for(HOUR)
    stub.page.evaluate("fetch('/watch.js')")  # whatever else was asked for has arrived by then
    assert stub.loads == 2


def test_pauses_grow_to_half_a_minute_and_a_heartbeat_makes_them_short_again(stub: Stub) -> None:
    for number, pause in enumerate((500, 1000, 2000, 4000, 8000, 15_000, 15_000), 1):
        stub.until_asked(lines=number)
        stub.close(1006)
        stub.page.clock.run_for(pause - 1)
        assert stub.opened == number
        stub.page.clock.run_for(1)
        assert stub.opened == number + 1
    stub.until_asked(lines=8)
    stub.welcome()
    stub.heartbeat(sent=0, events=11)
    stub.frame(12)
    stub.until("told.length === 1")
    stub.close(1006)
    stub.page.clock.run_for(500)
    assert stub.opened == 9


def test_a_lost_frame_is_asked_for_and_what_came_after_it_is_told_once(stub: Stub) -> None:
    stub.welcome()
    stub.frame(11)
    stub.frame(13)
    stub.heartbeat(sent=3, events=13)  # 12 was sent too, it says
    stub.until_heard(1)
    assert stub.heard == [{"type": "resume", "generation": "G", "positions": {"events": 10, "work": 20}}]
    for position in (11, 12, 13):
        stub.frame(position)
    stub.frame(21, "work", "operation:1")
    stub.heartbeat(sent=7, events=13, work=21)
    stub.frame(13)
    stub.frame(14)
    stub.until("told.length === 5")
    assert stub.told == [["events", 11], ["events", 13], ["events", 12], ["work", 21], ["events", 14]]
    assert len(stub.heard) == 1


def test_heads_that_cannot_be_are_asked_about(stub: Stub) -> None:
    stub.welcome()
    stub.say("heartbeat", generation="H", positions={"events": 11, "work": 20}, sent=0)
    stub.heartbeat(sent=0, events=9)
    stub.until_heard(2)
    where = {"type": "resume", "generation": "G", "positions": {"events": 10, "work": 20}}
    assert stub.heard == [where, where]


def test_a_reset_of_one_log_leaves_the_other_where_it_is(stub: Stub) -> None:
    stub.welcome()
    stub.say("reset", log="work", positions={"events": 90, "work": 80})
    stub.frame(80, "work")
    stub.frame(81, "work")
    stub.frame(11)
    stub.until("told.length === 2")
    assert stub.told == [["work", 81], ["events", 11]]
    assert stub.page.evaluate("resets") == 1


def test_after_a_reset_it_goes_on_in_the_new_generation(stub: Stub) -> None:
    stub.welcome()
    stub.frame(11)
    stub.frame(12, generation="H")
    stub.say("reset", generation="H", log="events", positions={"events": 2, "work": 3})
    stub.frame(12)
    stub.frame(11, generation="H")
    stub.until("told.length === 2")
    assert stub.told == [["events", 11], ["events", 11]]
    stub.close(4408)
    stub.page.clock.run_for(500)
    stub.until_asked(lines=2)
    assert stub.asked["generation"] == "H"
    assert (stub.asked["events"], stub.asked["work"]) == ("2", "3")


def test_a_line_that_falls_silent_is_given_up(stub: Stub) -> None:
    stub.welcome(heartbeat=10)
    stub.page.clock.run_for(24_000)
    stub.heartbeat(sent=0, events=10)
    stub.frame(11)
    stub.until("told.length === 1")
    stub.page.clock.run_for(24_999)
    assert stub.page.evaluate("states.at(-1)") == "connected"
    stub.page.clock.run_for(501)
    assert stub.opened == 2


def test_it_follows_the_network_and_the_browsers_cache_at_once(stub: Stub) -> None:
    stub.welcome()
    stub.page.evaluate("dispatchEvent(new Event('offline'))")
    assert stub.page.evaluate("states.at(-1)") == "connecting"
    stub.page.evaluate("dispatchEvent(new Event('online'))")
    assert stub.opened == 2
    stub.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    stub.page.clock.run_for(HOUR)
    assert stub.opened == 2
    stub.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert stub.opened == 3
    assert stub.page.evaluate("resets") == 1


def test_what_is_not_told_any_more_is_looked_at_and_what_it_does_not_know_it_does_not_mind(stub: Stub) -> None:
    stub.welcome()
    for kind in ("pong", "error", "of a later release"):
        stub.say(kind)
    stub.say("unsubscribed", topics=["lesson:7"])
    stub.until("resets === 1")
