"""How findings are told: to people, and to programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import fill

from .check import Finding

WIDTH = 100


def as_text(findings: Sequence[Finding], looked: Sequence[str], exit_code: int) -> str:
    """Each finding with what to do and where more is said; then a line that counts."""
    return "".join(map(_paragraph, findings)) + f"{_summary(findings, looked, exit_code)}\n"


def _paragraph(finding: Finding) -> str:
    check = finding.check
    indent = " " * 9
    wrong = fill(f"{check.code}   {check.severity}: {finding.wrong}", WIDTH, subsequent_indent=indent)
    remedy = fill(f"{indent}{check.remedy}", WIDTH, subsequent_indent=indent)
    return f"{wrong}\n{remedy}\n{indent}{check.link}\n\n"


def _summary(findings: Sequence[Finding], looked: Sequence[str], exit_code: int) -> str:
    made = f"{len(looked)} check{'' if len(looked) == 1 else 's'} made"
    if not findings:
        return f"Nothing found; {made}."
    things = f"{len(findings)} thing{'' if len(findings) == 1 else 's'} found; {made}."
    return f"{things} Not everything could be looked at." if exit_code == 2 else things


def as_json(findings: Sequence[Finding], looked: Sequence[str], exit_code: int) -> str:
    """`{"exit_code", "looked": [code…], "findings": [{"code", "severity", "wrong", "remedy", "link", "looked"}…]}`."""
    found = [
        {
            "code": one.check.code,
            "severity": one.check.severity.value,
            "title": one.check.title,
            "wrong": one.wrong,
            "remedy": one.check.remedy,
            "link": one.check.link,
            "looked": one.check.look is not None,
        }
        for one in findings
    ]
    return json.dumps({"exit_code": exit_code, "looked": sorted(looked), "findings": found}, indent=2) + "\n"
