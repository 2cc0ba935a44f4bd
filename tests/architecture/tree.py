"""The files of the tree as the rules see them: paths, syntax trees, and what each file imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "angarium"


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` is `a.b.c`."""

    line: int
    name: str

    def within(self, *packages: str) -> bool:
        return any(self.name == package or self.name.startswith(package + ".") for package in packages)


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    length: int


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path

    @property
    def place(self) -> str:
        """The path as a person reads it, from the root of the tree."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def dotted(self) -> str:
        base = SOURCE if SOURCE in self.path.parents else ROOT
        return ".".join(self.path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.relative_to(ROOT).parts

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.path.parent.parts

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def functions(self) -> list[Function]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, kinds)]
        return [Function(node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1) for node in nodes]

    @cached_property
    def imports(self) -> list[Import]:
        return [found for node in ast.walk(self.tree) for found in self._imported(node)]

    def _imported(self, node: ast.AST) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, (self._above(node.level), node.module)))
            yield from (Import(node.lineno, f"{base}.{alias.name}") for alias in node.names)

    def _above(self, level: int) -> str:
        """The package that a relative import with so many dots starts from."""
        parts = self.dotted.split(".")
        keep = len(parts) - level + (self.path.name == "__init__.py")
        return ".".join(parts[:keep]) if level else ""


def refuse(found: Iterable[object], because: str) -> None:
    """Fail with one line for each thing found."""
    if lines := [str(each) for each in found]:
        pytest.fail("\n  ".join([f"{because}:", *lines]), pytrace=False)


@cache
def modules(top: Path = PACKAGE) -> tuple[Module, ...]:
    return tuple(Module(path) for path in sorted(top.rglob("*.py")) if "__pycache__" not in path.parts)


def written() -> list[Module]:
    """The package's own files: neither tests nor migrations."""
    return [module for module in modules() if not module.is_test and not module.is_migration]


@cache
def tracked_files() -> tuple[Path, ...]:
    """All files that are committed or would be."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    return tuple(path for path in sorted(ROOT / name for name in set(names) if name) if path.is_file())
