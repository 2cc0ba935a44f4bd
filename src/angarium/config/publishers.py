"""Who publishes which event, read from the source: an event is published where one is made of its class.

A function whose name begins with `_` is a part of others: those of its module that call it are named in its place.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
#: Where nothing is published: what events are, what tests make of them, and who only reads them.
_NOT_HERE = {"contracts", "tests", "migrations"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def publishers() -> Mapping[str, list[str]]:
    """By the name of an event's class the functions that make it: `lessons.lifecycle.events_of`."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(PACKAGE.rglob("*.py")):
        place = file.relative_to(PACKAGE).with_suffix("").parts
        if not _NOT_HERE & set(place):
            module = ast.parse(file.read_text())
            for event, name in _made(dict(_functions(module)), _events_imported(module)):
                found[event].add(".".join((*place[1:], name)))
    return {event: sorted(names) for event, names in found.items() if event[0].isupper()}


def _functions(within: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Function]]:
    """The functions of a module, and the methods of its classes as `Class.method`."""
    for one in within.body:
        if isinstance(one, Function):
            yield one.name, one
        elif isinstance(one, ast.ClassDef):
            yield from ((f"{one.name}.{name}", method) for name, method in _functions(one))


def _events_imported(module: ast.Module) -> set[str]:
    """The contract's classes that a module knows by name, and the contracts whose attributes they are."""
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("angarium.contracts"):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def _made(functions: Mapping[str, Function], known: set[str]) -> Iterator[tuple[str, str]]:
    """(class, function) for each class of `known` that is called in a function, or in what it calls."""
    for name, function in functions.items():
        events = {event for call in _calls(function) for event in _classes(call.func, known)}
        for event in events:
            for public in _public(name, functions):
                yield event, public


def _calls(function: Function) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function) if isinstance(node, ast.Call))


def _classes(called: ast.expr, known: set[str]) -> set[str]:
    """`Created(…)`, `contract.Created(…)`, `(Soon if … else Due)(…)`."""
    match called:
        case ast.Name(id=name) if name in known:
            return {name}
        case ast.Attribute(value=ast.Name(id=contract), attr=name) if contract in known:
            return {name}
        case ast.IfExp(body=one, orelse=other):
            return _classes(one, known) | _classes(other, known)
    return set()


def _public(name: str, functions: Mapping[str, Function], seen: frozenset[str] = frozenset()) -> set[str]:
    """The function itself, or the public ones of its module on whose behalf it runs."""
    if not name.startswith("_"):
        return {name}
    callers = [
        other
        for other, function in functions.items()
        if other not in seen | {name}
        and any(isinstance(call.func, ast.Name) and call.func.id == name for call in _calls(function))
    ]
    return {found for caller in callers for found in _public(caller, functions, seen | {name})} or {name}
