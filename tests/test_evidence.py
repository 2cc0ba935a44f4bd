"""PM-21: the page of evidence that `make evidence` makes is whole, and its pictures are there."""

from __future__ import annotations

import re

from tests.architecture.tree import ROOT
from tools.evidence import CHAPTERS, PAGE, SHOWN

TEXT = PAGE.read_text(encoding="utf-8")


def test_pm_21_the_evidence_has_every_chapter_and_each_came_about() -> None:
    chapters = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert chapters == [*CHAPTERS, "Pages"]
    assert "did not come about" not in TEXT


def test_pm_21_its_logs_frames_and_caches_are_of_real_processes() -> None:
    for pattern in (
        r"^worker .*tasks\.ran.*projects\.remind_of_due_tasks",
        r'"type": "task\.created"',
        r'"type": "report\.generated"',
        r"^web .*caches\.hit",
        r"^web .*caches\.raised",
        r'^angarium_cache_lookups_total\{list="projects\.tasks",outcome="hit"\}',
    ):
        assert re.search(pattern, TEXT, re.MULTILINE), pattern


def test_pm_21_its_pictures_are_there() -> None:
    pictures = re.findall(r"\(\.\./pictures/(\S+)\.png\)", TEXT)
    assert {name for _, name, _ in SHOWN} <= set(pictures)
    for name in pictures:
        assert (ROOT / f"docs/pictures/{name}.png").read_bytes().startswith(b"\x89PNG"), name
