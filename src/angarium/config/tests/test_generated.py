"""The generated pages of the reference are what the code says today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from angarium.config.generated import PAGES

REFERENCE = Path(__file__).resolve().parents[4] / "docs" / "reference"


@pytest.mark.parametrize(("name", "page"), PAGES.items())
def test_a_generated_page_is_up_to_date(name: str, page: Callable[[], str]) -> None:
    assert (REFERENCE / name).read_text() == page(), "run `make docs` and commit what it writes"
