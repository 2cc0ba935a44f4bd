"""docker-compose.yml as Compose reads it: anchors merged, variables put in, commands split into words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:?[-?])([^}]*))?\})")


@cache
def raw() -> dict[str, Any]:
    """The file after YAML's own merging, variables still in it."""
    return yaml.safe_load(FILE.read_text())  # type: ignore[no-any-return]


def services() -> dict[str, dict[str, Any]]:
    return raw()["services"]  # type: ignore[no-any-return]


def filled(text: str, values: Mapping[str, str]) -> str:
    """`${A}`, `${A:-default}`, `${A:?why not}` and `$$`, as Compose puts them in. KeyError says why not."""

    def value(found: re.Match[str]) -> str:
        dollar, name, operator, rest = found.groups()
        if dollar:
            return "$"
        if values.get(name):
            return values[name]
        if operator and operator.endswith("?"):
            raise KeyError(f"{name}: {rest}")
        return rest or ""

    return _VARIABLE.sub(value, text)


def required_variables() -> set[str]:
    return set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))


def environment(service: str, values: Mapping[str, str]) -> dict[str, str]:
    """What a container of this service gets; names without a value only when `values` has them."""
    found = {}
    for name, value in services()[service].get("environment", {}).items():
        if value is not None:
            found[name] = filled(str(value), values)
        elif name in values:
            found[name] = values[name]
    return found


def command(service: str) -> list[str]:
    given = services()[service]["command"]
    return shlex.split(given) if isinstance(given, str) else [str(word) for word in given]
