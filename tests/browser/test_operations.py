"""Operations in a browser: pages that follow by themselves, keys, saved views, many at once, a task up to its end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Product, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.processes]
#: Writes down each status that the first task of the list shows, and whether the page was loaded anew.
WATCH = """
window.same = true;
window.statuses = [];
new MutationObserver(() => {
  const status = document.querySelector("#tasks tbody .state .mono")?.textContent;
  if (status && statuses.at(-1) !== status) statuses.push(status);
}).observe(document.querySelector("#tasks"), { childList: true, subtree: true });
"""


def make(page: Page, product: Product, name: str, seconds: int) -> None:
    page.goto(f"{product.url}/app/operations/tasks/")
    page.get_by_label("Name of the task").fill(name)
    page.get_by_label("Processing time, seconds").fill(str(seconds))
    page.get_by_role("button", name="Make a task").click()
    expect(page.locator("tbody a.title").first).to_have_text(name)


def is_live(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-connection", "connected", timeout=15_000)


def test_op_04_a_task_goes_from_new_to_completed_before_ones_eyes(product: Product, sign_in: SignIn) -> None:
    watching = sign_in()
    watching.goto(f"{product.url}/app/operations/tasks/")
    is_live(watching)
    watching.evaluate(WATCH)
    other = watching.context.new_page()
    make(other, product, "Before ones eyes", 1)
    watching.bring_to_front()
    row = watching.locator("tbody tr", has_text="Before ones eyes")
    expect(row.locator(".pill")).to_have_text("completed", timeout=20_000)
    assert watching.evaluate("same")
    seen = watching.evaluate("statuses")
    assert seen[-2:] == ["2", "3"]
    row.get_by_role("link").click()
    expect(watching.locator("#history .pill")).to_have_text(["queued", "running", "succeeded"])
    expect(watching.locator(".lane-head")).to_contain_text(re.compile(r"Attempt 1.*ran [1-9]"))
    watching.locator("#compare").click()
    expect(watching.locator("tr[data-kind=changed]", has_text="state")).to_contain_text("succeeded")


def test_op_pages_an_open_operation_moves_and_is_cancelled_with_a_reason(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    make(page, product, "Too long", 600)
    page.get_by_role("link", name="Too long").click()
    is_live(page)
    expect(page.locator("#status .pill")).to_have_text("running", timeout=20_000)
    page.get_by_text("As a table").click()
    now = page.locator("#course line.now")
    expect(now).not_to_have_attribute("x1", str(now.get_attribute("x1")))
    page.evaluate("window.same = true")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_text("With a reason").click()
    other.get_by_label("Why (may be empty)").fill("Nobody waits for it")
    other.keyboard.press("Enter")  # does nothing: which verb would it mean?
    other.once("dialog", lambda question: question.accept())
    other.get_by_role("button", name="Cancel", exact=True).click()
    expect(other.get_by_role("status").first).to_contain_text("The operation was cancelled.")
    other.close()
    page.bring_to_front()
    expect(page.locator("#status .pill")).to_have_text("cancelled")
    expect(page.locator("#history")).to_contain_text("Nobody waits for it")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    expect(page.locator("#spans table")).to_be_visible()  # what was opened stays so
    assert page.evaluate("same")


def test_op_pages_a_filter_is_kept_as_a_view(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{product.url}/app/operations/")
    page.get_by_label("State", exact=True).select_option("succeeded")
    page.wait_for_url(re.compile("state=succeeded"))
    page.locator("#to-views").click()
    page.get_by_label("Save this filter as").fill("All done")
    page.keyboard.press("Enter")
    view = page.get_by_role("navigation", name="Saved views").get_by_role("link")
    expect(view).to_have_text("All done")
    expect(view).to_have_attribute("aria-current", "page")
    page.locator("#to-views").click()
    page.get_by_label("New name of All done").fill("Done")
    page.get_by_role("button", name="Rename All done").click()
    page.goto(f"{product.url}/app/operations/")
    view.click()
    expect(page).to_have_url(f"{product.url}/app/operations/?state=succeeded")
    page.locator("#to-views").click()
    page.get_by_role("button", name="Delete Done").click()
    expect(view).to_have_count(0)


def test_op_pages_keys_choose_and_what_is_chosen_stays_so_while_the_list_moves(
    product: Product, sign_in: SignIn
) -> None:
    page = sign_in()
    page.goto(f"{product.url}/app/operations/?q=operations.task")
    is_live(page)
    page.keyboard.press("/")
    expect(page.get_by_label("Kind or identifier")).to_be_focused()
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("x")
    ticked = page.locator("tbody input:checked")
    expect(ticked).to_have_count(1)
    id = ticked.get_attribute("value")
    expect(page.locator("[data-ticked]")).to_have_text("chosen: 1")
    rows = page.locator("tbody tr").count()
    other = page.context.new_page()
    make(other, product, "One more", 0)
    other.close()
    page.bring_to_front()
    expect(page.locator("tbody tr")).to_have_count(rows + 1)
    expect(ticked).to_have_value(str(id))
    page.locator("[data-all] input").check()
    expect(page.locator("[data-ticked]")).to_have_text(f"chosen: {rows + 1}")


def test_op_pages_all_that_fit_a_filter_are_cancelled_after_a_look_at_their_number(
    product: Product, sign_in: SignIn
) -> None:
    page = sign_in("admin", "admin")
    for number in range(2):
        make(page, product, f"One of many {number}", 900)
    page.goto(f"{product.url}/app/operations/?q=operations.task&state=open")
    page.get_by_role("link", name="Cancel them").click()
    meant = page.locator("#meant strong").text_content()  # these two, and what the demonstration may have open
    page.get_by_label("Why (may be empty)").fill("Enough")
    page.get_by_role("button", name=f"Cancel {meant} operations").click()
    expect(page.locator("#status .pill")).to_have_text("succeeded", timeout=20_000)
    expect(page.locator("#course .how-far")).to_contain_text(re.compile(r"(\d)/\1 operations"))
    page.goto(f"{product.url}/app/operations/tasks/?status=4&q=One+of+many")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_op_pages_a_run_is_started_and_cancelled_where_one_looks_at_it(product: Product, sign_in: SignIn) -> None:
    page = sign_in("admin", "admin")
    page.goto(f"{product.url}/app/operations/pipelines/")
    page.get_by_role("link", name="render_video").click()
    is_live(page)
    page.keyboard.press("n")
    page.get_by_label("Input, a JSON object").fill('{"url": "7.mp4"}')
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#status .pill")).to_have_text("running")
    expect(page.locator(".lanes > li")).to_have_count(3)
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#status .pill")).to_have_text("cancelled")
    page.get_by_role("button", name="Go on from transcode").click()
    expect(page.locator("#status .pill")).to_have_text("running")
