"""What happens in this work: a parcel is placed into a box and kept there; something is tried with it."""

from __future__ import annotations

from angarium.contracts.event import Event


class _Parcel(Event, frozen=True, kw_only=True):
    """`write` names what was asked, so that the history can tell which events came of it."""

    box: str
    write: str

    @property
    def subject(self) -> str:
        return f"work.box:{self.box}"


class Placed(_Parcel, frozen=True, kw_only=True):
    """A parcel was placed."""

    type = "work.placed.v1"


class Tried(_Parcel, frozen=True, kw_only=True):
    """Something was tried that fails at first, and something that always fails."""

    type = "work.tried.v1"


class Kept(_Parcel, frozen=True, kw_only=True):
    """A reaction kept the parcel, and said so in the transaction of its effect."""

    type = "work.kept.v1"
