"""What must answer before this process takes requests. Each part registers its own check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .logs import get_logger

log = get_logger("angarium.observability")

#: None when all is well, else one sentence that says what is not; it is shown to anyone and names no secret.
Check = Callable[[], str | None]


@dataclass(frozen=True)
class Finding:
    """The answer of one check; `required` says whether it decides about readiness."""

    name: str
    trouble: str | None
    required: bool


_checks: dict[str, tuple[Check, bool]] = {}


def readiness(name: str, check: Check, *, required: bool = True) -> None:
    """Register a check; a second one of the name replaces the first. One that is not required only informs."""
    _checks[name] = (check, required)


def findings() -> list[Finding]:
    """Ask every check, in the order of their registration."""
    return [Finding(name, _ask(name, check), required) for name, (check, required) in _checks.items()]


def _ask(name: str, check: Check) -> str | None:
    try:
        return check()
    except Exception:  # whatever a part's check meets, the answer is "not ready", never a 500
        log.warning("readiness.check_failed", check=name, exc_info=True)
        return "The check itself failed; the log says why."
