"""OP-24: what the pipeline runs is what a person runs, and each of its refusals refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import PACKAGE, ROOT, modules
from tools.gates import PROCESSES

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
_FULL = {"num_statements": 100, "covered_lines": 100, "num_branches": 0, "covered_branches": 0}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


#: A report in which the processes of `timeoff` are covered, and the file of the test beside them.
EVERYTHING: dict[str, Any] = {
    name: {"summary": _FULL, "missing_lines": []}
    for name in (FILE, *(place(path) for _, _, globs in PROCESSES for glob in globs for path in PACKAGE.glob(glob)))
}


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


@pytest.mark.parametrize("step", ["lint", "format", "types", "imports", "migrations"])
def test_hr_20_what_is_not_clean_ends_the_check_and_with_it_the_pipeline(step: str) -> None:
    check = (TOOLS / "check.sh").read_text()
    line = next(line for line in check.splitlines() if re.search(STEPS[step], line))
    assert line.endswith("|| failed=1")
    assert check.rstrip().endswith("exit $failed")
    assert "set -eu" in (TOOLS / "test.sh").read_text()


def test_hr_20_no_file_is_kept_from_the_linter_and_the_formatter_but_migrations() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    assert ruff["extend-exclude"] == ["*/migrations/*"]
    assert "exclude" not in ruff
    off = re.compile(r"^\s*# (?:ruff: noqa|fmt: off)", re.MULTILINE)  # for whole files or stretches
    switched_off = [file.place for file in [*modules(), *modules(ROOT / "tests")] if off.search(file.text)]
    assert switched_off == []


@pytest.mark.parametrize(("covered", "verdict"), [(95, 0), (94, 1)])
def test_op_24_too_little_coverage_of_what_must_not_break_is_refused(
    tmp_path: Path, covered: int, verdict: int
) -> None:
    summary = {"num_statements": 100, "covered_lines": covered, "num_branches": 0, "covered_branches": 0}
    status, printed = gates(tmp_path, {**EVERYTHING, FILE: {"summary": summary, "missing_lines": [7]}})
    assert status == verdict, printed
    assert ("TOO LOW" in printed) is bool(verdict)


def gates(folder: Path, files: dict[str, Any]) -> tuple[int, str]:
    """The status and what is printed, for what a run would have measured."""
    report = folder / "coverage.json"
    report.write_text(json.dumps({"files": files}))
    command = [sys.executable, "tools/gates.py", str(report)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("process", ["requests", "vacation calculation", "rates", "access checks"])
def test_hr_16_each_key_process_is_held_to_80_per_cent_of_its_lines_and_branches(tmp_path: Path, process: str) -> None:
    [(least, globs)] = [(least, globs) for name, least, globs in PROCESSES if name == process]
    assert least >= 80
    names = [place(path) for glob in globs for path in sorted(PACKAGE.glob(glob))]
    uncovered = {"num_statements": 100, "covered_lines": 100, "num_branches": 100, "covered_branches": 59}
    low = {name: {"summary": uncovered, "missing_lines": [7]} for name in names}
    assert gates(tmp_path, EVERYTHING)[0] == 0
    status, printed = gates(tmp_path, {**EVERYTHING, **low})
    assert status == 1
    assert re.search(rf"79\.50 %  timeoff: {process} +TOO LOW", printed)


@pytest.mark.parametrize(("process", "glob"), [(name, glob) for name, _, globs in PROCESSES for glob in globs])
def test_hr_16_a_part_of_a_process_that_was_not_measured_is_refused(tmp_path: Path, process: str, glob: str) -> None:
    unmeasured = {place(path) for path in PACKAGE.glob(glob)}
    assert unmeasured
    status, printed = gates(tmp_path, {name: one for name, one in EVERYTHING.items() if name not in unmeasured})
    assert (status, f"no file of {glob} was measured" in printed) == (1, True)


def test_hr_16_coverage_counts_branches_and_runs_the_tests_of_the_processes() -> None:
    coverage = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]
    assert coverage["run"]["branch"] is True
    assert set(coverage["run"]["omit"]) == {"*/migrations/*", "*/tests/*"}
    script = (TOOLS / "test.sh").read_text()
    gated = script.partition("ungated()")[0].replace(". tools/steps.sh", "").replace("trap times_taken EXIT", "")
    listed = subprocess.run(["sh", "-c", f"{gated}\ngated", "tools/test.sh"], cwd=ROOT, capture_output=True, text=True)
    for word in ("actions", "balances", "accrual", "calendar", "rates", "lifecycle"):
        assert f"src/angarium/modules/timeoff/tests/test_{word}.py" in listed.stdout.split()
