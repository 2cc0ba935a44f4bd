"""Fixtures for the tests below this folder. The servers are a plugin (`tests.servers`), so that `src` has them too."""

from __future__ import annotations

from statistics import median

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Sizes that are watched and not enforced; the hard limits are in tests/architecture."""
    from tests.architecture.tree import written

    files = [module.lines for module in written()]
    functions = [function.length for module in written() for function in module.functions]
    terminalreporter.write_line(
        f"source: {len(files)} files, median {median(files):.0f} lines, longest {max(files)}; "
        f"{len(functions)} functions, median {median(functions):.0f} lines, longest {max(functions)}"
    )
