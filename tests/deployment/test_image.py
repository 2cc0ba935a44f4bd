"""What the image holds, built from what its Dockerfile copies: it serves pages by itself and knows how it is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.deployment.compose import ROOT
from tests.deployment.dockerfile import copied, health_check
from tests.servers.environment import free_port
from tests.servers.processes import Process, clean_environment

pytestmark = pytest.mark.processes
_BUILD = "from setuptools.build_meta import build_wheel; build_wheel('wheel')"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages that `pip install .` puts into the image, unpacked."""
    context, folder = tmp_path_factory.mktemp("context"), tmp_path_factory.mktemp("installed")
    for name in copied():
        _send(ROOT / name, context / name)
    subprocess.run([sys.executable, "-c", _BUILD], cwd=context, check=True, capture_output=True)
    (wheel,) = (context / "wheel").glob("angarium-*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def _send(source: Path, target: Path) -> None:
    """As the builder gets it: without what .dockerignore keeps back."""
    back = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("**/")]
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copy(source, target)
    else:
        shutil.copytree(
            source,
            target,
            ignore=lambda _, names: {
                name for name in names if any(fnmatch(name, pattern.removeprefix("**/")) for pattern in back)
            },
        )


@pytest.fixture
def environment(installed: Path, tmp_path: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(installed), "ANGARIUM_HOME": str(tmp_path), "PORT": str(free_port()), "DEMO": "0"}


def test_the_image_has_no_tests_and_the_pages_words_and_styles(installed: Path) -> None:
    files = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert [name for name in files if "/tests/" in name] == []
    for ending in ("templates/console/home.html", "static/console/base.css", "locale/ru/LC_MESSAGES/django.mo"):
        assert any(name.endswith(ending) for name in files), ending


def test_what_is_installed_serves_pages_and_its_health_check_knows(
    installed: Path, environment: dict[str, str]
) -> None:
    with Process("up", environment=environment) as process:
        address = process.wait_for(r"^ready: (\S+)$", within=90)[1]
        russian = Request(f"{address}/login/", headers={"Accept-Language": "ru"})
        with urlopen(russian, timeout=30) as answer:
            page = answer.read().decode()
        assert 'lang="ru"' in page
        style = re.findall(r'href="(/static/console/[^"]+\.css[^"]*)"', page)[0]
        with urlopen(address + style, timeout=30) as answer:
            assert answer.status == 200
        assert _healthy(environment)
    assert not _healthy(environment)
    with Process(
        "-c", "import angarium.config as c; print(c.__file__)", program="python", environment=environment
    ) as it:
        assert it.wait_for(r"^(/.*)$")[1].startswith(str(installed))


def _healthy(environment: dict[str, str]) -> bool:
    words = [sys.executable, *health_check()[1:]]
    checked = subprocess.run(words, env=clean_environment(environment), capture_output=True, check=False)
    return checked.returncode == 0
