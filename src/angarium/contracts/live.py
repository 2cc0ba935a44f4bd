"""What the live part has to be told."""

from __future__ import annotations

from uuid import UUID

from .event import Event


class RightsChanged(Event, frozen=True, kw_only=True):
    """What a person, or everybody, may read is another thing now, though no account, role or token changed."""

    type = "live.rights_changed.v1"
    person_id: UUID | None = None

    @property
    def subject(self) -> str:
        return "live.rights"
