"""What the README tells people to type exists, and it says why changes are tracked the way they are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
CELERY = {"worker", "beat", "flower"}


def _typed() -> list[list[str]]:
    """The commands after a `$` in the README's console blocks, as words without comments."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    return [
        shlex.split(line[2:].rstrip("\\"), comments=True)
        for block in blocks
        for line in block.splitlines()
        if line.startswith("$ ") and "curl" not in line and "$(" not in line
    ]


def test_les_06_every_command_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {"migrate", "createsuperuser", "runserver"} & set(get_commands())
    for words in _typed():
        match words:
            case ["make", target]:
                assert target in targets
            case ["python", "manage.py", command, *_]:
                assert command in known
            case ["celery", "-A", "angarium", command, *_]:
                assert command in CELERY
            case ["pip", "install", "-r", file]:
                assert (ROOT / file).is_file()
            case ["cp", source, ".env"]:
                assert (ROOT / source).is_file()
            case _:
                assert words == ["pytest"]
    assert ["make", "up"] in _typed()
    assert ["celery", "-A", "angarium", "worker", "-l", "info"] in _typed()


def test_les_06_the_readme_says_why_changes_are_tracked_so() -> None:
    reason = README.partition("How changes are tracked, and why this way.")[2]
    assert "post_save" in reason
    assert "events_of(before, after)" in reason


def test_every_picture_and_page_that_the_readme_names_is_there() -> None:
    named = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [name for name in named if not (ROOT / name).exists()] == []
