"""Open pages show what others did, whatever happens to the server and the network meanwhile: nothing twice, no gap."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers.polling import eventually

from .conftest import Product, SignIn, enter
from .proxy import Network, network

pytestmark = [pytest.mark.browser, pytest.mark.processes]
LESSON = 8
#: What the page is told from its first moment on; how often it asked, and whether it was asked to by a frame.
WATCH = """
Math.random = () => 0.1;
window.told = []; window.asked = [];
document.addEventListener("live:frame", ({ detail }) => told.push([detail.log, detail.position]));
document.addEventListener("htmx:beforeSend", ({ detail }) => asked.push(detail.requestConfig.triggeringEvent?.type));
"""


@pytest.fixture
def other(browser: Browser, product: Product) -> Iterator[Page]:
    """Somebody else, in another browser."""
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        enter(page, product.url, "admin", "admin")
        yield page


def open_live(page: Page, url: str) -> Page:
    """The page, connected."""
    page.add_init_script(WATCH)
    page.goto(url)
    expect_line(page, "connected")
    return page


def expect_line(page: Page, state: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-connection", state, timeout=15_000)


def call(product: Product, method: str, path: str, **body: object) -> Any:
    """One request to the API, as the demonstration lets anybody do; its answer."""
    request = urllib.request.Request(
        f"{product.url}/api/lessons/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def rename(product: Product, title: str) -> None:
    call(product, "PATCH", f"lessons/{LESSON}/", title=title)


def logged(product: Product) -> list[int | None]:
    """The positions of what happened to lessons, from the log itself; None for what the relay has not seen yet."""
    question = "SELECT position FROM events_event WHERE subject LIKE 'lessons.lesson:%' ORDER BY position"
    with sqlite3.connect(f"file:{product.home}/angarium.sqlite3?mode=ro", uri=True) as database:
        return [position for (position,) in database.execute(question)]


def made_at(page: Page) -> int:
    content = page.locator("meta[name=live]").get_attribute("content")
    assert content
    return int(content.split(":")[1])


def expect_whole(product: Product, page: Page) -> None:
    """Since it was made the page was told each position of the log once, in order, and of the ledger's none twice."""
    since = made_at(page)

    def all_told() -> bool:
        told = [position for log, position in page.evaluate("told") if log == "events"]
        stamped = logged(product)
        return None not in stamped and told == [position for position in stamped if position and position > since]

    eventually(all_told, within=20, what=lambda: (since, page.evaluate("told"), logged(product)))
    work = [position for log, position in page.evaluate("told") if log == "work"]
    assert work == sorted(set(work))


def test_what_one_does_appears_before_the_other_without_a_reload(
    product: Product, sign_in: SignIn, other: Page
) -> None:
    page = open_live(sign_in(), f"{product.url}/app/lessons/{LESSON}/")
    light = page.locator(".connection")
    expect(light).to_have_attribute("title", "Live: what changes appears at once.")
    page.evaluate("window.same = true")
    other.goto(page.url)
    other.get_by_role("button", name="Complete").click()
    expect(page.locator("#status .pill")).to_have_text("completed")
    expect(page.get_by_role("button", name="Complete")).to_have_count(0)
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    story = page.locator("#story > ol > li").first
    expect(story).to_contain_text("Completed")
    told = story.locator(".followed li", has_text="by log")
    expect(told.locator(".pill[data-state=sent]")).to_be_visible(timeout=15_000)
    rename(product, "Another title")
    expect(page.get_by_role("heading", level=1)).to_have_text("Another title")
    expect(page).to_have_title("Another title · Angarium")
    assert page.evaluate("same")
    assert set(page.evaluate("asked")) == {"live"}


def test_lists_and_the_calendar_follow_and_keys_go_on_where_they_were(product: Product, sign_in: SignIn) -> None:
    page = open_live(sign_in(), f"{product.url}/app/lessons/")
    week = open_live(page.context.new_page(), f"{product.url}/app/lessons/calendar/?date=2030-03-04")
    page.bring_to_front()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tbody a.title").nth(1)).to_be_focused()
    new = {"title": "By itself", "student_id": 1, "teacher_id": 1, "starts_at": "2030-03-06T15:00:00Z"}
    id = call(product, "POST", "lessons/", **new)["id"]
    expect(page.locator(f"#l-{id}")).to_be_visible()
    expect(page.locator("tbody a.title").nth(2)).to_be_focused()  # the same lesson, a row further down
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By itself")
    page.goto(f"{product.url}/app/lessons/?status=planned")
    expect_line(page, "connected")
    page.keyboard.press("j")
    expect(page.locator(f"#l-{id}")).to_be_focused()
    week.bring_to_front()
    expect(week.locator("a.block", has_text="By itself")).to_contain_text("planned")
    call(product, "POST", f"lessons/{id}/confirmation/")
    expect(week.locator("a.block", has_text="By itself")).to_contain_text("confirmed")
    page.bring_to_front()
    expect(page.locator(f"#l-{id}")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("tbody a.title").first).to_be_focused()  # the one that stands where it stood


def test_operations_and_messages_appear_and_move_as_they_are_made(product: Product, sign_in: SignIn) -> None:
    operations = open_live(sign_in(), f"{product.url}/app/operations/?q=delivery.deliver")
    messages = open_live(operations.context.new_page(), f"{product.url}/app/deliveries/")
    before = [page.locator("tbody a.title").first.get_attribute("id") for page in (operations, messages)]
    call(product, "POST", f"lessons/{LESSON}/reopening/")
    call(product, "POST", f"lessons/{LESSON}/completion/")
    for page, id, state in zip((operations, messages), before, ("succeeded", "sent"), strict=True):
        page.bring_to_front()
        expect(page.locator("tbody a.title").first).not_to_have_attribute("id", str(id))
        expect(page.locator("tbody tr").first.locator(".pill")).to_have_text(state, timeout=15_000)
        page.locator("tbody a.title").first.click()
        expect_line(page, "connected")


@pytest.fixture
def cable(product: Product) -> Iterator[Network]:
    with network(product.port) as made:
        yield made


def test_after_the_network_was_cut_nothing_is_missing_and_nothing_twice(
    product: Product, cable: Network, page: Page
) -> None:
    url = f"http://localhost:{cable.port}"
    enter(page, url, "demo", "demo")
    open_live(page, f"{url}/app/lessons/")
    rename(product, "Before")
    expect(page.locator(f"#l-{LESSON}")).to_have_text("Before")
    for number in range(3):
        cable.cut()
        expect_line(page, "connecting")
        rename(product, f"Meanwhile {number}")
        rename(product, f"Meanwhile, too {number}")
        cable.mend()
        expect_line(page, "connected")
    page.context.set_offline(True)
    expect_line(page, "connecting")
    rename(product, "Offline")
    page.context.set_offline(False)
    expect(page.locator(f"#l-{LESSON}")).to_have_text("Offline")
    expect_whole(product, page)


def test_after_the_server_was_killed_nothing_is_missing_and_nothing_twice(product: Product, sign_in: SignIn) -> None:
    page = open_live(sign_in(), f"{product.url}/app/lessons/")
    for number in range(3):
        rename(product, f"Before {number}")
    product.process.kill()
    expect_line(page, "connecting")
    product.start()
    for number in range(3):
        rename(product, f"After {number}")
    expect(page.locator(f"#l-{LESSON}")).to_have_text("After 2", timeout=20_000)
    expect_line(page, "connected")
    rename(product, "Live again")
    expect(page.locator(f"#l-{LESSON}")).to_have_text("Live again")
    expect_whole(product, page)
