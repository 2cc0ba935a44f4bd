"""The written answers point to what does what they say: the file, the test, the workload, the finding is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import WORKLOADS
from tests.architecture.tree import ROOT, tracked_files

ANSWERS = sorted((ROOT / "docs" / "explanation").glob("operation-state*.md"))


@pytest.mark.parametrize("page", ANSWERS, ids=lambda page: page.name)
def test_op_22_what_the_answers_point_to_is_there(page: Path) -> None:
    text = page.read_text()
    files = [str(path.relative_to(ROOT)) for path in tracked_files()]
    tests = "\n".join(path.read_text() for path in tracked_files() if path.name.startswith("test_"))
    named = re.findall(r"`([\w./-]+\.(?:py|md))`", text)
    missing = [name for name in named if not any(file.endswith(name) for file in files)]
    missing += [name for name in re.findall(r"`(test_\w+)`", text) if f"def {name}(" not in tests]
    missing += [f"test_{id}…" for id in re.findall(r"`test_(\w+)…`", text) if f"def test_{id}_" not in tests]
    workloads = {name.partition("_")[0].upper() for name in WORKLOADS}
    missing += [id for id in re.findall(r"\bP\d+\b", text) if f"P{int(id[1:]):02}" not in workloads]
    assert missing == []


def test_op_22_both_languages_point_to_the_same() -> None:
    english, russian = (set(re.findall(r"`[^`]+`", page.read_text())) for page in ANSWERS)
    assert english == russian
