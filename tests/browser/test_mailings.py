"""Mailings in a browser: a list that moves by itself, a form that counts while one writes, buttons that ask, keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Page, expect

from .conftest import Product, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def posted(product: Product, path: str, **body: Any) -> dict[str, Any]:
    answer = httpx.post(f"{product.url}/api/mailings/{path}/", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def clients(product: Product, tag: str, number: int = 12) -> None:
    code = 910 + sum(tag.encode()) % 80
    for one in range(number):
        posted(product, "client", phone=f"7{code}{one:07}", tag=tag, timezone="Europe/Moscow")


def mailing(product: Product, content: str, tag: str, *, later: bool = False) -> int:
    start = datetime.now(UTC) + timedelta(hours=2 if later else 0)
    said = {"content": content, "tag": tag, "start": start.isoformat()}
    made = posted(product, "mailer", **said, finish=(start + timedelta(hours=1)).isoformat())
    return int(made["id"])


def is_live(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-connection", "connected", timeout=15_000)


def test_mail_b13_the_list_and_one_mailing_move_before_ones_eyes(product: Product, sign_in: SignIn) -> None:
    page = sign_in("admin", "admin")
    clients(product, "live")
    page.goto(f"{product.url}/app/mailings/")
    is_live(page)
    page.evaluate("window.same = true")
    id = mailing(product, "Before ones eyes", "live")
    row = page.locator("tbody tr", has_text="Before ones eyes")
    expect(row.locator(".pill")).to_have_text("finished", timeout=30_000)
    expect(row).to_contain_text("12/12")
    expect(row.get_by_role("img")).to_have_attribute("aria-label", "sent: 12")
    assert page.evaluate("same")
    later = mailing(product, "Not before two hours", "live", later=True)
    page.goto(f"{product.url}/app/mailings/{later}/")
    is_live(page)
    page.evaluate("window.same = true")
    expect(page.locator("#table tbody tr")).to_have_count(12, timeout=15_000)
    other = page.context.new_page()
    other.goto(f"{product.url}/app/mailings/{later}/")
    other.locator("#to-pause").click()
    expect(other.locator("#meant")).to_contain_text("12 clients are still to get it")
    other.locator("#do-pause").click()
    expect(other.locator("#status .pill")).to_have_text("paused")
    other.close()
    page.bring_to_front()
    expect(page.locator("#status .pill")).to_have_text("paused", timeout=15_000)
    assert page.evaluate("same")
    page.goto(f"{product.url}/app/mailings/{id}/")
    expect(page.locator("#status")).to_contain_text("12 of 12 sent")
    pace = page.locator("section[aria-labelledby=pace] svg.plot-wide")
    expect(pace).to_have_attribute("aria-label", re.compile("In all 12 sent, 0 failed"))


def test_mail_b05_the_form_counts_who_fits_while_one_writes_and_keys_are_enough(
    product: Product, sign_in: SignIn
) -> None:
    page = sign_in("admin", "admin")
    clients(product, "keys")
    page.goto(f"{product.url}/app/mailings/")
    page.keyboard.press("n")
    page.wait_for_url(f"{product.url}/app/mailings/new/")
    page.get_by_label("Text").focus()
    page.keyboard.type("Привет")
    expect(page.locator("#counter")).to_have_text("6 / 10,000 characters")
    page.keyboard.press("Tab")
    page.keyboard.type("keys")
    expect(page.locator("#number")).to_have_text("12")
    expect(page.locator(".examples li")).to_have_count(10)
    expect(page.locator(".examples li").first).to_contain_text(re.compile(r"79\d\d\*\*\*0000"))
    page.keyboard.press("Tab")
    page.keyboard.type("00")
    expect(page.locator("#matching")).to_contain_text("An operator code has three digits.")
    page.keyboard.type("0")
    expect(page.locator("#number")).to_have_text("0")
    page.get_by_label("Operator code").fill("")
    expect(page.locator("#number")).to_have_text("12")
    page.get_by_label("From").fill("09:00")
    page.keyboard.press("Enter")
    expect(page.locator("#id_window_end_error")).to_contain_text("both its start and its end")
    expect(page.get_by_label("Text")).to_have_value("Привет")
    expect(page.get_by_label("Tag")).to_have_value("keys")
    page.get_by_label("From").fill("")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/app/mailings/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Привет")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_page_of_a_mailing_is_wider_than_a_phone_in_any_language_or_theme(
    product: Product, sign_in: SignIn, language: str
) -> None:
    page = sign_in("admin", "admin")
    clients(product, f"wide-{language}", 3)
    id = mailing(product, "An_entirely_unbreakable_text_of_a_mailing_" * 4, f"wide-{language}", later=True)
    page.locator(f".languages button[value={language}]").click()
    page.set_viewport_size({"width": 390, "height": 844})
    wrong: list[str] = []
    page.on("console", lambda line: wrong.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    schemes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    of_one = (f"{id}/", f"{id}/edit/", f"{id}/test/", f"{id}/cancellation/")
    for path in ("", *of_one, "new/", "clients/", "clients/1/", "clients/new/", "import/", "message/1/"):
        page.goto(f"{product.url}/app/mailings/{path}")
        assert page.evaluate("document.documentElement.lang") == language
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, (path, scheme)
    assert wrong == []
