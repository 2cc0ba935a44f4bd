"""Lifecycles as tables: which states there are, which moves are legal, and the diagram of both.

A lifecycle is written once, as a mapping from a state to the states it may move to. Everything else (the refusal
with the list of what would be allowed, the Mermaid diagram in the docs, the choices of a form) is read from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from .errors import Conflict


class IllegalMove(Conflict):
    """This move is not in the lifecycle's table."""

    code = "illegal_move"


class Lifecycle:
    """A finite table of states and moves.

    `moves` maps each state to the states that may follow it; a state with none is terminal. `initial` are the
    states in which a thing may be made. Raises ValueError when a move leads to a state that the table lacks.
    """

    def __init__(self, name: str, moves: Mapping[str, Iterable[str]], *, initial: Iterable[str]) -> None:
        self.name = name
        self.moves: Mapping[str, tuple[str, ...]] = MappingProxyType({s: tuple(t) for s, t in moves.items()})
        self.initial = tuple(initial)
        unknown = {t for targets in self.moves.values() for t in targets} | set(self.initial)
        if lacking := unknown - set(self.moves):
            raise ValueError(f"{name}: moves lead to states the table lacks: {sorted(lacking)}")

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.moves)

    @property
    def terminal(self) -> frozenset[str]:
        return frozenset(state for state, targets in self.moves.items() if not targets)

    def allows(self, before: str, after: str) -> bool:
        return after in self.moves.get(before, ())

    def check(self, before: str, after: str) -> None:
        """Refuse an illegal move, naming the legal ones. Staying where one is counts as a move."""
        if not self.allows(before, after):
            allowed = list(self.moves.get(before, ()))
            legal = ", ".join(allowed) or "nothing, it is final"
            raise IllegalMove(
                f"A {self.name} cannot go from {before} to {after}; from {before} it may go to: {legal}.",
                current=before,
                requested=after,
                allowed=allowed,
            )

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram, states in the order of the table."""
        lines = ["stateDiagram-v2"]
        lines += [f"    [*] --> {state}" for state in self.initial]
        lines += [f"    {before} --> {after}" for before, targets in self.moves.items() for after in targets]
        lines += [f"    {state} --> [*]" for state in self.moves if state in self.terminal]
        return "\n".join(lines) + "\n"
