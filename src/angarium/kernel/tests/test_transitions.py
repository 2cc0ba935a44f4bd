"""Lifecycles: what moves, what is refused with which words, and the diagram."""

from __future__ import annotations

import pytest

from angarium.kernel.errors import Conflict
from angarium.kernel.transitions import IllegalMove, Lifecycle

DOOR = Lifecycle("door", {"open": ["shut"], "shut": ["open", "bricked"], "bricked": []}, initial=["open", "shut"])


@pytest.mark.parametrize("before", DOOR.states)
@pytest.mark.parametrize("after", DOOR.states)
def test_the_table_is_the_rule(before: str, after: str) -> None:
    legal = (before, after) in {("open", "shut"), ("shut", "open"), ("shut", "bricked")}
    assert DOOR.allows(before, after) is legal
    if legal:
        DOOR.check(before, after)
    else:
        with pytest.raises(IllegalMove):
            DOOR.check(before, after)


def test_states_keep_the_order_of_the_table_and_the_terminal_ones_have_no_moves() -> None:
    assert DOOR.states == ("open", "shut", "bricked")
    assert DOOR.terminal == {"bricked"}
    assert DOOR.initial == ("open", "shut")


def test_a_refusal_names_what_would_be_allowed() -> None:
    with pytest.raises(IllegalMove) as refusal:
        DOOR.check("shut", "shut")
    assert refusal.value.message == "A door cannot go from shut to shut; from shut it may go to: open, bricked."
    assert refusal.value.details == {"current": "shut", "requested": "shut", "allowed": ["open", "bricked"]}
    assert refusal.value.code == "illegal_move"
    assert isinstance(refusal.value, Conflict)


def test_from_a_final_state_nothing_is_allowed() -> None:
    with pytest.raises(IllegalMove, match="from bricked it may go to: nothing, it is final"):
        DOOR.check("bricked", "open")


def test_an_unknown_state_allows_nothing() -> None:
    assert not DOOR.allows("ajar", "open")
    with pytest.raises(IllegalMove):
        DOOR.check("ajar", "open")


@pytest.mark.parametrize(("moves", "initial"), [({"a": ["b"]}, ["a"]), ({"a": []}, ["b"])])
def test_a_table_that_leads_nowhere_is_refused(moves: dict[str, list[str]], initial: list[str]) -> None:
    with pytest.raises(ValueError, match=r"door: moves lead to states the table lacks: \['b'\]"):
        Lifecycle("door", moves, initial=initial)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        DOOR.moves["open"] = ()  # type: ignore[index]


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert DOOR.mermaid() == (
        "stateDiagram-v2\n"
        "    [*] --> open\n"
        "    [*] --> shut\n"
        "    open --> shut\n"
        "    shut --> open\n"
        "    shut --> bricked\n"
        "    bricked --> [*]\n"
    )
