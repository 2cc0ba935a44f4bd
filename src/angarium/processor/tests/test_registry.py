"""A kind has one handler."""

from __future__ import annotations

import pytest

from angarium.processor import Job, handles
from angarium.processor.registry import UnknownKind, handler_of, handlers


def test_a_function_handles_a_kind() -> None:
    @handles("resize_image", lease_seconds=60)
    def resize(job: Job) -> None: ...

    found = handler_of("resize_image")
    assert (found.function, found.lease_seconds) == (resize, 60)
    assert "resize_image" in handlers()


def test_two_functions_cannot_handle_one_kind_and_a_module_may_be_loaded_again() -> None:
    @handles("resize_image")
    def resize(job: Job) -> None: ...

    @handles("shrink_image")
    def shrink(job: Job) -> None: ...

    handles("resize_image")(resize)
    with pytest.raises(ValueError, match="Two functions handle resize_image"):
        handles("resize_image")(shrink)


def test_a_kind_that_nobody_handles_is_said_so() -> None:
    with pytest.raises(UnknownKind):
        handler_of("resize_image")
