"""Typed reading of the environment. What does not fit is one sentence that says what to do."""

from __future__ import annotations

import math
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from dotenv import load_dotenv

load_dotenv(Path(".env"))  # what the environment says already stands

_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def words(name: str, default: str = "") -> list[str]:
    """A comma separated list without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def addresses(name: str) -> list[str]:
    """A comma separated list of e-mail addresses, each once."""
    found = words(name)
    for one in found:
        try:
            validate_email(one)
        except ValidationError:
            raise ImproperlyConfigured(
                f"{name} has {one!r}, which is no address. Write some such as anna@example.org,b@example.org."
            ) from None
    return list(dict.fromkeys(found))


def flag(name: str, default: bool = False) -> bool:
    raw = text(name, "1" if default else "0").lower()
    if raw in _YES:
        return True
    if raw in _NO:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is neither yes nor no. Set it to 1 or 0.")


def integer(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    raw = text(name, str(default))
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name}={raw!r} is not a whole number. Set it to one from {least} to {most}."
        ) from None
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name}={value} is out of range. Set it to a number from {least} to {most}.")
    return value


def number(name: str, default: float, *, least: float = 0) -> float:
    raw = text(name, str(default))
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not least <= value < math.inf:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a number from {least:g} on. Set it to one such as 0.5.")
    return value


def home() -> Path:
    """Where this instance keeps its database, files and secret key."""
    return Path(text("ANGARIUM_HOME", "var")).expanduser().resolve()
