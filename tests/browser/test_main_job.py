"""The product's main job in a browser: plan a lesson, complete it, watch what that started."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Product, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def plan(page: Page, product: Product, title: str, start: str = "2030-03-04T15:00") -> None:
    """Plan a lesson with the form, at a start that is its own; the page then shows it."""
    page.goto(f"{product.url}/app/lessons/")
    page.get_by_role("link", name="Plan a lesson").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Student").select_option(index=1)
    page.get_by_label("Teacher").select_option(index=1)
    page.get_by_label("Starts at").fill(start)
    page.get_by_label("Time zone of the lesson").select_option("Europe/Berlin")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_completing_a_lesson_tells_its_student_and_the_page_shows_it_unasked(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    plan(page, product, "Алгебра 10 «Б»")
    expect(page.get_by_text("4 March 2030, 15:00–16:00 (Europe/Berlin)")).to_be_visible()
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_role("status")).to_contain_text("the student is being told")
    story = page.locator("#story > ol > li")
    expect(story.first).to_contain_text("Completed")
    expect(story.first.locator(".pill[data-state=succeeded]").first).to_be_visible(timeout=15_000)
    told = story.first.locator(".followed li", has_text="by log")
    expect(told.locator(".pill[data-state=sent]")).to_be_visible(timeout=15_000)
    product.process.wait_for(r"^Уведомление отправлено студенту \d+ по уроку Алгебра 10 «Б»$")
    story.first.get_by_role("link", name="lessons.notify_student").click()
    expect(page.locator("#history .pill")).to_have_text(["queued", "running", "succeeded"])
    expect(page.locator("#course .lane").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^lessons.lesson:")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Алгебра 10 «Б»")


def test_what_was_refused_stands_beside_its_field(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{product.url}/app/lessons/new/")
    page.get_by_label("Starts at").fill("2030-03-31T02:30")
    page.get_by_label("Time zone of the lesson").select_option("Europe/Berlin")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_label("Title")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_title_error")).to_have_text("This field is required.")
    expect(page.get_by_label("Starts at")).to_have_value("2030-03-31T02:30")


def test_two_windows_do_not_overwrite_each_other(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    plan(page, product, "Two windows", "2030-03-05T15:00")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_text("Cancel the lesson").click()
    other.get_by_label("Why (may be empty)").fill("Nobody can come")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("Confirmed.")
    expect(other.locator("#status .pill")).to_have_text("confirmed")
    expect(other.get_by_label("Why (may be empty)")).to_have_value("Nobody can come")
    other.get_by_role("button", name="Cancel for good").click()
    expect(other.get_by_role("alert")).to_contain_text("Somebody changed this since you read it")
    expect(other.locator("#status .pill")).to_have_text("confirmed")


def test_a_lesson_is_cancelled_with_a_reason(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    plan(page, product, "To be cancelled", "2030-03-06T15:00")
    page.get_by_text("Cancel the lesson").click()
    page.get_by_label("Why (may be empty)").fill("The teacher is ill")
    page.get_by_role("button", name="Cancel for good").click()
    expect(page.locator(".facts")).to_contain_text("The teacher is ill")
    expect(page.get_by_role("button", name="Complete")).to_have_count(0)


def test_a_member_sees_own_lessons_and_plans_none(product: Product, sign_in: SignIn) -> None:
    page = sign_in("user", "password")
    page.goto(f"{product.url}/app/lessons/")
    expect(page.get_by_role("link", name="Plan a lesson")).to_have_count(0)
    page.goto(f"{product.url}/app/lessons/new/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")


def test_signing_out_ends_it(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{product.url}/login/")
    page.goto(f"{product.url}/app/operations/")
    expect(page).to_have_url(f"{product.url}/login/?next=/app/operations/")
