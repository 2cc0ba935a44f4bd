"""One examination: every source that is there, every check of it, and what came of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from .asker import Asker, NoAnswer
from .catalogue import SOURCES
from .check import Finding, check_of, unseen
from .source import Away, Source
from .wording import one_line

#: Seconds that reaching a source may take, and each check.
WITHIN = 5.0
FAILED = unseen(
    "ANG090",
    "A check could not look",
    source="any",
    why="The source answers, but one question to it failed or took longer than five seconds, so nobody knows whether "
    "that thing is in order. The sentence names the check and the error.",
    remedy="Mend what the sentence says, such as a right that this account lacks, and look again.",
)


@dataclass
class Report:
    """`looked` holds the codes of the checks that were made."""

    findings: list[Finding] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)

    @property
    def found(self) -> set[str]:
        return {finding.check.code for finding in self.findings}

    @property
    def exit_code(self) -> int:
        """2 when there was something that could not be looked at, else 1 when something was found, else 0."""
        if any(finding.check.look is None for finding in self.findings):
            return 2
        return 1 if self.findings else 0


def examine(skip: Collection[str] = (), within: float = WITHIN) -> Report:
    """Look at everything but the codes in `skip`."""
    report = Report()
    for source in SOURCES:
        if source.wanted() and not source.pointless_after & report.found:
            _examine(source, report, skip, within)
    report.findings = [finding for finding in report.findings if finding.check.code not in skip]
    return report


def _examine(source: Source[Any], report: Report, skip: Collection[str], within: float) -> None:
    asker, reached = Asker(within), source.reach()
    try:
        facts = asker.ask(reached.__enter__)
        for code in sorted(source.checks):
            if code not in skip:
                _look(asker, source, code, facts, report)
        asker.ask(lambda: reached.__exit__(None, None, None))
    except NoAnswer as error:
        _add(report, source.away or FAILED, f"{source.name}: {error}.")
    except Away as error:
        _add(report, source.away or FAILED, str(error))
    except Exception as error:  # noqa: BLE001  whatever a client raises: it is a sentence, never a traceback
        _add(report, source.away or FAILED, f"{source.name}: {one_line(error)}.")
    finally:
        asker.end()


def _look(asker: Asker, source: Source[Any], code: str, facts: Any, report: Report) -> None:
    """Whoever did not answer in time is not asked any more."""
    check = check_of(code)

    def found() -> list[str]:
        assert check.look
        with source.around():
            return list(check.look(facts))

    try:
        for wrong in asker.ask(found):
            _add(report, code, wrong)
        report.looked.append(code)
    except NoAnswer:
        raise
    except Exception as error:  # noqa: BLE001  as above
        _add(report, FAILED, f"{code} ({check.title}) could not look: {one_line(error)}.")


def _add(report: Report, code: str, wrong: str) -> None:
    report.findings.append(Finding(check_of(code), wrong))
