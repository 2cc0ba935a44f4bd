"""`docs/reference/requirements.md` names for each acceptance row the test that shows it; no claim without a test."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.architecture.tree import ROOT, modules, refuse

DOCUMENT = ROOT / "docs" / "reference" / "requirements.md"
_ROW = re.compile(r"^\| *([A-Z]{2,4}-(?:\d{2}|B\d{1,2})) *\| *(.*?) *\| *(.*?) *\|$")
_CLAIM = re.compile(r"`([\w/.-]+\.py)::(\w+)`")
_DEFINED = re.compile(r"^\s*(?:async )?def (test_([a-z]{2,4})_(\d{2}|b\d{1,2})_\w+)\(", re.MULTILINE)
_OPEN = re.compile(r"open: \S.*")


@dataclass(frozen=True)
class Row:
    id: str
    words: str
    shown_by: str

    @property
    def claims(self) -> list[tuple[str, str]]:
        return _CLAIM.findall(self.shown_by)

    @property
    def prefix(self) -> str:
        return f"test_{self.id.lower().replace('-', '_')}_"


def _rows() -> list[Row]:
    return [Row(*match.groups()) for line in DOCUMENT.read_text().splitlines() if (match := _ROW.match(line))]


def _defined() -> set[tuple[str, str]]:
    """File and name of each test that carries the id of a row."""
    files = [*modules(), *modules(ROOT / "tests")]
    return {(file.place, match[0]) for file in files for match in _DEFINED.findall(file.text)}


def test_each_row_stands_once_in_words_of_our_own() -> None:
    ids = [row.id for row in _rows()]
    assert ids == sorted(set(ids))
    assert [row.id for row in _rows() if len(row.words.split()) < 3] == []


@pytest.mark.parametrize(("module", "last"), [("HR", 20), ("LES", 18), ("MAIL", 33), ("OP", 26), ("PM", 24)])
def test_no_row_of_a_module_is_missing(module: str, last: int) -> None:
    ids = {row.id for row in _rows()}
    assert [row for number in range(1, last + 1) if (row := f"{module}-{number:02}") not in ids] == []


def test_a_row_is_claimed_by_tests_or_open_for_a_reason() -> None:
    refuse(
        (row.id for row in _rows() if not row.claims and not _OPEN.fullmatch(row.shown_by)), "neither tests nor open"
    )


def test_every_claimed_test_exists_and_carries_the_row_s_id() -> None:
    defined = _defined()
    broken = [
        f"{row.id}: {file}::{name}"
        for row in _rows()
        for file, name in row.claims
        if (file, name) not in defined or not name.startswith(row.prefix)
    ]
    refuse(broken, "claimed and not there")


def test_a_test_carries_no_id_that_is_not_a_row() -> None:
    prefixes = tuple(row.prefix for row in _rows())
    unknown = [f"{file}::{name}" for file, name in sorted(_defined()) if not name.startswith(prefixes)]
    refuse(unknown, "no such row")
