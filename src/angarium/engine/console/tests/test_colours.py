"""The tokens keep their promise: text can be read on its ground, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SHEETS = Path(__file__).parents[1] / "static" / "console"
_pair = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);")
TOKENS = {name: (light, dark) for name, light, dark in _pair.findall((SHEETS / "tokens.css").read_text())}

TEXT_ON = [
    *[
        (text, ground)
        for text in ("ink", "ink-soft", "ink-faint")
        for ground in ("paper", "surface", "raised", "sunken")
    ],
    *[(state, f"{state}-wash") for state in ("waiting", "running", "good", "bad", "still", "lapis")],
    *[("on-bar", f"bar-{shade}") for shade in ("running", "good", "bad", "still")],
    ("lapis", "paper"),
    ("lapis", "surface"),
    ("bad", "surface"),
    ("on-lapis", "lapis"),
    ("on-lapis", "lapis-deep"),
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(text: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("sheet", sorted(SHEETS.glob("*.css")), ids=lambda path: path.name)
def test_every_token_that_a_sheet_uses_exists_and_colours_stand_in_one_place(sheet: Path) -> None:
    text = sheet.read_text()
    defined = set(re.findall(r"(--[\w-]+):", (SHEETS / "tokens.css").read_text()))
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= defined
    if sheet.name != "tokens.css":
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", text)
