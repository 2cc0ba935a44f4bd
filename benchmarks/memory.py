"""How much memory a process and its descendants keep while they work, looked at again and again, and drawn."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from statistics import median
from types import TracebackType

from benchmarks import processor
from benchmarks.p12_idle import memory

#: Seconds between two looks.
EVERY = 0.25
_BARS = " ▁▂▃▄▅▆▇█"


class Watched:
    """While the block lasts: MB (RSS) of these processes together, look after look."""

    def __init__(self, root: int) -> None:
        self._root, self.sizes = root, list[float]()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self.sizes.append(resident(self._root))

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()


def resident(root: int) -> float:
    """MB of this process and its descendants; those that end meanwhile count for nothing."""
    found = 0.0
    for pid in processor.family(root):
        try:
            found += memory(pid)
        except (OSError, StopIteration):
            continue
    return found


def ends(sizes: Sequence[float]) -> tuple[float, float, float]:
    """The middle of the first tenth, the greatest, the middle of the last tenth."""
    some = max(1, len(sizes) // 10)
    return median(sizes[:some]), max(sizes), median(sizes[-some:])


def bars(sizes: Sequence[float], columns: int = 40) -> str:
    """From nothing to the greatest, a sign for each stretch of time."""
    most, width = max(sizes), max(1.0, len(sizes) / columns)
    stretches = [sizes[int(n * width) : max(int(n * width) + 1, int((n + 1) * width))] for n in range(columns)]
    return "".join(_BARS[round(median(some) / most * 8)] for some in stretches if some)


def drawing(sizes: Sequence[float], title: str, width: int = 640, height: int = 200) -> str:
    """The same as SVG, one line over time from nothing to a little more than the greatest."""
    most = max(sizes) * 1.1
    last = max(1, len(sizes) - 1)
    points = " ".join(
        f"{40 + number / last * (width - 50):.1f},{(1 - size / most) * (height - 40) + 20:.1f}"
        for number, size in enumerate(sizes)
    )
    text = '<text x="{}" y="{}" font-family="sans-serif" font-size="11" fill="#555">{}</text>'
    marks = [
        text.format(40, 14, title),
        text.format(2, 26, f"{most:.0f}"),
        text.format(2, height - 18, "0 MB"),
        text.format(40, height - 4, f"0 to {last * EVERY:.0f} s"),
    ]
    line = f'<polyline fill="none" stroke="#2563eb" stroke-width="1.5" points="{points}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{"".join(marks)}{line}</svg>\n'
