"""Boards in browsers: a card that one moves is seen to move by the other; with a mouse, a finger, keys; a refused move
goes back and says why; comments come while one writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import Product, SignIn, enter

pytestmark = [pytest.mark.browser, pytest.mark.processes]
#: What the page did since it was loaded: cards that glided, and whether it is the same page still.
WATCH = """
window.same = true; window.glided = [];
const animate = Element.prototype.animate;
Element.prototype.animate = function (...told) { window.glided.push(this.id); return animate.apply(this, told); };
"""


@dataclass
class Board:
    """A project of its own with tasks in the first column."""

    product: Product
    id: int
    tasks: list[int]

    @property
    def url(self) -> str:
        return f"{self.product.url}/app/projects/{self.id}/"

    def move(self, task: int, status: str) -> None:
        """As another program does."""
        call(self.product, "PATCH", f"tasks/{task}/", status=status)


def call(product: Product, method: str, path: str, **body: Any) -> Any:
    """One request to the API, as the demonstration lets anybody do; its answer."""
    answer = httpx.request(method, f"{product.url}/api/projects/{path}", json=body or None)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


@pytest.fixture
def board(product: Product) -> Board:
    id = call(product, "POST", "projects/", name="Board")["id"]
    due = {"due_date": "2040-03-04T12:00:00Z"}
    titles = ("One", "Two", "Three")
    return Board(
        product, id, [call(product, "POST", "tasks/", project=id, title=title, **due)["id"] for title in titles]
    )


def open_board(page: Page, url: str) -> Page:
    """The page, connected, and watched from its first moment on."""
    page.add_init_script(WATCH)
    page.goto(url)
    expect(page.locator("html")).to_have_attribute("data-connection", "connected", timeout=15_000)
    return page


@pytest.fixture
def shown(sign_in: SignIn, board: Board) -> Page:
    return open_board(sign_in("user", "password"), board.url)


@pytest.fixture
def other(browser: Browser, board: Board) -> Iterator[Page]:
    """Somebody else, in another browser, looking at the same board."""
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        enter(page, board.product.url, "admin", "admin")
        yield open_board(page, board.url)


def card(page: Page, id: int) -> Locator:
    return page.locator(f"#t-{id}")


def expect_column(page: Page, status: str, ids: list[int]) -> None:
    """These cards in this order, once nothing is under way."""
    column = page.locator(f"[data-column={status}]")
    expect(column.locator("[data-held]")).to_have_count(0)
    for at, id in enumerate(ids):
        expect(column.locator(".task").nth(at)).to_have_id(f"t-{id}")
    expect(column.locator(".task")).to_have_count(len(ids))


def drag(page: Page, id: int, to: Locator, *, drop: bool = True) -> None:
    """With the mouse, from the card's text to the upper part of something."""
    page.locator(f"#l-{id}").hover()
    page.mouse.down()
    box = to.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 30, steps=4)
    page.mouse.move(box["x"] + 44, box["y"] + 4, steps=2)
    if drop:
        page.mouse.up()


def test_pm_b3_a_card_that_one_drags_is_seen_to_move_by_the_other_without_a_reload(
    shown: Page, other: Page, board: Board
) -> None:
    one, two, three = board.tasks
    drag(shown, three, card(shown, one))
    expect_column(shown, "pending", [three, one, two])
    expect_column(other, "pending", [three, one, two])
    drag(shown, one, shown.locator(".column[data-state=completed]"))
    expect_column(shown, "completed", [one])
    expect_column(other, "completed", [one])
    expect_column(other, "pending", [three, two])
    expect(other.locator("#standing")).to_contain_text("1 of 3 done")
    assert f"t-{one}" in other.evaluate("glided")
    assert shown.url == board.url
    assert shown.evaluate("same")
    assert other.evaluate("same")


def test_pm_b3_two_who_move_one_card_see_the_same_in_the_end(shown: Page, other: Page, board: Board) -> None:
    one, two, three = board.tasks
    drag(shown, two, shown.locator(".column[data-state=completed]"), drop=False)
    drag(other, two, other.locator(".column[data-state=in_progress]"))
    expect_column(other, "in_progress", [two])
    shown.mouse.up()
    for page in (shown, other):
        expect_column(page, "completed", [two])
        expect_column(page, "pending", [one, three])
        expect_column(page, "in_progress", [])


def test_pm_b3_keys_move_a_card_and_a_screen_reader_is_told(shown: Page, board: Board) -> None:
    one, two, three = board.tasks
    told = shown.locator("#told")
    shown.locator(f"#g-{one}").focus()
    shown.keyboard.press("ArrowDown")
    expect(shown.locator(f"#g-{two}")).to_be_focused()
    shown.keyboard.press("Space")
    expect(told).to_have_text(re.compile("^Two is picked up from Pending, 2 of 3"))
    expect(shown.locator(f"#g-{two}")).to_have_attribute("aria-pressed", "true")
    shown.keyboard.press("ArrowDown")
    expect(told).to_have_text("Two: Pending, 3 of 3.")
    shown.keyboard.press("ArrowRight")
    expect(told).to_have_text("Two: In Progress, 1 of 1.")
    shown.keyboard.press("Escape")
    expect(told).to_have_text("Two is back in Pending, 2 of 3.")
    expect_column(shown, "pending", [one, two, three])
    shown.keyboard.press("Enter")
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("Enter")
    expect(told).to_have_text("Two is put down in Completed, 1 of 1.")
    expect_column(shown, "completed", [two])
    expect(shown.locator(f"#g-{two}")).to_be_focused()
    shown.keyboard.press("k")
    expect(shown.locator(f"#l-{two}")).to_be_focused()
    assert [one["id"] for one in call(board.product, "GET", f"tasks/?project={board.id}&status=completed")] == [two]


