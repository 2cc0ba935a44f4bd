"""The page of the reference about all codes, drawn from the checks."""

from __future__ import annotations

from collections.abc import Iterator

from . import catalogue, examination  # noqa: F401  with them every code is declared
from .check import Check, checks

HEAD = """\
# Doctor

`angarium doctor` looks at settings, broker, database and processes for what gets work lost, doubled or late. Each
thing that it finds has a code that stays, a sentence about what is wrong and one about what to do. `angarium check`,
as nearly every command before it begins, tells what the settings say by themselves under the same codes.

| exit code | what it means |
|---|---|
| 0 | nothing was found |
| 1 | something was found |
| 2 | somewhere it could not look: a server that is away or silent, a right that is missing, settings that are refused |

`--json` prints nothing but `{"exit_code", "looked", "findings"}`, with `{"code", "severity", "title", "wrong",
"remedy", "link", "looked"}` for each finding; its `looked` is false where it says that something could not be looked
at. `--skip ANG022` leaves a check out, as often as it is given; what `SILENCED_SYSTEM_CHECKS` names is left out as
well. A check takes at most five seconds, whoever is silent, and changes nothing. An `error` loses or doubles work or
lets strangers in; a `warning` makes it late, or waits for its day.
"""


def doctor_page() -> str:
    return "\n".join([HEAD, *_table(), "", *(_section(check) for check in checks())])


def _table() -> Iterator[str]:
    yield "| code | severity | what is wrong | asked |\n|---|---|---|---|"
    for check in checks():
        code = f"[{check.code}](#{check.code.lower()})"
        yield f"| {code} | {check.severity} | {check.title} | {check.source} |"


def _section(check: Check) -> str:
    return f"## {check.code}\n\n**{check.title}.** {check.why}\n\nWhat to do: {check.remedy}\n"
