"""Places on a board as text: between two ranks there is always another, so that a card that moves is the only row that
changes. Pure.

A rank is a fraction between 0 and 1 in base 36, `i` being one half. It does not end in `0`, so there is room before
each. Digits come before small letters in every collation, so the database orders ranks as Python does.
"""

from __future__ import annotations

from collections.abc import Iterator

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)


def between(before: str, after: str) -> str:
    """A short rank after `before` and before `after`; an empty one stands for the end of the list on that side.

    ValueError when there is nothing between them, which is when they are not in this order.
    """
    if after and before >= after:
        raise ValueError(f"{before!r} does not come before {after!r}.")
    rank, open_above = "", not after
    for place in range(len(before) + len(after) + 1):
        low = DIGITS.index(before[place]) if place < len(before) else 0
        high = BASE if open_above else DIGITS.index(after[place]) if place < len(after) else 0
        if high - low > 1:
            return rank + DIGITS[(low + high) // 2]
        rank += DIGITS[low]
        open_above = open_above or low < high
    return rank + DIGITS[BASE // 2]


def in_a_row(count: int, after: str = "") -> Iterator[str]:
    """So many ranks in order, all after `after`, each as short as the one before it: for the end of a list."""
    width = 4
    while BASE**width - _number(after, width) <= count + 1:
        width += 1
    first = _number(after, width) + 1 if after else BASE**width // 2
    return (_text(number, width) for number in range(first, first + count))


def _number(rank: str, width: int) -> int:
    return sum(DIGITS.index(digit) * BASE ** (width - place) for place, digit in enumerate(rank[:width], start=1))


def _text(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, BASE)
        digits = DIGITS[digit] + digits
    return digits.rstrip("0")
