"""The whole product in one process with its demo data, and people who have signed in to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.processes.seeds import once
from tests.servers.processes import Process, free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Product:
    """Where it answers, its folder and its process."""

    home: Path
    port: int
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start it, or start it again on what it left behind."""
        environment = {
            "ANGARIUM_HOME": str(self.home),
            "PORT": str(self.port),
            "API_RATE": "60000/min",
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        }
        self.process = Process("up", environment=environment)
        self.process.wait_for(r"^ready: ", within=90)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture(scope="session")
def filled() -> Path:
    """A home with demo data, which nobody uses any more; made once in a run and copied, since it takes seconds."""
    with once("demo") as folder:
        home, unfinished = folder / "demo", folder / f"demo-of-{os.getpid()}"
        if not home.exists():
            unfinished.mkdir()
            made = Product(unfinished, free_port())
            made.process.wait_for("Уведомление отправлено студенту 7 по уроку Алгебра$", within=60)
            assert made.process.terminate(within=20) == 0
            unfinished.rename(home)
    return home


@pytest.fixture(scope="module")
def product(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(filled, home, dirs_exist_ok=True)
    made = Product(home, free_port())
    yield made
    made.process.kill()


SignIn = Callable[..., Page]


def enter(page: Page, url: str, username: str, password: str) -> None:
    """Sign in as one of the demo accounts; the page then shows the overview."""
    page.goto(f"{url}/login/")
    page.get_by_label("Name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")


@pytest.fixture
def sign_in(page: Page, product: Product) -> SignIn:
    def signed_in(username: str = "demo", password: str = "demo") -> Page:
        enter(page, product.url, username, password)
        return page

    return signed_in
