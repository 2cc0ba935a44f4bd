"""Both lifecycles as tables: each move, legal or not, and the events that each change of a mailing means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from angarium.contracts import mailings as contract
from angarium.contracts.event import dump, load
from angarium.kernel.transitions import IllegalMove
from angarium.modules.mailings.lifecycle import (
    ALIVE,
    FIELDS,
    JUDGED,
    LIFECYCLE,
    MESSAGE_LIFECYCLE,
    OPEN,
    OVER,
    UNSENT,
    WAITING,
    MailerSnapshot,
    MessageState,
    State,
    events_of,
    window_text,
)

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
PLANNED = MailerSnapshot(
    id=5,
    start=NOON,
    finish=NOON + timedelta(hours=2),
    content="Скидка",
    tag="A",
    operator_code="900",
    window_start=time(9),
    window_end=time(18),
    weekdays=0b0011111,
    state="planned",
)
FACTS: dict[str, Any] = {
    "mailer_id": 5,
    "start": NOON,
    "finish": NOON + timedelta(hours=2),
    "content": "Скидка",
    "tag": "A",
    "operator_code": "900",
    "window": "09:00-18:00",
    "weekdays": (1, 2, 3, 4, 5),
    "state": "planned",
}
#: Which event a move means; back to `planned` is told by the new start.
MOVED = {
    ("planned", "sending"): contract.MailerStarted,
    ("planned", "paused"): contract.MailerPaused,
    ("planned", "finished"): contract.MailerFinished,
    ("planned", "cancelled"): contract.MailerCancelled,
    ("planned", "deleted"): contract.MailerDeleted,
    ("sending", "planned"): None,
    ("sending", "paused"): contract.MailerPaused,
    ("sending", "finished"): contract.MailerFinished,
    ("sending", "cancelled"): contract.MailerCancelled,
    ("sending", "deleted"): contract.MailerDeleted,
    ("paused", "planned"): contract.MailerResumed,
    ("paused", "sending"): contract.MailerResumed,
    ("paused", "finished"): contract.MailerFinished,
    ("paused", "cancelled"): contract.MailerCancelled,
    ("paused", "deleted"): contract.MailerDeleted,
    ("finished", "planned"): contract.MailerReopened,
    ("finished", "sending"): contract.MailerReopened,
    ("finished", "deleted"): contract.MailerDeleted,
    ("cancelled", "deleted"): contract.MailerDeleted,
}


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("after", State.values)
def test_each_move_of_a_mailing_means_its_event_or_is_refused(before: str, after: str) -> None:
    old, new = replace(PLANNED, state=before), replace(PLANNED, state=after)
    if before == after:
        assert list(events_of(old, new)) == []
    elif (before, after) in MOVED:
        made = MOVED[before, after]
        assert list(events_of(old, new)) == ([made(**FACTS | {"state": after})] if made else [])
    else:
        with pytest.raises(IllegalMove) as refusal:
            events_of(old, new)
        assert refusal.value.details["allowed"] == list(LIFECYCLE.moves[before])


def test_every_state_of_a_mailing_is_in_the_table_and_what_is_deleted_stays_so() -> None:
    assert set(LIFECYCLE.states) == set(State.values)
    assert LIFECYCLE.terminal == {"deleted"}
    assert set(LIFECYCLE.moves["cancelled"]) == {"deleted"}
    assert {"planned", "sending"} == ALIVE
    assert {"cancelled", "deleted"} == OVER


@pytest.mark.parametrize("state", State.values)
def test_a_mailing_is_made_as_planned_or_not_at_all(state: str) -> None:
    if state == State.PLANNED:
        assert list(events_of(None, PLANNED)) == [contract.MailerCreated(**FACTS)]
        return
    with pytest.raises(IllegalMove) as refusal:
        events_of(None, replace(PLANNED, state=state))
    assert refusal.value.details == {"current": None, "requested": state, "allowed": ["planned"]}


@pytest.mark.parametrize("state", State.values)
def test_a_row_that_is_gone_was_a_mailing_that_is_deleted(state: str) -> None:
    told = list(events_of(replace(PLANNED, state=state), None))
    assert told == ([] if state == State.DELETED else [contract.MailerDeleted(**FACTS | {"state": state})])


@pytest.mark.parametrize(
    ("field", "value", "fact"),
    [
        ("content", "Иначе", {"content": "Иначе"}),
        ("start", NOON + timedelta(hours=1), {"start": NOON + timedelta(hours=1)}),
        ("finish", NOON + timedelta(hours=3), {"finish": NOON + timedelta(hours=3)}),
        ("tag", "", {"tag": ""}),
        ("operator_code", "901", {"operator_code": "901"}),
        ("window_start", time(10), {"window": "10:00-18:00"}),
        ("window_end", time(6), {"window": "09:00-06:00"}),
        ("weekdays", 0b1000001, {"weekdays": (1, 7)}),
    ],
)
def test_mail_19_each_field_that_is_edited_is_named(field: str, value: Any, fact: dict[str, Any]) -> None:
    assert list(events_of(PLANNED, replace(PLANNED, **{field: value}))) == [
        contract.MailerUpdated(**FACTS | fact, changed=(field,))
    ]


def test_every_column_but_the_number_and_the_state_can_be_edited() -> None:
    assert set(FIELDS) == set(MailerSnapshot.__dataclass_fields__) - {"id", "state"}


def test_mail_19_what_changes_nothing_means_nothing() -> None:
    assert list(events_of(PLANNED, replace(PLANNED))) == []
    assert list(events_of(None, None)) == []


def test_an_edit_and_a_move_at_once_are_told_in_that_order() -> None:
    after = replace(PLANNED, state="paused", tag="", window_start=None, window_end=None)
    facts = FACTS | {"state": "paused", "tag": "", "window": ""}
    assert list(events_of(PLANNED, after)) == [
        contract.MailerUpdated(**facts, changed=("tag", "window_end", "window_start")),
        contract.MailerPaused(**facts),
    ]


@pytest.mark.parametrize("type", [one for one in MOVED.values() if one] + [contract.MailerCreated])
def test_an_event_survives_the_log(type: type[contract.MailerEvent]) -> None:
    event = type(**FACTS)
    assert event.subject == "mailings.mailer:5"
    assert load(type.type, dump(event)) == event


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [(time(9), time(18, 30), "09:00-18:30"), (time(22), time(0), "22:00-00:00"), (None, None, "")],
)
def test_a_window_is_told_as_a_text(start: time | None, end: time | None, text: str) -> None:
    assert window_text(start, end) == text


#: From where to where a message may go, in a table of its own.
MESSAGE_MOVES = {
    "queued": "queued deferred sending expired suppressed cancelled",
    "deferred": "queued deferred sending expired suppressed cancelled",
    "sending": "queued deferred sending sent failed expired suppressed cancelled",
    "sent": "",
    "failed": "queued",
    "expired": "queued deferred suppressed cancelled",
    "suppressed": "queued deferred expired cancelled",
    "cancelled": "queued deferred expired suppressed",
}


@pytest.mark.parametrize("before", MessageState.values)
def test_mail_b02_each_move_of_a_message_is_legal_or_refused(before: str) -> None:
    legal = set(MESSAGE_MOVES[before].split())
    assert {after for after in MessageState.values if MESSAGE_LIFECYCLE.allows(before, after)} == legal


def test_mail_b02_what_was_sent_stays_sent_and_only_what_is_on_its_way_becomes_so() -> None:
    assert MESSAGE_LIFECYCLE.terminal == {"sent"}
    assert [one for one in MessageState.values if MESSAGE_LIFECYCLE.allows(one, "sent")] == ["sending"]
    assert [one for one in MessageState.values if MESSAGE_LIFECYCLE.allows(one, "failed")] == ["sending"]


def test_mail_b02_every_state_of_a_message_is_open_or_unsent_or_sent() -> None:
    assert sorted([*OPEN, *UNSENT, "sent"]) == sorted(MessageState.values)
    assert {"queued", "deferred"} == WAITING
    assert set(MessageState.values) - {"sending", "sent", "failed"} == JUDGED
