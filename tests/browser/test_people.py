"""People in a browser: the first administrator comes in by the link that the process printed, invites, and lets out."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SignIn
from tests.servers.polling import eventually
from tests.servers.processes import Process, free_port

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """A product with nobody in it: where it answers, the link that it printed, and its letters."""
    home = tmp_path_factory.mktemp("empty")
    environment = {"ANGARIUM_HOME": str(home), "PORT": str(free_port()), "DEMO": "0"}
    with Process("up", environment=environment) as process:
        url = process.wait_for(r"^ready: (http://\S+)", within=90)[1]
        link = process.wait_for(r"Make the first administrator: (http://\S+)")[1]
        yield url, link, home / "letters"


def join(page: Page, name: str) -> None:
    page.get_by_label("Name to sign in with").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)


def letter_to(letters: Path, address: str) -> EmailMessage:
    """The letter to this address, as soon as there is one."""
    found: list[EmailMessage] = []

    def arrived() -> bool:
        read = [email.message_from_bytes(path.read_bytes(), policy=default) for path in letters.glob("*.eml")]
        found.extend(one for one in read if address in str(one["To"]))  # type: ignore[misc]
        return bool(found)

    eventually(arrived)
    return found[0]


def link_in(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    link = re.search(r"http://\S+\?key=\S+", body.get_content())
    assert link is not None
    return link[0]


def test_from_nobody_to_an_invited_colleague_who_is_let_out_again(
    empty: tuple[str, str, Path], page: Page, browser: Browser
) -> None:
    url, link, letters = empty
    page.goto(url)
    expect(page.get_by_text("Nobody is here yet.")).to_be_visible()
    page.goto(f"{url}/app/setup/?key=guessed")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link opens nothing")
    page.goto(link)
    join(page, "root")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("status").first).to_contain_text("Welcome.")
    page.get_by_role("link", name="People").first.click()
    page.get_by_role("link", name="Invite somebody").click()
    expect(page.get_by_text("ANGARIUM_HOME/letters")).to_be_visible()
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Send the letter").click()
    expect(page.locator(".pill[data-state=scheduled]")).to_have_text("invited")
    guest = browser.new_page()
    guest.goto(link_in(letter_to(letters, "ann@example.org")))
    expect(guest.get_by_label("Name to sign in with")).to_have_value("ann")
    join(guest, "ann")
    guest.get_by_role("button", name="Join").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Overview")
    page.reload()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("status").first).to_contain_text("every session has ended")
    expect(page.locator(".timeline > li").first).to_contain_text("Deactivated")
    guest.goto(f"{url}/app/account/")
    expect(guest).to_have_url(f"{url}/login/?next=/app/account/")
    guest.close()


def test_a_token_is_made_shown_once_and_revoked(sign_in: SignIn) -> None:
    page = sign_in("user", "password")
    page.get_by_label("Your menu").click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Tokens").click()
    page.get_by_label("Name", exact=True).fill("browser")
    page.get_by_label("lessons:read").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#secret")).to_contain_text("ang_")
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Revoke browser").click()
    expect(page.get_by_text("The token is revoked.")).to_be_visible()
    expect(page.locator("#secret")).to_have_count(0)
