"""OP-24: what the pipeline runs is what a person runs, and each of its refusals refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

TOOLS = ROOT / "tools"
#: A word of what is run: the step of `make check` or `make test` that has it.
STEPS = {
    "lint": r'step "lint" \.venv/bin/ruff check',
    "format": r'step "format" \.venv/bin/ruff format --check',
    "types": r'step "types" \.venv/bin/mypy',
    "imports": r'step "imports" \.venv/bin/lint-imports',
    "migrations": r'step "migrations" .*makemigrations --check',
    "coverage": r'step "coverage" coverage_gates',
}
FILE = "src/angarium/modules/lessons/actions.py"


def test_op_24_the_pipelines_run_what_a_person_runs() -> None:
    assert re.search(r"^exec make .*test$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    for pipeline in (".gitlab-ci.yml", ".github/workflows/ci.yml"):
        assert ".ci/run" in (ROOT / pipeline).read_text()
    assert "@tools/test.sh" in (ROOT / "Makefile").read_text()
    assert "tools/check.sh" in (TOOLS / "test.sh").read_text()


@pytest.mark.parametrize("step", STEPS)
def test_op_24_each_of_its_checks_is_a_step_that_can_fail(step: str) -> None:
    scripts = (TOOLS / "check.sh").read_text() + (TOOLS / "test.sh").read_text()
    assert re.search(STEPS[step], scripts)


@pytest.mark.parametrize(("covered", "verdict"), [(95, 0), (94, 1)])
def test_op_24_too_little_coverage_of_what_must_not_break_is_refused(
    tmp_path: Path, covered: int, verdict: int
) -> None:
    summary = {"num_statements": 100, "covered_lines": covered, "num_branches": 0, "covered_branches": 0}
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": {FILE: {"summary": summary, "missing_lines": [7]}}}))
    ran = subprocess.run(
        [sys.executable, "tools/gates.py", report], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == verdict, ran.stdout
    assert ("TOO LOW" in ran.stdout) is bool(verdict)
