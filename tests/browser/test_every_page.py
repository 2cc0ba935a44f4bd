"""What holds for every page: it fits a phone, it breaks no rule of its own policy, a keyboard is enough."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import Product, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PATHS = (
    "/",
    "/?span=hour",
    "/app/lessons/",
    "/app/lessons/?q=nothing-fits-this",
    "/app/lessons/new/",
    "/app/lessons/calendar/",
    "/app/lessons/calendar/?view=day",
    "/app/lessons/1/",
    "/app/lessons/8/edit/",
    "/app/lessons/8/rescheduling/",
    "/app/mailings/",
    "/app/mailings/?state=cancelled",
    "/app/mailings/new/",
    "MAILING",
    "/app/mailings/clients/",
    "/app/mailings/clients/new/",
    "CLIENT",
    "/app/mailings/import/",
    "/app/projects/",
    "/app/projects/?q=nothing-fits-this",
    "/app/projects/new/",
    "/app/projects/mine/",
    "/app/projects/choices/",
    "/app/projects/hooks/",
    "/app/projects/hooks/new/",
    "/app/projects/tasks/",
    "/app/projects/tasks/?status=completed&assignee=nobody",
    "PROJECT",
    "PROJECT edit/",
    "PROJECT members/",
    "PROJECT new/",
    "TASK",
    "TASK edit/",
    "/app/timeoff/",
    "/app/timeoff/approvals/",
    "/app/timeoff/team/?view=quarter",
    "/app/timeoff/employees/",
    "EMPLOYEE",
    "EMPLOYEE edit/",
    "EMPLOYEE rates/",
    "REQUEST",
    "/app/timeoff/departments/",
    "/app/timeoff/holidays/",
    "/app/timeoff/deputies/",
    "/app/operations/",
    "/app/operations/?state=failed",
    "/app/operations/?worker=nobody&retries=on",
    "/app/operations/many/cancellation/?q=operations.task&state=open",
    "/app/operations/dead-letters/",
    "/app/operations/tasks/",
    "/app/operations/pipelines/",
    "/app/operations/pipelines/render_video/",
    "RUN",
    "DIFFERENCE",
    "/app/deliveries/",
    "/app/deliveries/?state=failed",
    "/app/deliveries/suppressed/",
    "DELIVERY",
    "/app/exports/",
    "/app/exports/new/operations.operations/",
    "EXPORT",
    "/app/schedules/",
    "/app/workers/",
    "/app/people/",
    "/app/people/invitation/",
    "PERSON",
    "/app/password/",
    "/app/account/",
    "/app/account/password/",
    "/app/account/tokens/",
    "OPERATION",
    "/nope/",
)


#: Lists whose first row is looked at.
FIRST_OF = {
    "OPERATION": "/app/operations/",
    "DELIVERY": "/app/deliveries/",
    "PERSON": "/app/people/",
    "RUN": "/app/operations/pipelines/render_video/",
    "MAILING": "/app/mailings/",
    "CLIENT": "/app/mailings/clients/",
    "PROJECT": "/app/projects/",
    "TASK": "/app/projects/tasks/",
    "EMPLOYEE": "/app/timeoff/employees/",
    "REQUEST": "/app/timeoff/approvals/decided/",
}


def visit(page: Page, product: Product, path: str) -> None:
    path, _, of_it = path.partition(" ")
    if path in FIRST_OF:
        page.goto(f"{product.url}{FIRST_OF[path]}")
        first = page.locator("tbody a.title").first
        if path == "RUN" and not first.is_visible():
            page.locator("#start summary").click()
            with page.expect_navigation():
                page.locator("#start button").click()
        else:
            page.goto(first.evaluate("link => link.href") + of_it)
    elif path == "EXPORT":
        page.goto(f"{product.url}/app/exports/new/operations.operations/")
        with page.expect_navigation():
            page.locator("#do-export").click()
    elif path == "DIFFERENCE":
        visit(page, product, "OPERATION")
        with page.expect_navigation():
            page.locator("#compare").click()
    else:
        page.goto(f"{product.url}{path}")


def watched(page: Page) -> list[str]:
    """What goes wrong in the browser from now on: script errors, violations of the policy, things not found."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type in {"error", "warning"} else None)
    return wrong


