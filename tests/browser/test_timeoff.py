"""Time off in browsers: what a request takes is told while one writes, approvals by keys, each sees the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from angarium.kernel.clock import now

from .conftest import Product, SignIn, enter

pytestmark = [pytest.mark.browser, pytest.mark.processes]
#: Days far enough away that nothing of the demo is on them; July has no public holiday.
JULY = date(now().year + 1, 7, 1)


def is_live(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-connection", "connected", timeout=15_000)
    page.evaluate("window.same = true")


@pytest.fixture
def head(browser: Browser, product: Product) -> Iterator[Page]:
    """Whoever decides about `user`, in another browser."""
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        enter(page, product.url, "demo", "demo")
        yield page


def ask(page: Page, product: Product, first: date, last: date, comment: str) -> None:
    """Ask for a day off, which takes nothing of the balance."""
    page.goto(f"{product.url}/app/timeoff/new/?kind=day_off&start={first}&end={last}")
    page.get_by_label("Comment").fill(comment)
    page.locator("#do-send").click()
    page.wait_for_url("**/app/timeoff/requests/*/")


def test_hr_b8_what_a_request_takes_is_told_while_one_writes(product: Product, sign_in: SignIn) -> None:
    page = sign_in("user", "password")
    page.goto(f"{product.url}/app/timeoff/")
    page.keyboard.press("n")
    page.wait_for_url(f"{product.url}/app/timeoff/new/")
    expect(page.locator("#told")).to_contain_text("Choose the first and the last day")
    expect(page.get_by_label("Minutes a day")).to_be_hidden()
    page.get_by_label("First day").fill(JULY.isoformat())
    expect(page.get_by_label("Last day")).to_have_value(JULY.isoformat())
    expect(page.locator("#days")).to_have_text("1")
    page.get_by_label("Last day").fill((JULY + timedelta(days=6)).isoformat())
    expect(page.locator("#days")).to_have_text("7")
    expect(page.locator("#deciders")).to_have_text("Демид Соколов")
    expect(page.locator("#then .wanted")).to_have_count(1)
    before, after = (float(page.locator(id).inner_text()) for id in ("#before", "#after"))
    assert round(before - after, 2) == 7
    page.get_by_label("Last day").fill((JULY + timedelta(days=150)).isoformat())
    expect(page.locator("#told .notice[data-tone=error]")).to_contain_text("The balance has not that many days left.")
    page.get_by_label("Work on a holiday").check()
    expect(page.get_by_label("Minutes a day")).to_be_visible()
    page.get_by_label("Vacation").check()
    page.get_by_label("Last day").fill((JULY + timedelta(days=6)).isoformat())
    expect(page.locator("#told .notice[data-tone=error]")).to_have_count(0)
    page.get_by_label("Last day").press("Enter")
    page.wait_for_url("**/app/timeoff/requests/*/")
    expect(page.locator("#status .pill")).to_have_text("submitted")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("#status .pill")).to_have_text("withdrawn")


def test_hr_b8_one_approves_by_keys_and_the_other_sees_it_without_loading_anew(
    product: Product, sign_in: SignIn, head: Page
) -> None:
    head.goto(f"{product.url}/app/timeoff/approvals/")
    is_live(head)
    page = sign_in("user", "password")
    ask(page, product, JULY, JULY, "to be approved by keys")
    card = head.locator("[data-ask]", has_text="to be approved by keys")
    expect(card).to_be_visible(timeout=15_000)
    page.goto(f"{product.url}/app/timeoff/")
    is_live(page)
    row = page.locator("tbody tr", has_text="to be approved by keys")
    expect(row.locator(".pill")).to_have_text("submitted")
    for _press in range(head.locator("[data-ask]").count()):
        head.keyboard.press("j")
    expect(card.locator(".title")).to_be_focused()
    assert head.evaluate("same")
    head.keyboard.press("a")
    expect(head.get_by_text("Approved.")).to_be_visible()
    expect(card).to_have_count(0)
    expect(row.locator(".pill")).to_have_text("approved", timeout=15_000)
    assert page.evaluate("same")


def test_hr_b8_a_rejection_asks_for_its_reason_and_is_told(product: Product, sign_in: SignIn, head: Page) -> None:
    page = sign_in("user", "password")
    ask(page, product, JULY + timedelta(days=20), JULY + timedelta(days=20), "to be rejected")
    is_live(page)
    head.goto(f"{product.url}/app/timeoff/approvals/")
    card = head.locator("[data-ask]", has_text="to be rejected")
    head.keyboard.press("k")
    expect(card.locator(".title")).to_be_focused()
    head.keyboard.press("r")
    expect(card.get_by_label("Reason")).to_be_focused()
    head.keyboard.press("Escape")
    expect(card.get_by_label("Reason")).to_be_hidden()
    expect(card.locator(".title")).to_be_focused()
    head.keyboard.press("r")
    head.keyboard.type("All hands are needed")
    head.keyboard.press("Enter")
    expect(head.get_by_text("Rejected.")).to_be_visible()
    expect(page.locator("#status .pill")).to_have_text("rejected", timeout=15_000)
    expect(page.locator("#story")).to_contain_text("All hands are needed")
    assert page.evaluate("same")


def test_hr_b2_the_number_opens_how_it_comes_about_and_stays_open(product: Product, sign_in: SignIn) -> None:
    page = sign_in("user", "password")
    page.goto(f"{product.url}/app/timeoff/")
    is_live(page)
    number = page.locator("#number .value").inner_text()
    page.locator("#number").click()
    last = page.locator("#derived details[open] tbody tr").first.locator("td").last
    expect(last).to_have_text(number)
    page.evaluate("document.activeElement.blur(); htmx.trigger('#mine', 'live')")
    page.wait_for_load_state("networkidle")
    expect(last).to_be_visible()
    page.get_by_label("on", exact=True).fill((JULY + timedelta(days=30)).isoformat())
    page.wait_for_url(f"**/?on={JULY + timedelta(days=30)}*")
    expect(page.locator("#number .name")).to_contain_text("Balance on 31 July")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_ones_own_page_and_the_form_fit_a_phone(product: Product, sign_in: SignIn, language: str) -> None:
    page = sign_in("demo", "demo")
    page.locator(f".languages button[value={language}]").click()
    for path in ("", f"new/?start={JULY}&end={JULY}", "team/", "approvals/"):
        page.goto(f"{product.url}/app/timeoff/{path}")
        for width in (360, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    expect(page.locator("html")).to_have_attribute("lang", re.compile(language))
