"""Why did she not get it: the story of a message, from its rows and over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from angarium.engine.identity.testing import client_with_token
from angarium.kernel.clock import now
from angarium.modules.mailings import actions
from angarium.modules.mailings.models import Attempt, Client, Mailer, Message
from angarium.modules.mailings.planning import plan
from angarium.modules.mailings.timeline import Facts, Told, Try, steps_of

from .deeds import STAFF

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
API = "/api/mailings/"


def later(minutes: int) -> datetime:
    return NOON + minutes * MINUTE


def facts(**said: Any) -> Facts:
    return Facts(**{"state": "queued", "reason": "", "created_at": NOON, "finish": later(60), **said})


def told(**said: Any) -> list[tuple[str, datetime | None]]:
    return [(step.what, step.at) for step in steps_of(facts(**said))]


PLANNED = ("planned", NOON)
LOST = Try(1, later(2), "lost")
FAILED = Try(2, later(5), "server_error", "500 oops", 0.2)


@pytest.mark.parametrize(
    ("said", "story"),
    [
        ({"due_at": NOON}, [PLANNED, ("waits", None)]),
        (
            {"state": "sent", "sent_at": later(6), "tries": (LOST, FAILED), "attempts": 3},
            [PLANNED, ("lost", later(2)), ("tried", later(5)), ("sent", later(6))],
        ),
        (
            {"state": "deferred", "reason": "window", "due_at": later(30), "deferred_until": later(30)},
            [PLANNED, ("waits", None)],
        ),
        (
            {"state": "queued", "reason": "busy", "due_at": later(31), "deferred_until": later(30)},
            [PLANNED, ("deferred", NOON), ("waits", None)],
        ),
        ({"state": "suppressed", "reason": "opted_out"}, [PLANNED, ("suppressed", None)]),
        (
            {"state": "suppressed", "reason": "opted_out", "opted_out_at": later(3)},
            [PLANNED, ("opted_out", later(3)), ("suppressed", later(3))],
        ),
        (
            {"state": "cancelled", "reason": "client_deleted", "client_deleted_at": later(3)},
            [PLANNED, ("client_deleted", later(3)), ("cancelled", later(3))],
        ),
        ({"state": "cancelled", "reason": "filter"}, [PLANNED, ("cancelled", None)]),
        ({"state": "expired", "reason": "no_window"}, [PLANNED, ("expired", NOON)]),
        ({"state": "expired", "reason": "finish"}, [PLANNED, ("expired", later(60))]),
        (
            {"state": "expired", "reason": "timeout", "tries": (Try(1, later(9), "timeout"),)},
            [PLANNED, ("tried", later(9)), ("expired", later(60))],
        ),
        (
            {"state": "failed", "reason": "refused", "tries": (Try(1, later(9), "refused", "400"),)},
            [PLANNED, ("tried", later(9)), ("failed", later(9))],
        ),
        (
            {
                "state": "cancelled",
                "reason": "mailer_cancelled",
                "events": (
                    Told("mailings.mailer_created.v1", later(-5)),
                    Told("mailings.mailer_paused.v1", later(1)),
                    Told("mailings.mailer_resumed.v1", later(2)),
                    Told("mailings.mailer_updated.v1", later(3), changed=("content",)),
                    Told("mailings.mailer_cancelled.v1", later(4)),
                ),
            },
            [
                *(PLANNED, ("paused", later(1)), ("resumed", later(2)), ("edited", later(3))),
                *(("mailing_cancelled", later(4)), ("cancelled", later(4))),
            ],
        ),
        (
            {
                "state": "sent",
                "sent_at": later(1),
                "opted_out_at": later(5),
                "events": (Told("mailings.mailer_finished.v1", later(2)),),
            },
            [PLANNED, ("sent", later(1))],
        ),
        ({"state": "sending", "due_at": later(1)}, [PLANNED, ("sending", None)]),
        ({"state": "a state of tomorrow"}, [PLANNED, ("a state of tomorrow", None)]),
    ],
)
def test_mail_b11_timeline_of(said: dict[str, Any], story: list[tuple[str, datetime | None]]) -> None:
    assert told(**said) == story


def test_mail_b11_timeline_tells_the_answer_of_each_try_and_what_is_waited_for() -> None:
    steps = steps_of(facts(reason="server_error", tries=(FAILED,), due_at=later(9), attempts=2, answer="500 oops"))
    assert (steps[1].reason, steps[1].attempt, steps[1].answer, steps[1].seconds) == (
        "server_error",
        2,
        "500 oops",
        0.2,
    )
    assert (steps[-1].what, steps[-1].until, steps[-1].reason) == ("waits", later(9), "server_error")


@pytest.mark.parametrize(
    ("events", "detail"),
    [
        ((), ("tag=now", "operator_code=900")),
        ((Told("mailings.mailer_created.v1", later(-9), "then", ""),), ("tag=then",)),
        (
            (
                Told("mailings.mailer_created.v1", later(-9), "then", ""),
                Told("mailings.mailer_updated.v1", later(-1), "", "901"),
                Told("mailings.mailer_updated.v1", later(1), "after", ""),
            ),
            ("operator_code=901",),
        ),
        ((Told("mailings.mailer_created.v1", later(-9)),), ()),
    ],
)
def test_mail_b11_timeline_tells_the_filter_as_it_was_when_the_message_was_planned(
    events: tuple[Told, ...], detail: tuple[str, ...]
) -> None:
    assert steps_of(facts(tag="now", operator_code="900", events=events))[0].detail == detail


@pytest.fixture
def mailer(db: None) -> Mailer:
    moment = now()
    span = {"start": moment - MINUTE, "finish": moment + 60 * MINUTE}
    return actions.add_mailer(by=STAFF, content="Скидка", tag="vip", **span)  # type: ignore[arg-type]


@pytest.fixture
def message(mailer: Mailer) -> Message:
    Client.objects.create(phone="79001234567", operator_code="900", tag="vip")
    plan(mailer)
    return Message.objects.get()


def test_mail_b11_timeline_over_http_tells_why_she_did_not_get_it(mailer: Mailer, message: Message) -> None:
    Attempt.objects.create(message=message, number=1, reason="timeout", seconds=10.0)
    actions.opt_out(message.client_id, by=STAFF)
    answer = client_with_token("mailings:read").get(f"{API}message/{message.pk}/timeline/").json()
    assert (answer["phone"], answer["timezone"], answer["message"]["id"]) == ("7900***4567", "UTC", message.pk)
    assert [step["what"] for step in answer["steps"]] == ["planned", "tried", "opted_out", "suppressed"]
    assert answer["steps"][0]["detail"] == ["tag=vip"]
    assert (answer["steps"][-1]["reason"], answer["message"]["status"]) == ("opted_out", "suppressed")
    assert "79001234567" not in str(answer)


def test_mail_b11_timeline_over_http_has_all_messages_of_a_client_also_when_she_is_deleted(message: Message) -> None:
    api, path = client_with_token("*"), f"{API}client/{message.client_id}/messages/"
    assert [one["id"] for one in api.get(path).json()] == [message.pk]
    actions.delete_client(message.client_id, by=STAFF)
    assert [(one["id"], one["reason"]) for one in api.get(path).json()] == [(message.pk, "client_deleted")]
    assert api.get(f"{API}client/{message.client_id + 1}/messages/").status_code == 404


def test_mail_b11_timeline_is_nothing_for_strangers(message: Message) -> None:
    stranger = client_with_token("lessons:read")
    for path in (f"message/{message.pk}/timeline/", f"client/{message.client_id}/messages/"):
        assert stranger.get(f"{API}{path}").status_code == 403
    assert client_with_token("*").get(f"{API}message/{message.pk + 1}/timeline/").status_code == 404
