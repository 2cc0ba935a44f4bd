"""Parts of a page that show themselves anew: how often, never backwards, and never under a hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .stub import Stub

pytestmark = pytest.mark.browser
BODY = """
<h1 id="heading">Old</h1><input id="elsewhere">
<div id="lesson" data-live="lesson:7" data-poll hx-get="/part" hx-trigger="every 3s, live" hx-target="#story"
  hx-select="#story" hx-swap="outerHTML" hx-select-oob="#heading:innerHTML,#moves">
  <div id="moves"><details><summary>Cancel</summary><input id="because"></details></div>
  <div id="story"><a id="more" href="/elsewhere">old</a></div>
</div>"""


def part(word: str) -> str:
    return (
        f'<h1 id="heading">{word}</h1><div id="moves"><b>{word}</b></div>'
        f'<div id="story"><a id="more" href="/elsewhere">{word}</a><input id="field"></div>'
    )


@pytest.fixture
def stub(page: Page) -> Stub:
    made = Stub(page, BODY)
    made.welcome()
    made.heartbeat(sent=0, events=10)
    return made


def story(stub: Stub, word: str) -> None:
    expect(stub.page.locator("#story")).to_have_text(word)


def tell(stub: Stub, position: int) -> None:
    """A frame has come, and the pause after the request before is over."""
    already = len(stub.told)
    stub.frame(position)
    stub.until(f"told.length === {already + 1}")
    stub.page.clock.run_for(250)


def test_many_frames_are_one_request_and_one_more_only_for_what_the_answer_does_not_show(stub: Stub) -> None:
    for position in range(11, 20):
        stub.frame(position)
    tell(stub, 20)
    tell(stub, 21)
    assert stub.asks == 1
    stub.answer(part("first"), "G:20:20")
    story(stub, "first")
    stub.page.clock.run_for(2500)
    assert stub.asks == 2
    stub.answer(part("second"), "G:25:20")
    tell(stub, 25)
    stub.page.clock.run_for(20_000)
    assert stub.asks == 2
    story(stub, "second")
    tell(stub, 26)
    tell(stub, 27)
    stub.answer(part("second"), "G:27:20")
    stub.page.clock.run_for(20_000)
    assert stub.asks == 3
    expect(stub.page.locator("h1")).to_have_text("second")
    expect(stub.page.locator("#moves")).to_have_text("second")


def test_two_requests_of_a_region_are_never_closer_than_the_gap(stub: Stub) -> None:
    tell(stub, 11)
    stub.answer(part("first"), "G:11:20")
    stub.frame(12)
    stub.until("told.length === 2")
    assert stub.asks == 1
    stub.page.clock.run_for(250)
    assert stub.asks == 2


def test_a_late_answer_never_overwrites_a_newer_one(stub: Stub) -> None:
    tell(stub, 12)
    stub.answer(part("newer"), "G:12:20")
    tell(stub, 13)
    stub.page.clock.run_for(1100)
    stub.answer(part("late"), "G:11:20")
    story(stub, "newer")
    expect(stub.page.locator("h1")).to_have_text("newer")
    stub.page.clock.run_for(5000)
    stub.answer(part("newest"), "G:13:20")
    story(stub, "newest")
    tell(stub, 14)
    stub.page.clock.run_for(5000)
    stub.answer(part("restored"), "H:2:1")  # of another generation it cannot be said, and the newer answer counts
    story(stub, "restored")


def test_what_concerns_other_topics_is_not_asked_for(stub: Stub) -> None:
    stub.frame(11, topic="lesson:8")
    tell(stub, 12)
    stub.answer(part("seven"), "G:12:20")
    stub.frame(13, topic="operation:1", also=["lesson:7"])
    stub.until("told.length === 3")
    stub.page.clock.run_for(250)
    assert stub.asks == 2


def test_nothing_is_asked_for_while_nobody_looks(stub: Stub) -> None:
    away = "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }});"
    stub.page.evaluate(away.format("true"))
    tell(stub, 11)
    tell(stub, 12)
    assert stub.asks == 0
    stub.page.evaluate(away.format("false") + "document.dispatchEvent(new Event('visibilitychange'))")
    stub.page.clock.run_for(250)
    stub.answer(part("seen"), "G:12:20")
    story(stub, "seen")
    assert stub.asks == 1


def test_a_field_with_the_focus_is_not_taken_away_and_what_came_meanwhile_is_shown_afterwards(stub: Stub) -> None:
    tell(stub, 11)
    stub.answer(part("first"), "G:11:20")
    stub.page.locator("#field").focus()
    stub.say("reset", log="events", positions={"events": 12, "work": 20})
    stub.until("resets === 1")
    stub.page.clock.run_for(2500)
    assert stub.asks == 1
    stub.page.locator("#elsewhere").focus()
    stub.page.clock.run_for(250)
    stub.page.locator("#field").focus()  # while the answer is under way
    stub.answer(part("second"), "G:12:20")
    story(stub, "first")
    stub.page.locator("#elsewhere").focus()
    stub.page.clock.run_for(2500)
    stub.answer(part("third"), "G:12:20")
    story(stub, "third")


def test_a_part_in_which_somebody_writes_is_left_out_and_made_up_for(stub: Stub) -> None:
    stub.page.locator("summary").click()
    stub.page.locator("#because").fill("ill")
    tell(stub, 11)
    stub.answer(part("first"), "G:11:20")
    story(stub, "first")
    expect(stub.page.locator("#because")).to_have_value("ill")
    stub.page.locator("#elsewhere").focus()
    stub.page.clock.run_for(2000)
    assert stub.asks == 1
    stub.page.evaluate("document.querySelector('details').open = false")
    stub.page.clock.run_for(250)
    stub.answer(part("second"), "G:11:20")
    expect(stub.page.locator("#moves")).to_have_text("second")


def test_a_link_is_not_taken_from_under_the_finger_and_keeps_the_focus(stub: Stub) -> None:
    link = stub.page.locator("#more")
    link.focus()
    tell(stub, 11)
    stub.answer(part("first"), "G:11:20")
    story(stub, "first")
    expect(link).to_be_focused()
    link.hover()
    stub.page.mouse.down()
    tell(stub, 12)
    assert stub.asks == 1
    with stub.page.expect_navigation():
        stub.page.mouse.up()


def test_a_row_that_came_into_another_state_is_marked_for_a_while(page: Page) -> None:
    def rows(*states: str) -> str:
        row = '<tr><td><a class="title" id="r-{0}" href="/">{0}</a><i class="pill" data-state="{1}"></i></td></tr>'
        return f"<table><tbody>{''.join(row.format(number, state) for number, state in enumerate(states))}</table>"

    list = f'<div id="list" data-live="lesson:*" hx-get="/part" hx-trigger="live">{rows("new", "new")}</div>'
    stub = Stub(page, list)
    stub.welcome()
    marked = page.locator("tr.changed a")
    tell(stub, 11)
    stub.answer(rows("new", "done"), "G:11:20")
    expect(marked).to_have_text(["1"])
    tell(stub, 12)
    stub.answer(rows("new", "done", "new"), "G:12:20")
    expect(marked).to_have_text(["1", "2"])
    page.clock.run_for(2000)
    tell(stub, 13)
    stub.answer(rows("new", "done", "new"), "G:13:20")
    expect(marked).to_have_count(0)


def test_polling_rests_while_the_line_is_up_but_for_once_a_minute(stub: Stub) -> None:
    stub.welcome(heartbeat=1000)
    stub.frame(11, topic="lesson:8")
    stub.until("told.length === 1")
    stub.page.clock.run_for(57_000)
    assert stub.asks == 0
    stub.page.clock.run_for(6000)
    assert stub.asks == 1
    stub.answer(part("after a minute"), "G:10:20")
    stub.close(4401)
    stub.page.clock.run_for(3000)
    stub.answer(part("polled"), "G:10:20")
    story(stub, "polled")


def test_what_the_server_does_not_tell_of_is_polled(stub: Stub) -> None:
    stub.welcome(refused=("lesson:7",))
    stub.frame(11, topic="lesson:8")
    stub.until("told.length === 1")
    stub.page.clock.run_for(3000)
    assert stub.asks == 1


def test_a_slow_server_is_asked_less_often(stub: Stub) -> None:
    tell(stub, 11)
    stub.until_waiting()
    stub.page.clock.run_for(1000)
    stub.answer(part("slow"), "G:11:20")
    tell(stub, 12)
    stub.page.clock.run_for(800)
    assert stub.asks == 1
    stub.page.clock.run_for(300)
    assert stub.asks == 2


def test_a_reset_is_followed_by_a_request_and_a_failed_one_by_another(stub: Stub) -> None:
    stub.say("reset", log="events", positions={"events": 90, "work": 20})
    stub.until("resets === 1")
    stub.page.clock.run_for(250)
    stub.until_waiting()
    stub.waiting.pop().abort()
    stub.until("answered")
    stub.page.clock.run_for(700)
    assert stub.asks == 1
    stub.page.clock.run_for(400)
    stub.answer(part("whole"), "G:90:20")
    story(stub, "whole")
    stub.page.clock.run_for(20_000)
    assert stub.asks == 2


def test_what_is_not_there_any_more_loads_the_page_anew(stub: Stub) -> None:
    tell(stub, 11)
    with stub.page.expect_navigation():
        stub.answer("", "G:11:20", status=404)
    assert stub.loads == 2
