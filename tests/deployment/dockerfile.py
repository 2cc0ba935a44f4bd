"""The Dockerfile as the builder reads it: lines joined, comments left out."""

from __future__ import annotations

import re

import yaml

from tests.deployment.compose import ROOT


def instructions() -> list[tuple[str, str]]:
    """(WORD, the rest of its line) in order."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip()]


def copied() -> list[str]:
    """What is copied from the builder's context, not from another stage."""
    lines = [rest for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    return [word for rest in lines for word in rest.split()[:-1]]


def health_check() -> list[str]:
    """The words of the image's own health check."""
    words: list[str] = yaml.safe_load(dict(instructions())["HEALTHCHECK"].partition("CMD ")[2])
    return words
