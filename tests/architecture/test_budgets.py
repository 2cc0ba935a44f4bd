"""Hard limits of size. Passing one means that a word is missing, not that a file must be cut in two."""

from __future__ import annotations

from tests.architecture.tree import PACKAGE, ROOT, Module, modules, refuse, tracked_files, written

MOST_LINES = 400
MOST_LINES_OF_A_TEST = 600
MOST_LINES_OF_A_FUNCTION = 50


def _tests() -> list[Module]:
    return [*(module for module in modules() if module.is_test), *modules(ROOT / "tests")]


def _above(most: int, sizes: dict[str, int]) -> list[str]:
    return [f"{place}: {lines}" for place, lines in sizes.items() if lines > most]


def test_no_file_is_too_long() -> None:
    sizes = {module.place: module.lines for module in written()}
    refuse(_above(MOST_LINES, sizes), f"longer than {MOST_LINES} lines")


def test_no_page_style_or_script_is_too_long() -> None:
    files = [path for path in tracked_files() if PACKAGE in path.parents and path.suffix in {".html", ".css", ".js"}]
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    refuse(_above(MOST_LINES, sizes), f"longer than {MOST_LINES} lines")


def test_no_file_of_tests_is_too_long() -> None:
    sizes = {module.place: module.lines for module in _tests()}
    refuse(_above(MOST_LINES_OF_A_TEST, sizes), f"longer than {MOST_LINES_OF_A_TEST} lines")


def test_no_function_is_too_long() -> None:
    sizes = {
        f"{module.place}:{function.line} {function.name}": function.length
        for module in [*written(), *_tests()]
        for function in module.functions
    }
    refuse(_above(MOST_LINES_OF_A_FUNCTION, sizes), f"longer than {MOST_LINES_OF_A_FUNCTION} lines")
