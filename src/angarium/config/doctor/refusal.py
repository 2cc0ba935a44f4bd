"""Settings that are refused before anything can be looked at: the doctor says so in its own form.

It is told by the command line, since without settings Django has no command of ours.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .check import Finding, check_of, unseen
from .telling import as_json, as_text

REFUSED = unseen(
    "ANG015",
    "The settings are refused",
    source="settings",
    why="Each setting is read once, at the start, and what does not fit ends every command with one sentence. Nothing "
    "else can be looked at before it is mended.",
    remedy="Do what the sentence says; env.example has every setting.",
)


def tell_refusal(sentence: str, words: Sequence[str]) -> int:
    """Print it as the doctor with these arguments would; returns the exit code."""
    tell = as_json if "--json" in words else as_text
    sys.stdout.write(tell([Finding(check_of(REFUSED), sentence)], [], 2))
    return 2
