"""What happened to people and tokens, and by whom: the log's actor says that."""

from __future__ import annotations

from uuid import UUID

from .event import Event


class PersonEvent(Event, frozen=True, kw_only=True):
    """What every event about a person carries."""

    person_id: UUID

    @property
    def subject(self) -> str:
        return f"identity.person:{self.person_id}"


class PersonInvited(PersonEvent, frozen=True, kw_only=True):
    """Somebody was invited, or invited again."""

    type = "identity.person_invited.v1"
    email: str
    role: str


class InvitationWithdrawn(PersonEvent, frozen=True, kw_only=True):
    """An invitation that nobody had accepted was withdrawn."""

    type = "identity.invitation_withdrawn.v1"


class PersonJoined(PersonEvent, frozen=True, kw_only=True):
    """Somebody accepted the invitation, or set this installation up as its first administrator."""

    type = "identity.person_joined.v1"
    username: str
    role: str


class PersonDeactivated(PersonEvent, frozen=True, kw_only=True):
    """A person may not sign in any more; sessions and tokens ended with it."""

    type = "identity.person_deactivated.v1"


class PersonReactivated(PersonEvent, frozen=True, kw_only=True):
    """A person may sign in again."""

    type = "identity.person_reactivated.v1"


class PersonSignedOut(PersonEvent, frozen=True, kw_only=True):
    """A person ended a session in a browser."""

    type = "identity.person_signed_out.v1"


class AccountEdited(PersonEvent, frozen=True, kw_only=True):
    """An account was edited as a row, in the administration: its role, its password or whether it is active."""

    type = "identity.account_edited.v1"


class RoleChanged(PersonEvent, frozen=True, kw_only=True):
    """A person was given another role."""

    type = "identity.role_changed.v1"
    before: str
    after: str


class PasswordResetRequested(PersonEvent, frozen=True, kw_only=True):
    """Somebody asked for a letter with which this person can choose a new password."""

    type = "identity.password_reset_requested.v1"


class PasswordChanged(PersonEvent, frozen=True, kw_only=True):
    """A person has a new password; every other session ended. `by_letter` tells a reset from a change."""

    type = "identity.password_changed.v1"
    by_letter: bool


class TokenEvent(Event, frozen=True, kw_only=True):
    """What every event about a token carries; a person's token belongs to the story of the person."""

    token_id: UUID
    name: str
    person_id: UUID | None = None

    @property
    def subject(self) -> str:
        return f"identity.person:{self.person_id}" if self.person_id else f"identity.token:{self.token_id}"


class TokenCreated(TokenEvent, frozen=True, kw_only=True):
    """A token was made."""

    type = "identity.token_created.v1"
    scopes: tuple[str, ...]


class TokenRevoked(TokenEvent, frozen=True, kw_only=True):
    """A token was ended before its time."""

    type = "identity.token_revoked.v1"


class TokenEdited(TokenEvent, frozen=True, kw_only=True):
    """A token was edited as a row, in the administration: its scopes, or until when it is good."""

    type = "identity.token_edited.v1"
