"""The calendar in a browser: plan from an hour, keys alone, a phone, and a page that keeps itself up to date."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Product, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.processes]
WEEK = "/app/lessons/calendar/?date=2031-03-05"


def plan(page: Page, title: str, hour: str = "Tuesday, 4 March, 9:00") -> None:
    """Plan a lesson from an hour of the calendar, with whoever stands first."""
    page.get_by_label(f"Plan a lesson: {hour}").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Student").select_option(index=1)
    page.get_by_label("Teacher").select_option(index=1)
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_les_b8_an_hour_that_is_clicked_becomes_a_lesson_and_a_second_one_is_refused(
    product: Product, sign_in: SignIn
) -> None:
    page = sign_in()
    page.goto(f"{product.url}{WEEK}")
    plan(page, "From an hour")
    page.goto(f"{product.url}{WEEK}")
    expect(page.locator("a.block", has_text="From an hour")).to_contain_text("planned")
    page.goto(f"{product.url}/app/lessons/new/?starts_at=2031-03-04T09:30")
    page.get_by_label("Title").fill("At the same time")
    page.get_by_label("Student").select_option(index=1)
    page.get_by_label("Teacher").select_option(index=2)
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator("#id_student_id_error")).to_contain_text("already has the lesson “From an hour” then")


def test_les_b8_an_open_calendar_shows_what_others_did(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{product.url}{WEEK}")
    plan(page, "Seen by others", "Thursday, 6 March, 11:00")
    lesson = page.url
    page.goto(f"{product.url}{WEEK}")
    block = page.locator("a.block", has_text="Seen by others")
    expect(block).to_contain_text("planned")
    other = page.context.new_page()
    other.goto(lesson)
    other.get_by_role("button", name="Confirm").click()
    expect(other.get_by_role("status")).to_contain_text("Confirmed.")
    other.close()
    page.bring_to_front()
    expect(block).to_contain_text("confirmed", timeout=20_000)


def test_les_b8_keys_are_enough(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{product.url}{WEEK}")
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("3–9 March 2031")
    page.keyboard.press("ArrowRight")
    expect(title).to_have_text("10–16 March 2031")
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("3–9 March 2031")
    page.keyboard.press("d")
    expect(title).to_have_text("Wednesday, 5 March 2031")
    page.keyboard.press("w")
    expect(title).to_have_text("3–9 March 2031")
    page.keyboard.press("t")
    expect(page.locator("[data-today]")).to_have_count(1)
    page.keyboard.press("j")
    first = page.locator("a.block").first
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/app/lessons/\d+/$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_les_b8_a_phone_gets_a_list_of_days(product: Product, sign_in: SignIn, scheme: str) -> None:
    page = sign_in()
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{product.url}/app/lessons/calendar/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("svg.plan").first).to_be_hidden()
    entry = page.locator(".agenda li", has_text="Алгебра").first
    expect(entry).to_be_visible()
    expect(entry.locator(".pill")).to_be_visible()


def test_les_b8_the_lesson_page_says_why_a_reminder_was_not_sent(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{product.url}{WEEK}")
    plan(page, "To be reminded of", "Friday, 7 March, 14:00")
    reminders = page.locator("#story > .stack li")
    expect(reminders).to_have_count(5, timeout=20_000)
    page.get_by_text("Cancel the lesson").click()
    page.get_by_role("button", name="Cancel for good").click()
    expect(reminders.first).to_contain_text("Not sent: The lesson is not ahead any more.", timeout=20_000)
    expect(reminders.first.locator(".pill[data-state=voided]")).to_be_visible()
