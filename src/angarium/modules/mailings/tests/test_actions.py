"""The verbs: who may do what, what is refused and in which words, and that a refusal writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from angarium.engine.events.public import Event
from angarium.engine.events.testing import together
from angarium.engine.identity.public import NOBODY, SYSTEM, Principal
from angarium.engine.ledger.public import Operation
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError, Invalid, Missing, Stale
from angarium.kernel.transitions import IllegalMove
from angarium.modules.mailings import actions
from angarium.modules.mailings.errors import (
    BadSpan,
    BadWindow,
    NoClient,
    NoMailer,
    NothingFailed,
    NotYours,
    PhoneTaken,
    TooLate,
)
from angarium.modules.mailings.models import Client, Mailer, Message, Plan
from angarium.modules.mailings.planning import plan
from angarium.modules.mailings.queries import clients_seen_by, mailers_counted, mailers_seen_by, messages_seen_by

from .conftest import HOUR, Told, people, values
from .plans import assert_counted, sendings, states

ALL = frozenset({"*"})
STAFF = Principal("person", uuid4(), "Staff", "staff", ALL)
OPEN = Principal("person", uuid4(), "user", "member", ALL, is_open=True)
WRITER = Principal("service", uuid4(), "crm", "staff", frozenset({"mailings:write"}))
READER = Principal("service", uuid4(), "report", "staff", frozenset({"mailings:read"}))
STRANGER = Principal("service", uuid4(), "other", "staff", frozenset({"lessons:write"}))
MEMBER = Principal("person", uuid4(), "Member", "member", ALL)
Verb = Callable[..., Any]
ON_MAILERS: dict[str, Verb] = {
    "edit": lambda id, by: actions.edit_mailer(id, by=by, content="Иначе"),
    "pause": actions.pause_mailer,
    "resume": actions.resume_mailer,
    "cancel": actions.cancel_mailer,
    "delete": actions.delete_mailer,
    "retry": actions.retry_failed,
}
ON_CLIENTS: dict[str, Verb] = {
    "edit": lambda id, by: actions.edit_client(id, by=by, tag="Б"),
    "delete": actions.delete_client,
    "opt out": actions.opt_out,
    "opt in": actions.opt_in,
}


@pytest.fixture
def client(db: None) -> Client:
    return people(("A", "900"))[0]


@pytest.fixture
def queued(mailer: Mailer, client: Client) -> Message:
    """A message that is planned for this client."""
    plan(mailer)
    return Message.objects.get(client=client)


def rows() -> list[Any]:
    """Everything that a verb could have written."""
    kinds = (Client, Mailer, Message, Plan, Event, Operation)
    return [list(kind._default_manager.order_by("pk").values()) for kind in kinds]


def in_state(mailer: Mailer, state: str) -> Mailer:
    if state != mailer.state:
        Mailer.objects.filter(pk=mailer.pk).update(state=state)
    mailer.refresh_from_db()
    Event.objects.all().delete()
    return mailer


@pytest.mark.parametrize("by", [STAFF, SYSTEM, WRITER, OPEN])
def test_who_may_write_does_all_of_it(told: Told, client: Client, by: Principal) -> None:
    mailer = actions.add_mailer(by=by, **values(tag=" A ", start=now() + HOUR / 2))
    assert (mailer.tag, mailer.state, mailer.version) == ("A", "planned", 1)
    for verb in ("edit", "pause", "resume", "cancel", "delete"):
        ON_MAILERS[verb](mailer.pk, by=by)
    assert told() == ["created", "updated", "paused", "resumed", "cancelled", "deleted"]
    for verb in ON_CLIENTS:
        ON_CLIENTS[verb](actions.add_client(by=by, phone="79007654321").pk, by=by)
        Client.objects.filter(phone="79007654321").delete()


@pytest.mark.parametrize("by", [READER, MEMBER, NOBODY, STRANGER])
def test_others_change_nothing(mailer: Mailer, queued: Message, by: Principal) -> None:
    before = rows()
    for add, given in ((actions.add_mailer, values()), (actions.add_client, {"phone": "79007654321"})):
        with pytest.raises(NotYours):
            add(by=by, **given)  # type: ignore[operator]
    for verbs, id in ((ON_MAILERS, mailer.pk), (ON_CLIENTS, queued.client.pk)):
        for verb in verbs.values():
            with pytest.raises(NotYours if by is READER else Missing):
                verb(id, by=by)
    assert rows() == before


def test_staff_reads_everything_and_members_nothing(mailer: Mailer, queued: Message) -> None:
    for seen in (mailers_seen_by, clients_seen_by, messages_seen_by, mailers_counted):
        for by in (STAFF, SYSTEM, WRITER, OPEN, READER):
            assert len(seen(by)) == 1  # type: ignore[operator]
        for by in (MEMBER, NOBODY, STRANGER):
            assert len(seen(by)) == 0  # type: ignore[operator]
    assert not mailers_counted(MEMBER, deleted=True).exists()


@pytest.mark.parametrize("verb", ON_MAILERS.values(), ids=ON_MAILERS.keys())
def test_an_unknown_or_deleted_mailing_is_not_found(mailer: Mailer, verb: Verb) -> None:
    in_state(mailer, "deleted")
    for id in (mailer.pk, 10**6):
        with pytest.raises(NoMailer):
            verb(id, by=STAFF)


@pytest.mark.parametrize("verb", ON_CLIENTS.values(), ids=ON_CLIENTS.keys())
def test_mail_04_an_unknown_or_deleted_client_is_not_found(client: Client, verb: Verb) -> None:
    actions.delete_client(client.pk, by=STAFF)
    for id in (client.pk, 10**6):
        with pytest.raises(NoClient):
            verb(id, by=STAFF)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        *[
            ({"phone": phone}, "phone")
            for phone in (
                *("89001234567", "+79001234567", "7900123456", "790012345678", "7900123456a", "", " 79001234567"),
                *("7٩001234567", "79001234567\n", "７9001234567", "79001234567\x00"),
            )
        ],
        ({"operator_code": "901"}, "operator_code"),
        ({"operator_code": "9"}, "operator_code"),
        ({"operator_code": "9٠0"}, "operator_code"),
        *[
            ({"timezone": zone}, "timezone")
            for zone in ("wrong_timezone", "Asia/Unknown", "UTC+3", "", "europe/moscow", "../../etc/passwd")
        ],
        ({"tag": "x" * 101}, "tag"),
    ],
)
def test_mail_01_02_03_a_client_that_does_not_fit_is_refused(db: None, wrong: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_client(by=STAFF, **{"phone": "79001234567", **wrong})
    assert refusal.value.field == field
    assert not Client.objects.exists()


def test_mail_01_a_client_is_entered_with_what_follows_from_the_phone(db: None) -> None:
    client = actions.add_client(by=STAFF, phone="79001234567", tag=" VIP ")
    client.refresh_from_db()
    assert (client.phone, client.operator_code, client.tag, client.timezone) == ("79001234567", "900", "VIP", "UTC")
    assert str(client) == "7900***4567"


def test_mail_01_a_phone_is_one_client_s(client: Client) -> None:
    with pytest.raises(PhoneTaken) as refusal:
        actions.add_client(by=STAFF, phone=client.phone)
    assert (refusal.value.field, isinstance(refusal.value, Invalid)) == ("phone", True)
    other = actions.add_client(by=STAFF, phone="79007654321")
    with pytest.raises(PhoneTaken):
        actions.edit_client(other.pk, by=STAFF, phone=client.phone)
    other.refresh_from_db()
    assert other.phone == "79007654321"


def test_mail_04_the_number_of_a_deleted_client_is_free(client: Client) -> None:
    actions.delete_client(client.pk, by=STAFF)
    again = actions.add_client(by=STAFF, phone=client.phone)
    assert again.pk != client.pk
    actions.delete_client(again.pk, by=STAFF)
    assert Client.objects.filter(phone=client.phone).count() == 2


@pytest.mark.django_db(transaction=True)
def test_mail_01_of_equal_clients_entered_at_once_one_is_entered() -> None:
    def enter() -> Client:
        return actions.add_client(by=STAFF, phone="79001234567")

    answers = together(*[enter] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["Client", *["PhoneTaken"] * 3]
    assert Client.objects.count() == 1


def test_mail_02_another_phone_brings_its_code_along(client: Client) -> None:
    assert actions.edit_client(client.pk, by=STAFF, phone="79991234567").operator_code == "999"
    with pytest.raises(Invalid):
        actions.edit_client(client.pk, by=STAFF, operator_code="900")
    with pytest.raises(Invalid):
        actions.edit_client(client.pk, by=STAFF, phone="79001234567", operator_code="999")
    client.refresh_from_db()
    assert (client.phone, client.operator_code) == ("79991234567", "999")


def test_mail_02_whoever_enters_a_client_its_code_is_that_of_its_phone(db: None) -> None:
    assert Client.objects.create(phone="79161234567").operator_code == "916"


def test_mail_04_an_edit_that_changes_nothing_writes_nothing(client: Client) -> None:
    before = client.updated_at
    actions.edit_client(client.pk, by=STAFF, tag="A", phone=client.phone)
    client.refresh_from_db()
    assert client.updated_at == before
    actions.edit_client(client.pk, by=STAFF, tag="B")
    client.refresh_from_db()
    assert client.updated_at > before


def test_mail_04_what_waits_for_a_deleted_client_is_cancelled_and_stays(mailer: Mailer, queued: Message) -> None:
    other = Mailer.objects.create(**values())
    plan(other)
    actions.delete_client(queued.client.pk, by=STAFF)
    for one in (mailer, other):
        assert states(one) == {queued.client.pk: "cancelled: client_deleted"}
    assert_counted()


def test_mail_b14_a_client_who_opts_out_gets_nothing_that_waits_and_may_come_back(
    mailer: Mailer, queued: Message
) -> None:
    client = actions.opt_out(queued.client.pk, by=STAFF)
    since = client.opted_out_at
    assert states(mailer) == {client.pk: "suppressed: opted_out"}
    assert actions.opt_out(client.pk, by=STAFF).opted_out_at == since
    assert actions.opt_in(client.pk, by=STAFF).opted_out_at is None
    assert actions.opt_in(client.pk, by=STAFF).opted_out_at is None
    assert states(mailer) == {client.pk: "suppressed: opted_out"}
    assert_counted()


def test_mail_17_what_waits_for_a_window_is_looked_at_when_the_client_moves(mailer: Mailer, queued: Message) -> None:
    in_state(mailer, "sending")
    tomorrow = now() + 24 * HOUR
    Message.objects.update(state="deferred", reason="window", due_at=tomorrow)
    actions.edit_client(queued.client.pk, by=STAFF, tag="B")
    assert Message.objects.get().due_at == tomorrow
    assert sendings() == []
    actions.edit_client(queued.client.pk, by=STAFF, timezone="Asia/Tokyo")
    due = Message.objects.get().due_at
    assert due is not None
    assert due <= now()
    assert [state for state, _ in sendings()] == ["queued"]


MOMENT = now()
BAD_MAILERS: list[tuple[dict[str, Any], type[AngariumError], str]] = [
    ({"finish": MOMENT - 2 * HOUR}, BadSpan, "finish"),
    ({"start": MOMENT, "finish": MOMENT}, BadSpan, "finish"),
    ({"start": MOMENT - 3 * HOUR, "finish": MOMENT - 2 * HOUR}, BadSpan, "finish"),
    ({"finish": None}, Invalid, "finish"),
    ({"start": None}, Invalid, "start"),
    ({"finish": datetime(9999, 12, 31, tzinfo=UTC)}, Invalid, "finish"),
    ({"start": datetime(9999, 1, 1, tzinfo=UTC), "finish": datetime(9999, 1, 2, tzinfo=UTC)}, Invalid, "start"),
    ({"content": ""}, Invalid, "content"),
    ({"tag": "x" * 101}, Invalid, "tag"),
    ({"operator_code": "90"}, Invalid, "operator_code"),
    ({"operator_code": "9000"}, Invalid, "operator_code"),
    ({"operator_code": "abc"}, Invalid, "operator_code"),
    ({"operator_code": "9٠0"}, Invalid, "operator_code"),
    ({"window_start": time(9)}, BadWindow, "window_end"),
    ({"window_end": time(9)}, BadWindow, "window_start"),
]


@pytest.mark.parametrize(("wrong", "refusal", "field"), BAD_MAILERS)
def test_mail_05_a_mailing_that_does_not_fit_is_refused(
    told: Told, wrong: dict[str, Any], refusal: type[AngariumError], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        actions.add_mailer(by=STAFF, **values(**wrong))
    assert refused.value.field == field
    assert not Mailer.objects.exists()
    assert told() == []


#: A finish in the past is no bad edit: it ends a mailing.
BAD_EDITS = [(wrong, refusal) for wrong, refusal, _ in BAD_MAILERS if wrong.get("finish") != MOMENT - 2 * HOUR]


@pytest.mark.parametrize(("wrong", "refusal"), BAD_EDITS)
def test_mail_18_a_bad_edit_changes_nothing(
    mailer: Mailer, wrong: dict[str, Any], refusal: type[AngariumError]
) -> None:
    before = rows()
    with pytest.raises(refusal):
        actions.edit_mailer(mailer.pk, by=STAFF, **wrong)
    assert rows() == before


def test_mail_19_an_edit_that_changes_nothing_writes_nothing(mailer: Mailer) -> None:
    before = rows()
    same = {"content": mailer.content, "start": mailer.start, "tag": " ", "weekdays": list(range(1, 8))}
    assert actions.edit_mailer(mailer.pk, by=STAFF, **same).version == 1
    assert rows() == before


@pytest.mark.parametrize("verb", ON_MAILERS.values(), ids=ON_MAILERS.keys())
def test_mail_18_another_version_than_the_one_seen_is_refused(mailer: Mailer, verb: Verb) -> None:
    before = rows()
    with pytest.raises(Stale) as refusal:
        verb(mailer.pk, by=STAFF, expected_version=7) if verb is not ON_MAILERS["edit"] else actions.edit_mailer(
            mailer.pk, by=STAFF, expected_version=7, content="Иначе"
        )
    assert refusal.value.details == {"current": 1, "given": 7}
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_mail_18_of_two_edits_of_one_version_one_is_made() -> None:
    id = Mailer.objects.create(**values()).pk

    def edit(text: str) -> Callable[[], Any]:
        return lambda: actions.edit_mailer(id, by=STAFF, expected_version=1, content=text)

    answers = together(edit("А"), edit("Б"))
    assert sorted(type(answer).__name__ for answer in answers) == ["Mailer", "Stale"]
    assert Mailer.objects.get().version == 2


@pytest.mark.parametrize(
    ("state", "changes", "then", "events"),
    [
        ("planned", {"start": MOMENT + HOUR / 2}, "planned", ["updated"]),
        ("sending", {"content": "Иначе"}, "sending", ["updated"]),
        ("sending", {"start": MOMENT + HOUR / 2}, "planned", ["updated"]),
        ("sending", {"finish": MOMENT - HOUR / 2}, "sending", ["updated"]),
        ("paused", {"tag": "B"}, "paused", ["updated"]),
        ("finished", {"content": "Иначе"}, "finished", ["updated"]),
        ("finished", {"tag": "B"}, "sending", ["updated", "reopened"]),
        ("finished", {"finish": MOMENT + 9 * HOUR}, "sending", ["updated", "reopened"]),
        ("finished", {"start": MOMENT + HOUR / 2}, "planned", ["updated", "reopened"]),
        ("finished", {"finish": MOMENT - HOUR / 2}, "finished", ["updated"]),
    ],
)
def test_mail_18_19_an_edit_in_each_phase(
    mailer: Mailer, told: Told, state: str, changes: dict[str, Any], then: str, events: list[str]
) -> None:
    in_state(mailer, state)
    assert actions.edit_mailer(mailer.pk, by=STAFF, **changes).state == then
    assert told() == events


#: What each verb does to a mailing in each state that can be seen; None where it is refused.
VERBS: dict[str, dict[str, str | None]] = {
    "edit": {"planned": "planned", "sending": "sending", "paused": "paused", "finished": "finished", "cancelled": None},
    "pause": {"planned": "paused", "sending": "paused", "paused": None, "finished": None, "cancelled": None},
    "resume": {"planned": None, "sending": None, "paused": "sending", "finished": None, "cancelled": None},
    "cancel": {"planned": "cancelled", "sending": "cancelled", "paused": "cancelled", "finished": None},
    "delete": dict.fromkeys(("planned", "sending", "paused", "finished", "cancelled"), "deleted"),
    "retry": {"planned": "planned", "sending": "sending", "paused": "paused", "finished": "sending", "cancelled": None},
}


@pytest.mark.parametrize(
    ("verb", "state", "then"), [(verb, state, then) for verb, table in VERBS.items() for state, then in table.items()]
)
def test_mail_20_each_verb_in_each_state(
    mailer: Mailer, queued: Message, verb: str, state: str, then: str | None
) -> None:
    Message.objects.update(state="failed", reason="refused")
    in_state(mailer, state)
    before = rows()
    if then is None:
        with pytest.raises(IllegalMove) as refusal:
            ON_MAILERS[verb](mailer.pk, by=STAFF)
        assert refusal.value.details["allowed"] == list(mailer.allowed)
        assert rows() == before
        return
    answer = ON_MAILERS[verb](mailer.pk, by=STAFF)
    mailer.refresh_from_db()
    assert mailer.state == then
    assert answer is None or answer.state == then


@pytest.mark.parametrize(("state", "verb"), [("paused", "resume"), ("finished", "retry"), ("sending", "retry")])
def test_after_the_finish_nothing_goes_on(mailer: Mailer, queued: Message, state: str, verb: str) -> None:
    Message.objects.update(state="failed", reason="refused")
    Mailer.objects.filter(pk=mailer.pk).update(finish=now() - timedelta(seconds=1))
    in_state(mailer, state)
    before = rows()
    with pytest.raises(TooLate):
        ON_MAILERS[verb](mailer.pk, by=STAFF)
    assert rows() == before


def test_a_paused_mailing_whose_start_is_ahead_waits_for_it_again(db: None) -> None:
    mailer = Mailer.objects.create(**values(start=now() + HOUR / 2))
    actions.pause_mailer(mailer.pk, by=STAFF)
    assert actions.resume_mailer(mailer.pk, by=STAFF).state == "planned"


def test_without_a_failure_there_is_nothing_to_retry(mailer: Mailer, queued: Message) -> None:
    before = rows()
    with pytest.raises(NothingFailed):
        actions.retry_failed(mailer.pk, by=STAFF)
    assert rows() == before


def test_mail_18_before_its_start_and_after_an_edit_of_it_a_mailing_does_not_begin(mailer: Mailer, told: Told) -> None:
    Mailer.objects.filter(pk=mailer.pk).update(start=now() + HOUR / 2)
    Event.objects.all().delete()
    assert actions.begin_mailer(mailer.pk) is None
    Mailer.objects.filter(pk=mailer.pk).update(start=now())
    begun = actions.begin_mailer(mailer.pk)
    assert begun is not None
    assert begun.state == "sending"
    assert actions.begin_mailer(mailer.pk) is not None
    assert told() == ["updated", "started"]
    for state in ("paused", "cancelled", "deleted"):
        in_state(mailer, state)
        assert actions.begin_mailer(mailer.pk) is None
    assert actions.begin_mailer(10**6) is None
    assert told() == []


def test_a_mailing_has_finished_when_nothing_is_open_and_its_last_wish_was_planned(
    mailer: Mailer, queued: Message
) -> None:
    in_state(mailer, "sending")
    actions.finish_mailer(mailer.pk)  # somebody waits
    Message.objects.update(state="sent")
    Mailer.objects.filter(pk=mailer.pk).update(tag="B")
    actions.finish_mailer(mailer.pk)  # others may fit now
    mailer.refresh_from_db()
    assert mailer.state == "sending"
    plan(mailer)
    actions.finish_mailer(mailer.pk)
    mailer.refresh_from_db()
    assert mailer.state == "finished"
    assert actions.reopen_mailer(mailer.pk).state == "sending"


def test_mail_08_a_paused_mailing_ends_at_its_finish(mailer: Mailer) -> None:
    in_state(mailer, "paused")
    actions.finish_mailer(mailer.pk)
    assert Mailer.objects.get().state == "paused"
    Mailer.objects.filter(pk=mailer.pk).update(finish=now())
    actions.finish_mailer(mailer.pk)
    assert Mailer.objects.get().state == "finished"
