"""The pure rules: which moves there are, what keeps a message, how a breaker opens and closes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from angarium.engine.delivery.circuit import LONGEST_PAUSE, THRESHOLD, Circuit, after_failure, pause
from angarium.engine.delivery.hold import End, Wait, held, zone_of
from angarium.engine.delivery.models import Delivery
from angarium.engine.delivery.quiet import NEVER_QUIET, QuietHours
from angarium.engine.delivery.states import LIFECYCLE, OPEN, WAITING, State

NIGHT = QuietHours.parse("22:00-08:00")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 1, 23, tzinfo=UTC)
MORNING = datetime(2026, 7, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_table_of_moves_knows_every_state() -> None:
    assert set(LIFECYCLE.states) == set(State.values)
    assert {"delivered", "expired", "suppressed", "cancelled"} == LIFECYCLE.terminal
    assert WAITING < OPEN < set(State.values)


@pytest.mark.parametrize("state", ["sent", "delivered", "expired", "suppressed", "cancelled"])
def test_what_has_ended_is_never_sent_again(state: str) -> None:
    assert not {"queued", "deferred", "sending"} & set(LIFECYCLE.moves[state])


@pytest.mark.parametrize("state", sorted(WAITING))
def test_nothing_is_sent_that_no_worker_said_it_was_sending(state: str) -> None:
    assert not LIFECYCLE.allows(state, "sent")


def test_nothing_keeps_a_message_by_day() -> None:
    assert held(Delivery(), NOON, disturbs=True, quiet=NIGHT) is None


def test_quiet_hours_defer_until_they_end() -> None:
    hold = held(Delivery(timezone="UTC"), MIDNIGHT, disturbs=True, quiet=NIGHT)
    assert hold == Wait(MORNING, "Quiet hours, 22:00-08:00 in UTC.")


@pytest.mark.parametrize(
    ("row", "disturbs"),
    [
        (Delivery(urgent=True), True),
        (Delivery(quiet=str(NEVER_QUIET)), True),
        (Delivery(timezone="America/New_York"), True),
        (Delivery(), False),
    ],
    ids=["urgent", "told at any hour", "day where they are", "a channel that disturbs nobody"],
)
def test_quiet_hours_do_not_keep(row: Delivery, disturbs: bool) -> None:
    assert held(row, MIDNIGHT, disturbs=disturbs, quiet=NIGHT) is None


def test_a_window_of_ones_own_goes_before_the_instance_s() -> None:
    assert held(Delivery(quiet="11:00-13:00"), NOON, disturbs=True, quiet=NIGHT) == Wait(
        NOON + HOUR, "Quiet hours, 11:00-13:00 in UTC."
    )


def test_what_is_worth_nothing_by_the_end_of_the_window_expires_with_the_reason() -> None:
    hold = held(Delivery(not_after=MORNING), MIDNIGHT, disturbs=True, quiet=NIGHT)
    assert hold == End("expired", "Quiet hours, 22:00-08:00 in UTC. After that it would be of no use.")


def test_what_came_too_late_expires() -> None:
    hold = held(Delivery(not_after=NOON), NOON, disturbs=False, quiet=None)
    assert hold == End("expired", "It was of use until 2026-07-01 12:00 UTC only.")


def test_what_was_asked_for_later_waits() -> None:
    row = Delivery(not_before=NOON + HOUR)
    assert held(row, NOON, disturbs=False, quiet=None) == Wait(NOON + HOUR, "It was asked for a later time.")
    assert held(row, NOON + HOUR, disturbs=False, quiet=None) is None


def test_a_suppressed_address_ends_it_where_somebody_would_be_disturbed() -> None:
    hold = held(Delivery(urgent=True), NOON, disturbs=True, quiet=None, suppressed="550 no such mailbox")
    assert hold == End("suppressed", "The address is not written to: 550 no such mailbox")
    assert held(Delivery(), NOON, disturbs=False, quiet=None, suppressed="550") is None


def test_a_zone_that_is_none_counts_as_the_instance_s() -> None:
    assert str(zone_of("Europe/Moscow")) == "Europe/Moscow"
    assert {str(zone_of(name)) for name in ("Mars/Olympus", "", "../../etc/passwd")} == {"UTC"}


def failing(times: int, circuit: Circuit | None = None, **how: bool) -> Circuit:
    circuit = circuit or Circuit()
    for _ in range(times):
        circuit = after_failure(circuit, NOON, "refused", **how)
    return circuit


def test_a_breaker_opens_after_failures_in_a_row() -> None:
    assert not failing(THRESHOLD - 1).is_open(NOON)
    opened = failing(THRESHOLD)
    assert opened.is_open(NOON)
    assert (opened.open_until, opened.because) == (NOON + pause(1), "refused")


def test_a_breaker_opens_at_once_for_what_waiting_does_not_mend() -> None:
    assert failing(1, at_once=True).is_open(NOON)


def test_a_probe_that_fails_opens_it_for_twice_as_long() -> None:
    opened = failing(THRESHOLD)
    later = opened.open_until
    assert later is not None
    assert opened.is_half_open(later)
    again = after_failure(opened, later, "refused", probe=True)
    assert again.open_until == later + 2 * pause(1)


def test_who_was_on_the_way_when_it_opened_does_not_prolong_it() -> None:
    opened = failing(THRESHOLD)
    assert failing(3, opened) == Circuit(THRESHOLD + 3, 1, opened.open_until, "refused")


def test_pauses_grow_up_to_a_bound() -> None:
    pauses = [pause(n) for n in range(1, 40)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=15), LONGEST_PAUSE)
