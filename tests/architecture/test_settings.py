"""What the source reads from the environment stands in env.example, and is kept away from the tests."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import ROOT, refuse, written
from tests.servers.environment import PRODUCT_VARIABLES

_READERS = {"text", "flag", "integer", "words", "addresses", "number", "get", "getenv"}
_SETTING = re.compile(r"[A-Z][A-Z0-9_]+")
#: Variables of Django and of the Prometheus client, which have documents of their own.
_NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR"}


def _read_by_the_source() -> set[str]:
    calls = [node for module in written() for node in ast.walk(module.tree) if isinstance(node, ast.Call) and node.args]
    names = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant) and _reads(call.func)]
    return {name for name in names if isinstance(name, str) and _SETTING.fullmatch(name)} - _NOT_SETTINGS


def _reads(function: ast.expr) -> bool:
    """`env.flag(…)`, `os.environ.get(…)`, `os.getenv(…)`, and `text(…)` inside env.py itself."""
    if isinstance(function, ast.Name):
        return function.id in _READERS - {"get"}
    if not isinstance(function, ast.Attribute) or function.attr not in _READERS:
        return False
    owner = function.value
    return getattr(owner, "attr", getattr(owner, "id", "")) in {"env", "environ", "os"}


def test_every_setting_stands_in_env_example() -> None:
    documented = set(re.findall(r"[A-Z][A-Z0-9_]+", (ROOT / "env.example").read_text()))
    read = _read_by_the_source()
    assert {"DATABASE_URL", "MODULES", "CELERY_BROKER_URL"} <= read
    refuse(sorted(read - documented), "read by the source and not in env.example")


def test_env_example_promises_nothing_that_is_not_read() -> None:
    offered = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", (ROOT / "env.example").read_text(), re.MULTILINE))
    refuse(sorted(offered - _read_by_the_source()), "in env.example and read nowhere")


def test_no_setting_of_the_caller_reaches_a_test() -> None:
    refuse(sorted(_read_by_the_source() - set(PRODUCT_VARIABLES)), "not in tests.servers.environment.PRODUCT_VARIABLES")
