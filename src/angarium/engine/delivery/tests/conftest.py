"""Templates and a person for the tests of delivery."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from angarium.engine.delivery.public import Recipient

ANNA = Recipient(kind="student", id="7", name="Анна", address="anna@example.org", timezone="Europe/Moscow")


@pytest.fixture
def templates(settings: Any, tmp_path: Path) -> Path:
    """A folder of templates; `tests/told` says `7: <title>`."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "told.txt").write_text("{{ to.id }}: {{ title }}\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    return tmp_path / "tests"