def test_pm_b3_a_refused_move_goes_back_and_says_why(shown: Page, board: Board) -> None:
    one, two, three = board.tasks
    shown.locator(f"#g-{three}").press("Space")
    shown.keyboard.press("ArrowUp")
    board.move(two, "completed")  # the card that it is to stand before
    shown.keyboard.press("Space")
    expect(shown.get_by_role("alert")).to_contain_text("The neighbour is not in the column")
    expect_column(shown, "pending", [one, three])  # and what the other did is shown now
    expect_column(shown, "completed", [two])
    call(board.product, "DELETE", f"tasks/{one}/")
    expect_column(shown, "pending", [three])
    shown.route("**/place/", lambda route: route.abort())
    drag(shown, three, shown.locator(".column[data-state=completed]"))
    expect(shown.get_by_role("alert")).to_contain_text("The server does not answer")
    expect_column(shown, "pending", [three])


def test_nothing_glides_for_who_wants_no_motion(shown: Page, board: Board) -> None:
    one, two, _three = board.tasks
    shown.emulate_media(reduced_motion="reduce")
    board.move(one, "in_progress")
    expect_column(shown, "in_progress", [one])
    assert shown.evaluate("glided") == []
    shown.emulate_media(reduced_motion="no-preference")
    board.move(two, "in_progress")
    expect_column(shown, "in_progress", [one, two])
    assert f"t-{two}" in shown.evaluate("glided")
    assert f"t-{one}" not in shown.evaluate("glided")


def slide(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """With a finger."""
    session = page.context.new_cdp_session(page)
    x, y = start
    for kind, part in (("touchStart", 0.0), *(("touchMove", step / 5) for step in range(1, 6)), ("touchEnd", None)):
        at = [] if part is None else [{"x": x + (end[0] - x) * part, "y": y + (end[1] - y) * part}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})


def test_pm_b3_a_finger_moves_a_card_by_its_handle_on_a_phone(browser: Browser, board: Board) -> None:
    one, two, three = board.tasks
    phone = {"width": 390, "height": 844}
    options: Any = {"has_touch": True, "is_mobile": True, "viewport": phone, "reduced_motion": "reduce"}
    with browser.new_context(locale="en-GB", **options) as context:
        page = context.new_page()
        enter(page, board.product.url, "user", "password")
        open_board(page, board.url)
        page.locator(f"#g-{two}").tap()
        expect(page.locator("#told")).to_contain_text("Two is picked up")
        page.locator(".column[data-state=completed] h2").tap()
        expect_column(page, "completed", [two])
        page.locator(f"#g-{three}").scroll_into_view_if_needed()
        start = page.locator(f"#g-{three}").bounding_box()
        end = card(page, one).bounding_box()
        assert start
        assert end
        slide(page, (start["x"] + 10, start["y"] + 10), (start["x"] - 20, end["y"] + 4))
        expect_column(page, "pending", [three, one])
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_pm_b10_comments_and_moves_of_others_come_while_one_writes(sign_in: SignIn, board: Board) -> None:
    id = board.tasks[0]
    page = open_board(sign_in("user", "password"), f"{board.product.url}/app/projects/tasks/{id}/")
    mine = page.get_by_label("Your comment")
    mine.fill("Half a")
    call(board.product, "POST", f"tasks/{id}/comments/", author="Irina", content="Signed.")
    expect(page.locator("#said li").first).to_contain_text("Signed.")
    board.move(id, "completed")
    expect(page.locator("#status .pill")).to_have_text("Completed")
    expect(page.locator("#story > ol > li").first).to_contain_text("Pending → Completed")
    expect(mine).to_have_value("Half a")
    expect(mine).to_be_focused()
    assert page.evaluate("same")
    mine.press("End")
    page.keyboard.type(" sentence")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/#c-\d+$"))
    expect(page.locator("#said li").first).to_contain_text("Half a sentence")


def test_pm_b10_lists_and_ones_own_week_follow_what_others_do(sign_in: SignIn, board: Board) -> None:
    one = board.tasks[0]
    page = sign_in("user", "password")
    me = page.context.new_page()
    for opened, path in ((page, ""), (me, f"tasks/?project={board.id}")):
        opened.bring_to_front()
        open_board(opened, f"{board.product.url}/app/projects/{path}")
    board.move(one, "completed")
    expect(me.locator(f"tr:has(#l-{one}) .pill")).to_have_text("Completed")
    page.bring_to_front()
    expect(page.locator(f"tr:has(#p-{board.id})")).to_contain_text("1 of 3 done")
    open_board(me, f"{board.product.url}/app/projects/mine/")
    me.bring_to_front()
    done = me.locator(".tick-off").first
    id = str(done.get_attribute("id")).removeprefix("done-")
    done.click()
    expect(me.get_by_role("status").first).to_contain_text("Moved.")
    expect(me.locator(f"#l-{id}")).to_have_count(0)
