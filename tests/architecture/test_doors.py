"""What import-linter cannot see: doors, the standard library, and imports that name a part of a package."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture.tree import PACKAGE, Module, refuse, written

#: Where the composition root may reach besides `public`: what Django and Celery ask for by name.
ALSO_FOR_CONFIG = {"urls", "celery"}
NETWORK = (
    *("smtplib", "http.client", "urllib.request", "ftplib", "xmlrpc", "django.core.mail"),
    *("requests", "httpx", "httpx2", "aiohttp", "niquests", "urllib3", "websockets"),
)
MAY_USE_THE_NETWORK = ("angarium.engine.delivery.channels", "angarium.client", "angarium.engine.exports.storage")


def _part(dotted: str) -> str | None:
    """`tasks` of `angarium.engine.tasks.run`."""
    parts = dotted.split(".")
    return parts[2] if parts[:2] == ["angarium", "engine"] and len(parts) > 2 else None


def _inside(module: Module, *packages: str) -> bool:
    return any(module.dotted == package or module.dotted.startswith(package + ".") for package in packages)


def test_a_part_of_the_engine_is_entered_by_its_door() -> None:
    trespasses = []
    for module in written():
        doors = {"public"} | (ALSO_FOR_CONFIG if _inside(module, "angarium.config") else set())
        for found in module.imports:
            part = _part(found.name)
            if part in {None, _part(module.dotted)} or not (PACKAGE / "engine" / str(part)).exists():
                continue
            rest = found.name.split(".")[3:]
            if not rest or rest[0] not in doors:
                trespasses.append(f"{module.place}:{found.line} imports {found.name}")
    refuse(trespasses, "only `public` may be imported from another part")


def test_the_kernel_stands_on_the_standard_library_alone() -> None:
    kernel = [module for module in written() if _inside(module, "angarium.kernel")]
    foreign = [
        f"{module.place}:{found.line} imports {found.name}"
        for module in kernel
        for found in module.imports
        if found.name.split(".")[0] not in sys.stdlib_module_names and not found.within("angarium.kernel")
    ]
    assert kernel
    refuse(foreign, "not of the standard library")


def test_outgoing_traffic_leaves_from_the_channels_and_the_client_only() -> None:
    callers = [
        f"{module.place}:{found.line} imports {found.name}"
        for module in written()
        if not _inside(module, *MAY_USE_THE_NETWORK)
        for found in module.imports
        if found.within(*NETWORK)
    ]
    refuse(callers, "the network is for channels and client")


def test_aiohttp_is_for_the_channels_alone() -> None:
    callers = [
        f"{module.place}:{found.line} imports {found.name}"
        for module in written()
        if not _inside(module, "angarium.engine.delivery.channels")
        for found in module.imports
        if found.within("aiohttp")
    ]
    refuse(callers, "aiohttp is for channels")


def test_a_process_that_sends_nothing_has_not_loaded_what_sends() -> None:
    """aiohttp costs seven megabytes and a quarter of a second, in every process of every role."""
    script = (
        "import sys, django; django.setup(); import angarium.config.asgi; from django.urls import get_resolver;"
        " get_resolver().url_patterns; from angarium.engine.tasks.public import tasks; tasks();"
        " from angarium.config import embedded; sys.exit('aiohttp' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "angarium.config.settings"}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == 0


@pytest.mark.parametrize("package", ["kernel", "contracts", "client", "processor"])
def test_what_other_teams_import_brings_no_django(package: str) -> None:
    """It loads where there is none. Celery and kombu take a little of it where there is one."""
    if not (PACKAGE / package).exists():
        pytest.skip(f"there is no {package} yet")
    names = [module.dotted for module in written() if _inside(module, f"angarium.{package}")]
    script = f"import sys; sys.modules['django'] = None; import {', '.join(names)}"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