NAMELESS = """() => [...document.querySelectorAll('input:not([type=hidden]), select, button, a')].filter(one =>
    !(one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim())).map(one => one.outerHTML)"""
WIDTH = "document.documentElement.scrollWidth"
#: The words of Russian are the longer ones: English is looked at on the smallest phone and on a desk.
WIDTHS = {"ru": (360, 390, 768, 1280), "en": (360, 1280)}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_page_fits_its_window_keeps_its_rules_and_names_what_it_offers(
    product: Product, sign_in: SignIn, language: str
) -> None:
    page = sign_in("admin", "admin")
    page.locator(f".languages button[value={language}]").click()
    wrong = watched(page)
    for path in PATHS:
        visit(page, product, path)
        for width in WIDTHS[language]:
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(WIDTH) <= width, (path, width)
        assert page.evaluate(NAMELESS) == [], path
        assert (page.locator("h1").count(), page.locator("main").count()) == (1, 1), path
        assert page.evaluate("document.documentElement.lang") == language, path
    assert [line for line in wrong if "404 (Not Found)" not in line] == []


def test_the_theme_follows_the_system_until_one_is_chosen_and_then_stays(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert light != dark
    page.get_by_role("button", name="Light theme").click()
    assert page.evaluate(ground) == light
    page.goto(f"{product.url}/app/lessons/")
    assert page.evaluate(ground) == light
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()


def test_the_language_is_switched_on_the_page_one_is_on(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{product.url}/app/operations/?state=succeeded")
    page.get_by_role("button", name="RU").click()
    expect(page).to_have_url(f"{product.url}/app/operations/?state=succeeded")
    expect(page.get_by_role("heading", level=1)).to_have_text("Операции")
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Operations")


def test_a_keyboard_is_enough(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("2")
    page.wait_for_url(f"{product.url}/app/lessons/")
    page.keyboard.press("/")
    expect(page.get_by_label("Title or name")).to_be_focused()
    page.keyboard.type("алгебра")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/lessons/?q=*")
    page.keyboard.press("j")
    expect(page.locator("tbody a.title").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/lessons/*/")
    page.go_back()
    page.keyboard.press("n")
    page.wait_for_url(f"{product.url}/app/lessons/new/")


def test_the_menu_closes_on_escape_and_on_a_click_elsewhere(sign_in: SignIn) -> None:
    page = sign_in()
    leave = page.get_by_role("button", name="Sign out")
    page.get_by_label("Your menu").click()
    expect(leave).to_be_visible()
    page.keyboard.press("Escape")
    expect(leave).to_be_hidden()
    expect(page.get_by_label("Your menu")).to_be_focused()
    page.get_by_label("Your menu").click()
    page.locator("main").click(position={"x": 5, "y": 5})
    expect(leave).to_be_hidden()


def test_pages_work_without_scripts(product: Product, page: Page) -> None:
    browser = page.context.browser
    assert browser
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(f"{product.url}/login/")
        expect(plain.get_by_text("This is a demonstration.")).to_be_visible()
        plain.get_by_label("Name").fill("demo")
        plain.get_by_label("Password").fill("demo")
        plain.get_by_role("button", name="Sign in").click()
        plain.get_by_role("button", name="Dark theme").click()
        assert plain.locator("html").get_attribute("data-theme") == "dark"
        plain.goto(f"{product.url}/app/lessons/?status=completed")
        expect(plain.locator("tbody tr").first).to_be_visible()


def test_an_open_page_leads_to_the_sign_in_when_the_session_ends(product: Product, sign_in: SignIn) -> None:
    page = sign_in()
    page.context.clear_cookies(name="sessionid")
    page.wait_for_url(f"{product.url}/login/?next=/", timeout=15_000)


def test_an_open_page_says_when_it_has_no_connection_and_when_it_is_back(sign_in: SignIn) -> None:
    page = sign_in()
    told = page.get_by_text("No connection.")
    expect(told).to_be_hidden()
    page.context.set_offline(True)
    expect(told).to_be_visible(timeout=15_000)
    page.context.set_offline(False)
    expect(told).to_be_hidden(timeout=15_000)
