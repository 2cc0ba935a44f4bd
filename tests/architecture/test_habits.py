"""Habits that cost other projects their work: enqueueing by hand, sleeping tests, texts that name a machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tests.architecture.tree import ROOT, Module, modules, refuse, tracked_files, written

ENQUEUE = {"delay", "apply_async", "send_task"}
#: Each pattern is written so that it does not find itself.
FORBIDDEN_TEXT = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|debian[.]org/debian"
    r"|(?<![\w.])/(?:root|home|work)[/](?=[\w.])|(?:--|extra-)index-ur[l]\b|(?<![\w/.-])shared[/]",
)


def _calls(module: Module) -> Iterable[tuple[int, str]]:
    """Line and last name of each call."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr


def test_nobody_enqueues_by_hand() -> None:
    """The trigger stands in the task's decorator, so that nothing is enqueued before its row is committed."""
    allowed = ("angarium.engine.tasks", "angarium.processor")
    calls = [
        f"{module.place}:{line} calls .{name}()"
        for module in [*modules(), *modules(ROOT / "tests")]
        if not module.dotted.startswith(allowed)
        for line, name in _calls(module)
        if name in ENQUEUE
    ]
    refuse(calls, "a task is started by its trigger or by ledger.start")


def _sleeps(module: Module) -> Iterable[int]:
    """Lines of calls of `sleep`; `asyncio.sleep(0)` only gives others their turn."""
    for node in ast.walk(module.tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep"
        if called and [ast.unparse(argument) for argument in node.args] != ["0"]:  # type: ignore[attr-defined]
            yield node.lineno  # type: ignore[attr-defined]


def test_tests_wait_for_signals_and_never_sleep() -> None:
    """The servers themselves are polled while they start, since they say nowhere that they listen."""
    tests = [module for module in [*modules(), *modules(ROOT / "tests")] if module.is_test]
    sleeps = [
        f"{module.place}:{line}"
        for module in tests
        if not module.dotted.startswith("tests.servers")
        for line in _sleeps(module)
    ]
    refuse(sleeps, "sleeps instead of waiting for what it needs")


def test_no_text_names_a_registry_or_somebody_s_machine() -> None:
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="ignore") if path.suffix not in {".png", ".ico", ".mo"} else ""
        for number, line in enumerate(text.splitlines(), 1):
            if match := FORBIDDEN_TEXT.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number} {match[0]}")
    refuse(found, "names a registry or a machine")


def test_nothing_is_left_to_do_in_the_source() -> None:
    marks = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
    left = [module.place for module in [*written(), *modules(ROOT / "tests")] if marks.search(module.text)]
    refuse(left, "left undone")
