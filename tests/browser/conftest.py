"""The whole product in one process with its demo data, and people who have signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from tests.servers.processes import Process, free_port


@dataclass
class Product:
    """Where it answers, and its process."""

    url: str
    process: Process


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    home = tmp_path_factory.mktemp("home")
    environment = {"ANGARIUM_HOME": str(home), "PORT": str(free_port()), "API_RATE": "60000/min"}
    with Process("up", environment=environment) as process:
        ready = process.wait_for(r"^ready: (http://\S+)", within=90)
        yield Product(ready[1], process)


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(page: Page, product: Product) -> SignIn:
    """Sign in as one of the demo accounts; the page then shows the overview."""

    def signed_in(username: str = "demo", password: str = "demo") -> Page:
        page.goto(f"{product.url}/login/")
        page.get_by_label("Name").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{product.url}/")
        return page

    return signed_in
