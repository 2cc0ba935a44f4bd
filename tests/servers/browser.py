"""Headless Chromium for tests marked `browser`: one browser per test file, one clean profile per test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.servers.distribution import program
from tests.servers.environment import unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: The first is without windows and takes two thirds of the time that the others take for the same page.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A running browser. Playwright keeps an event loop in this thread, so it does not outlive the test file."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or program(_NAMES, "chromium-headless-shell") or program(_NAMES, "chromium")
    if path is None:
        unavailable("No Chromium here: install Debian's `chromium`, or name one in CHROMIUM.")
    unsafe = pytest.MonkeyPatch()
    unsafe.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with unsafe.context(), sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield running
        running.close()
    unsafe.undo()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A blank page with cookies and storage of its own."""
    with browser.new_context(locale="en-GB", timezone_id="Europe/Moscow") as context:
        yield context.new_page()
