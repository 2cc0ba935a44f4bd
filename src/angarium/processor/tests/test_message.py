"""A message is one list of ids; whatever else it is, ids that stand in it are found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from angarium.processor.message import MOST_FOUND, Malformed, ids_in, ids_of

ID, OTHER = UUID(int=7), UUID(int=8)


def test_a_message_is_one_list_of_ids() -> None:
    assert ids_of(([str(ID), str(OTHER)],), {}) == [ID, OTHER]
    assert ids_of(([],), {}) == []


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((str(ID),), {}), (([str(ID), 5],), {}), (([str(ID)], 1), {}), (([str(ID), "no id"],), {}),
        ((), {"task_id": str(ID)}), (([[str(ID)]],), {}), (({"task_id": str(ID), "processing_time": None},), {}),
    ],
)  # fmt: skip
def test_op_07_of_anything_else_the_ids_are_found(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        ids_of(args, kwargs)
    assert refused.value.ids == [ID]


@pytest.mark.parametrize("args", [(), (5,), ("no id",), ([None],), ([1.5],), ([["x"]],)])
def test_op_07_where_none_are_there_are_none(args: tuple[Any, ...]) -> None:
    with pytest.raises(Malformed) as refused:
        ids_of(args, {})
    assert refused.value.ids == []


def test_no_more_are_looked_for_than_a_hundred() -> None:
    assert len(ids_in(" ".join(str(UUID(int=number)) for number in range(500)))) == MOST_FOUND
    assert ids_in(f"{ID} {ID} {str(ID)[:-1]} a{ID}") == [ID]
