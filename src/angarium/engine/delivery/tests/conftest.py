"""Templates and a person for the tests of delivery. The tests' app is installed when they are collected: before the
database is made, so that it has its table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import AppConfig, apps

from angarium.engine.delivery.public import Recipient

if "postcards" not in apps.app_configs:
    postcards = AppConfig.create("angarium.engine.delivery.tests.apps.Postcards")
    postcards.apps = apps
    apps.app_configs[postcards.label] = postcards
    postcards.import_models()
    apps.clear_cache()

ANNA = Recipient(kind="student", id="7", name="Анна", address="anna@example.org", timezone="Europe/Moscow")


@pytest.fixture
def templates(settings: Any, tmp_path: Path) -> Path:
    """A folder of templates; `tests/told` says `7: <title>`."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "told.txt").write_text("{{ to.id }}: {{ title }}\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    return tmp_path / "tests"
