"""What the mailings module tells the world."""

from __future__ import annotations

from datetime import datetime

from .event import Event


class MailerEvent(Event, frozen=True, kw_only=True):
    """What every event of a mailing carries: what it says, to whom, when, and the state that it then had.

    `tag` and `operator_code` are empty where the mailing does not ask for them; `window` is `09:00-18:00` in each
    client's own zone or empty, `weekdays` the days of the week on which it opens, Monday 1 to Sunday 7.
    """

    mailer_id: int
    start: datetime
    finish: datetime
    content: str
    tag: str
    operator_code: str
    window: str
    weekdays: tuple[int, ...]
    state: str

    @property
    def subject(self) -> str:
        return f"mailings.mailer:{self.mailer_id}"


class MailerCreated(MailerEvent, frozen=True, kw_only=True):
    """A mailing was entered."""

    type = "mailings.mailer_created.v1"


class MailerUpdated(MailerEvent, frozen=True, kw_only=True):
    """What a mailing says, to whom or when was changed; `changed` names the fields."""

    type = "mailings.mailer_updated.v1"
    changed: tuple[str, ...]


class MailerStarted(MailerEvent, frozen=True, kw_only=True):
    """The mailing's time has come: its messages go out."""

    type = "mailings.mailer_started.v1"


class MailerPaused(MailerEvent, frozen=True, kw_only=True):
    """Nothing of the mailing goes out until it is resumed."""

    type = "mailings.mailer_paused.v1"


class MailerResumed(MailerEvent, frozen=True, kw_only=True):
    """A paused mailing goes on."""

    type = "mailings.mailer_resumed.v1"


class MailerFinished(MailerEvent, frozen=True, kw_only=True):
    """Every message of the mailing has ended."""

    type = "mailings.mailer_finished.v1"


class MailerReopened(MailerEvent, frozen=True, kw_only=True):
    """A mailing that had finished goes on: what failed is tried again, or there is more time."""

    type = "mailings.mailer_reopened.v1"


class MailerCancelled(MailerEvent, frozen=True, kw_only=True):
    """Nothing more of the mailing will go out."""

    type = "mailings.mailer_cancelled.v1"


class MailerDeleted(MailerEvent, frozen=True, kw_only=True):
    """The mailing is gone; what it sent stays in the history."""

    type = "mailings.mailer_deleted.v1"
