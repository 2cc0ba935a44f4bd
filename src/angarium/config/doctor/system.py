"""Django's system checks: ours among them, and those of others told by the doctor too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks as django

from .check import Finding, Severity, check, check_of
from .settings import SETTINGS
from .source import Source, here

SYSTEM = Source(name="system checks", reach=here)
_LEVELS = {Severity.ERROR: django.Error, Severity.WARNING: django.Warning}


def settings_fit(app_configs: Any, **_: object) -> list[django.CheckMessage]:
    """For Django: what the settings say by themselves, under the doctor's codes."""
    from . import celery  # noqa: F401  it has checks, and needs the models

    declared = [check_of(code) for code in sorted(SETTINGS.checks)]
    return [_message(Finding(one, wrong)) for one in declared if one.look for wrong in one.look(None)]


def _message(finding: Finding) -> django.CheckMessage:
    kind = _LEVELS[finding.check.severity]
    return kind(finding.wrong, hint=f"{finding.check.remedy} {finding.check.link}", id=finding.check.code)


@check(
    "ANG013",
    "One of Django's system checks complains",
    of=SYSTEM,
    severity=Severity.WARNING,
    why="Models, settings and packages have checks of their own, which every command makes and prints.",
    remedy="Do what the sentence says; `angarium check` shows it whole.",
)
def others(_: None) -> Iterator[str]:
    for message in django.run_checks():
        ours = str(message.id).startswith("ANG")
        if not ours and message.is_serious(django.WARNING) and not message.is_silenced():
            yield f"{message.msg} ({message.id}) {message.hint or ''}".strip()
