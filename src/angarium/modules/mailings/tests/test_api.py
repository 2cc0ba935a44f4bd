"""Mailings and messages over HTTP: what is read, what is refused, that a refusal writes nothing, and who sees what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, client_with_token, make_person
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import note_moves
from angarium.modules.mailings.lifecycle import MessageState
from angarium.modules.mailings.models import Client, Mailer, Message, Minute
from angarium.modules.mailings.planning import plan

from .asking import CLIENTS, MAILERS, MESSAGES, STAT, Api, Body, refused
from .conftest import HOUR, Told, people, values
from .plans import settle

pytestmark = pytest.mark.django_db
STATES = [str(state) for state in MessageState.values]


@pytest.fixture
def api(db: None) -> Api:
    return Api(client_with_token("*"))


@pytest.fixture
def body() -> Body:
    return {
        "start": "2030-03-04T15:00:00+03:00",
        "finish": "2030-03-05T12:00:00Z",
        "content": "Скидка 20 %",
        "tag": "VIP",
        "operator_code": "900",
        "window_start": "09:00:00",
        "window_end": "18:00:00",
        "weekdays": [1, 2, 3, 4, 5],
    }


def one(mailer: Mailer, verb: str = "") -> str:
    return f"{MAILERS}{mailer.pk}/{verb}"


def shown(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_mail_05_a_mailing_is_entered(api: Api, body: Body, told: Told) -> None:
    answer = api("POST", MAILERS, body)
    assert answer.status_code == 201, answer.json()
    mailer = Mailer.objects.get()
    found = answer.json()
    assert found == {
        **body,
        "id": mailer.pk,
        "start": "2030-03-04T12:00:00Z",
        "state": "planned",
        "version": 1,
        "created_at": found["created_at"],
        "updated_at": found["updated_at"],
    }
    assert (answer["Location"], answer["ETag"]) == (one(mailer), '"v1"')
    assert told() == ["created"]
    assert api("GET", one(mailer)).json() == found
    assert api("GET", MAILERS).json() == [found]


def test_mail_05_what_may_be_left_out_asks_for_nothing(api: Api, body: Body) -> None:
    found = api("POST", MAILERS, {name: body[name] for name in ("start", "finish", "content")}).json()
    assert (found["tag"], found["operator_code"]) == ("", "")
    assert (found["window_start"], found["window_end"], found["weekdays"]) == (None, None, [1, 2, 3, 4, 5, 6, 7])


@pytest.mark.parametrize(
    ("zone", "given", "shown"),
    [
        ("UTC", "2030-03-04T15:00:00", "2030-03-04T15:00:00Z"),
        ("Europe/Moscow", "2030-03-04T15:00", "2030-03-04T12:00:00Z"),
        ("Europe/Moscow", "2030-03-04T15:00:00Z", "2030-03-04T15:00:00Z"),
        ("Europe/Berlin", "2030-03-04 15:00:00.5+05:30", "2030-03-04T09:30:00.500000Z"),
    ],
)
def test_mail_05_a_time_without_an_offset_is_that_of_the_instance(
    api: Api, body: Body, zone: str, given: str, shown: str
) -> None:
    with override_settings(TIME_ZONE=zone):
        assert api("POST", MAILERS, body | {"start": given}).json()["start"] == shown


BAD: list[tuple[str, Any]] = [
    ("start", None),
    ("start", ""),
    ("start", "tomorrow"),
    ("start", "2030-02-30T10:00:00Z"),
    ("start", "2030-03-04"),
    ("start", 1893456000),
    ("start", "0001-01-01T00:00:00Z"),
    ("start", "9999-12-31T00:00:00Z"),
    ("finish", None),
    ("finish", "9999-12-31T23:59:59Z"),
    ("finish", "9999-12-31T23:59:59-14:00"),
    ("finish", "2030-03-04T12:00:00Z"),
    ("finish", "2030-03-04T11:59:59Z"),
    ("content", ""),
    ("content", "  \n "),
    ("content", None),
    ("content", 5),
    ("content", ["a"]),
    ("content", "a\x00b"),
    ("content", "\x1b[2J"),
    ("content", "\ud800"),
    ("content", "x" * 10_001),
    ("tag", "x" * 101),
    ("tag", 5),
    ("tag", None),
    ("tag", "a\nb"),
    ("operator_code", "90"),
    ("operator_code", "9000"),
    ("operator_code", "9a0"),
    ("operator_code", "9٠0"),
    ("operator_code", "900\n"),
    ("operator_code", 90),
    ("operator_code", 90.5),
    ("operator_code", True),
    ("operator_code", None),
    ("operator_code", ["900"]),
    ("window_start", "25:00"),
    ("window_start", "9 o'clock"),
    ("window_start", "09:60"),
    ("window_start", 9),
    ("window_start", ""),
    ("window_end", "18"),
    ("window_end", None),
    ("weekdays", []),
    ("weekdays", [0]),
    ("weekdays", [8]),
    ("weekdays", [1, 1]),
    ("weekdays", ["1"]),
    ("weekdays", [True]),
    ("weekdays", 3),
    ("weekdays", list(range(1, 8)) * 2),
    ("filter", {"tag": "VIP"}),
    ("operator", "900"),
    ("text", "Скидка"),
]


@pytest.mark.parametrize(("field", "value"), BAD, ids=repr)
def test_mail_05_what_does_not_fit_is_400_by_its_field(
    api: Api, body: Body, told: Told, field: str, value: Any
) -> None:
    problem = refused(api("POST", MAILERS, body | {field: value}), 400)
    assert field in str(problem)
    assert not Mailer.objects.exists()
    assert told() == []


@pytest.mark.parametrize(("field", "value"), [one for one in BAD if one[0] != "finish"], ids=repr)
def test_mail_18_a_bad_change_is_400_and_changes_nothing(
    api: Api, body: Body, told: Told, field: str, value: Any
) -> None:
    mailer = Mailer.objects.create(**values(window_start="09:00", window_end="18:00"))
    refused(api("PATCH", one(mailer), {field: value}), 400)
    refused(api("PUT", one(mailer), body | {field: value}), 400)
    mailer.refresh_from_db()
    assert mailer.version == 1
    assert told() == ["created"]


@pytest.mark.parametrize("field", ["start", "finish", "content"])
def test_mail_05_what_is_missing_is_400_by_its_field(api: Api, body: Body, field: str) -> None:
    del body[field]
    refused(api("POST", MAILERS, body), 400, "invalid", field)
    assert not Mailer.objects.exists()


def test_mail_05_a_mailing_whose_time_is_up_is_not_entered(api: Api, body: Body) -> None:
    times = {"start": shown(now() - 2 * HOUR), "finish": shown(now() - HOUR)}
    refused(api("POST", MAILERS, body | times), 400, "bad_span", "finish")
    assert not Mailer.objects.exists()


def test_mail_05_ten_thousand_characters_are_a_text(api: Api, body: Body) -> None:
    assert api("POST", MAILERS, body | {"content": "ы" * 10_000}).status_code == 201


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "1", '"a"', "{", '{"content": NaN}', '{"tag": 1, "tag": 2}', b"\xff"]
)
def test_a_body_that_is_no_object_is_400(api: Api, text: str | bytes) -> None:
    for path in (MAILERS, CLIENTS):
        refused(api("POST", path, text), 400)
    assert not Mailer.objects.exists()
    assert not Client.objects.exists()


def test_mail_19_put_of_what_was_got_changes_nothing(api: Api, mailer: Mailer, told: Told) -> None:
    found = api("GET", one(mailer)).json()
    answer = api("PUT", one(mailer), found)
    assert (answer.status_code, answer.json()) == (200, found)
    assert told() == []


def test_mail_19_patch_changes_what_it_names(api: Api, mailer: Mailer, told: Told) -> None:
    found = api("PATCH", one(mailer), {"content": " Иначе ", "id": 99, "state": "sending", "version": 9}).json()
    assert (found["content"], found["id"], found["state"], found["version"]) == ("Иначе", mailer.pk, "planned", 2)
    assert told() == ["updated"]


def test_mail_17_a_window_is_given_whole_or_not_at_all(api: Api, mailer: Mailer) -> None:
    refused(api("PATCH", one(mailer), {"window_start": "09:00"}), 400, "bad_window", "window_end")
    found = api("PATCH", one(mailer), {"window_start": "22:00", "window_end": "06:00"}).json()
    assert (found["window_start"], found["window_end"]) == ("22:00:00", "06:00:00")
    refused(api("PATCH", one(mailer), {"window_start": None}), 400, "bad_window", "window_start")
    found = api("PATCH", one(mailer), {"window_start": None, "window_end": None}).json()
    assert (found["window_start"], found["window_end"]) == (None, None)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_mail_18_if_match_refuses_what_was_changed_meanwhile(api: Api, mailer: Mailer, told: Told, method: str) -> None:
    found = api("GET", one(mailer)).json() | {"content": "Иначе"}
    problem = refused(api(method, one(mailer), found, If_Match='"v7"'), 412, "stale")
    assert problem["head"]["version"] == 1
    refused(api(method, one(mailer), found, If_Match="v1"), 400, field="If-Match")
    assert told() == []
    assert api(method, one(mailer), found, If_Match='"v1"').status_code in (200, 204)
    assert len(told()) == 1


@pytest.mark.parametrize(
    ("before", "verb", "state"),
    [
        ("planned", "pause/", "paused"),
        ("sending", "pause", "paused"),
        ("paused", "resumption/", "sending"),
        ("paused", "cancellation/", "cancelled"),
        ("sending", "cancellation/", "cancelled"),
        ("finished", "retry/", "sending"),
    ],
)
def test_mail_20_each_verb_is_a_resource(api: Api, mailer: Mailer, before: str, verb: str, state: str) -> None:
    Message.objects.create(mailer=mailer, client=people(("A", "900"))[0], state="failed", reason="refused")
    if before != "planned":
        Mailer.objects.update(state=before)
    refused(api("POST", one(mailer, verb), If_Match='"v9"'), 412, "stale")
    answer = api("POST", one(mailer, verb))
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    mailer.refresh_from_db()
    assert (mailer.state, answer["ETag"]) == (state, f'"v{mailer.version}"')


def test_mail_20_a_verb_that_does_not_fit_is_409_with_what_is_allowed(api: Api, mailer: Mailer, told: Told) -> None:
    problem = refused(api("POST", one(mailer, "resumption/")), 409, "illegal_move")
    assert problem["allowed"] == ["sending", "paused", "finished", "cancelled", "deleted"]
    refused(api("POST", one(mailer, "retry/")), 409, "nothing_failed")
    Mailer.objects.update(state="cancelled")
    for verb in ("pause/", "resumption/", "cancellation/", "retry/"):
        assert refused(api("POST", one(mailer, verb)), 409, "illegal_move")["allowed"] == ["deleted"]
    refused(api("PATCH", one(mailer), {"content": "Иначе"}), 409, "illegal_move")
    assert told() == ["cancelled"]


def test_mail_20_a_deleted_mailing_is_gone(api: Api, mailer: Mailer, told: Told) -> None:
    assert api("DELETE", one(mailer)).status_code == 204
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        refused(api(method, one(mailer), {}), 404, "no_mailer")
    for verb in ("pause/", "resumption/", "cancellation/", "retry/"):
        refused(api("POST", one(mailer, verb)), 404, "no_mailer")
    refused(api("GET", one(mailer, "stat/")), 404, "no_mailer")
    assert api("GET", MAILERS).json() == []
    assert told() == ["deleted"]


def test_a_repeated_key_makes_one_mailing_and_pauses_once(api: Api, body: Body, told: Told) -> None:
    first, again = (api("POST", MAILERS, body, Idempotency_Key="k1") for _ in range(2))
    assert (again.status_code, again.json()) == (201, first.json())
    refused(api("POST", MAILERS, body | {"tag": "B"}, Idempotency_Key="k1"), 422)
    for _ in range(2):
        assert api("POST", f"{MAILERS}{first.json()['id']}/pause/", Idempotency_Key="k2").status_code == 200
    assert told() == ["created", "paused"]


@pytest.mark.parametrize("id", ["0", "4242", str(2**63), str(10**30)])
def test_mail_22_what_is_not_there_is_404(api: Api, id: str) -> None:
    for path in (CLIENTS, MAILERS):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            refused(api(method, f"{path}{id}/", {}), 404)
    for verb in ("pause", "resumption", "cancellation", "retry"):
        refused(api("POST", f"{MAILERS}{id}/{verb}/", {}), 404)
    for path in (f"{MAILERS}{id}/stat/", f"{MESSAGES}{id}/"):
        refused(api("GET", path), 404)
    for method in ("PUT", "DELETE"):
        refused(api(method, f"{CLIENTS}{id}/opt-out/"), 404)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["А", "Б"]),
        ("?tag=", ["А", "Б"]),
        ("?state=paused", ["Б"]),
        ("?tag=VIP", ["А"]),
        ("?limit=1", ["А"]),
        ("?state=deleted", []),
    ],
)
def test_the_list_is_a_bare_array_that_can_be_narrowed(api: Api, query: str, found: list[str]) -> None:
    for text, tag in (("А", "VIP"), ("Б", "")):
        Mailer.objects.create(**values(content=text, tag=tag))
    Mailer.objects.filter(content="Б").update(state="paused")
    assert [row["content"] for row in api("GET", MAILERS + query).json()] == found


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (MAILERS, "state=none"),
        (MAILERS, "colour=red"),
        (MAILERS, "limit=0"),
        (MAILERS, "cursor=!"),
        (CLIENTS, "operator_code=9"),
        (CLIENTS, "phone=%00"),
        (MESSAGES, "mailer=x"),
        (MESSAGES, f"client={2**70}"),
        (MESSAGES, "status=none"),
        (STAT, "deleted=perhaps"),
        (STAT, "deleted="),
    ],
)
def test_a_filter_that_does_not_fit_is_400(api: Api, path: str, query: str) -> None:
    refused(api("GET", f"{path}?{query}"), 400, field=query.partition("=")[0])


def in_each_state() -> Mailer:
    """A mailing with 1 message queued, 2 deferred, 3 on their way …"""
    number = len(STATES) * (len(STATES) + 1) // 2
    clients = people(*[("A", "900")] * number)
    mailer = Mailer.objects.create(**values())
    plan(mailer)
    for index, state in enumerate(STATES):
        for _ in range(index + 1):
            settle(mailer, clients.pop(0), state, "refused" if state == "failed" else "", attempts=index)
    return mailer


def test_mail_21_the_statistics_have_every_state_and_their_sum(api: Api) -> None:
    mailer = in_each_state()
    empty = Mailer.objects.create(**values())
    counts = {state: index + 1 for index, state in enumerate(STATES)}
    [found, nothing] = api("GET", STAT).json()
    common = {"mailer": mailer.pk, "state": "planned", "start": shown(mailer.start), "finish": shown(mailer.finish)}
    assert found == common | counts | {"total": Message.objects.count()}
    assert {name: nothing[name] for name in ("mailer", "total", *STATES)} == {
        "mailer": empty.pk,
        "total": 0,
        **dict.fromkeys(STATES, 0),
    }


def test_mail_20_21_the_statistics_of_what_was_deleted_are_kept(api: Api) -> None:
    mailer = in_each_state()
    assert api("DELETE", one(mailer)).status_code == 204
    assert api("GET", STAT).json() == []
    [found] = api("GET", f"{STAT}?deleted=true").json()
    assert (found["mailer"], found["state"], found["sent"]) == (mailer.pk, "deleted", STATES.index("sent") + 1)
    assert len(api("GET", f"{MESSAGES}?mailer={mailer.pk}").json()) == found["total"]


def test_mail_21_a_thousand_mailings_take_as_many_queries_as_one(api: Api) -> None:
    taken = []
    api("GET", STAT)  # what is looked up once
    for more in (1, 999):
        made = Mailer.objects.bulk_create([Mailer(**values()) for _ in range(more)])
        for mailer in made:
            note_moves(mailer.pk, [(None, ("sent", ""), 3), (None, ("failed", "refused"), 1)])
        with CaptureQueriesContext(connection) as captured:
            found = api("GET", STAT).json()
        taken.append(len(captured))
        assert {(row["sent"], row["failed"], row["total"]) for row in found} == {(3, 1, 4)}
    assert len(found) == 1000
    assert taken[0] == taken[1] <= 8


def test_mail_22_the_statistics_of_one_mailing_tell_of_each_message(api: Api) -> None:
    mailer = in_each_state()
    minute = now().replace(second=0, microsecond=0)
    Minute.objects.create(mailer=mailer, at=minute, sent=4, failed=5)
    answer = api("GET", one(mailer, "stat/"))
    assert answer.status_code == 200
    found = answer.json()
    assert {state: found[state] for state in STATES} == {state: index + 1 for index, state in enumerate(STATES)}
    assert found["reasons"] == [{"status": "failed", "reason": "refused", "number": 5}]
    assert found["minutes"] == [{"at": shown(minute), "sent": 4, "failed": 5}]
    assert (found["next"], len(found["messages"])) == (None, found["total"])
    row = Message.objects.filter(state="failed").order_by("id")[0]
    assert next(one for one in found["messages"] if one["id"] == row.pk) == {
        "id": row.pk,
        "mailer": mailer.pk,
        "client": row.client.pk,
        "status": "failed",
        "reason": "refused",
        "attempts": 4,
        "answer": "",
        "due_at": None,
        "created_at": shown(row.created_at),
        "sent_at": None,
    }
    assert api("GET", f"{MESSAGES}{row.pk}/").json()["status"] == "failed"


def test_mail_22_the_messages_of_one_mailing_are_paged_without_gaps(api: Api) -> None:
    mailer = in_each_state()
    path, seen = f"{one(mailer, 'stat/')}?limit=7", []
    while path:
        found = api("GET", path).json()
        assert found["total"] == 36
        seen += [row["id"] for row in found["messages"]]
        path = found["next"]
    assert seen == list(Message.objects.order_by("id").values_list("id", flat=True))


def test_mail_22_the_messages_of_one_mailing_can_be_narrowed_to_a_status(api: Api) -> None:
    mailer = in_each_state()
    found = api("GET", f"{one(mailer, 'stat/')}?status=sent&limit=3").json()
    assert [row["status"] for row in found["messages"]] == ["sent"] * 3
    assert len(api("GET", found["next"]).json()["messages"]) == 1
    for query in ("status=none", "limit=0", "cursor=!", "colour=red"):
        refused(api("GET", f"{one(mailer, 'stat/')}?{query}"), 400, field=query.partition("=")[0])
    refused(api("GET", f"{MAILERS}999999/stat/"), 404, "no_mailer")


def test_mail_22_messages_are_found_by_mailing_client_and_status(api: Api) -> None:
    mailer = in_each_state()
    row = Message.objects.filter(state="sent").order_by("id")[0]
    for query, number in ((f"mailer={mailer.pk}", 36), ("status=sent", 4), (f"client={row.client.pk}", 1)):
        assert len(api("GET", f"{MESSAGES}?{query}").json()) == number
    assert len(api("GET", f"{MESSAGES}?mailer={mailer.pk}&status=failed&reason=refused").json()) == 5


def test_nobody_is_401_and_a_token_needs_its_scope(mailer: Mailer, told: Told) -> None:
    anonymous, reader, other = Api(Browser()), *(Api(client_with_token(s)) for s in ("mailings:read", "lessons:*"))
    for method, path in (("GET", MAILERS), ("POST", CLIENTS), ("GET", STAT), ("DELETE", one(mailer))):
        refused(anonymous(method, path, {}), 401)
        refused(other(method, path, {}), 403)
    assert len(reader("GET", MAILERS).json()) == len(reader("GET", STAT).json()) == 1
    for method, path in (("POST", MAILERS), ("PATCH", one(mailer)), ("DELETE", one(mailer)), ("POST", CLIENTS)):
        refused(reader(method, path, {}), 403)
    assert told() == []


def test_members_see_no_mailings_and_staff_all_of_them(mailer: Mailer, told: Told) -> None:
    member, staff = (Api(client_signed_in(make_person(role=role))) for role in (Role.MEMBER, Role.STAFF))
    for path in (MAILERS, CLIENTS, MESSAGES, STAT, f"{STAT}?deleted=true"):
        assert member("GET", path).json() == []
    refused(member("GET", one(mailer)), 404)
    refused(member("POST", one(mailer, "pause/")), 404)
    refused(member("POST", CLIENTS, {"phone": "79001234567"}), 403, "not_yours")
    assert staff("POST", one(mailer, "pause/")).status_code == 200
    assert told() == ["paused"]


@override_settings(ANGARIUM_OPEN=True)
def test_the_open_form_lets_everybody_type_the_texts(body: Body, told: Told) -> None:
    user = make_person("user", Role.MEMBER)
    anonymous = Api(Browser())
    made = anonymous("POST", MAILERS, body)
    assert made.status_code == 201
    path = f"{MAILERS}{made.json()['id']}/"
    assert anonymous("POST", f"{path}pause/").json()["state"] == "paused"
    assert anonymous("DELETE", path).status_code == 204
    assert told() == ["created", "paused", "deleted"]
    assert set(Event.objects.values_list("actor", flat=True)) == {user.id}


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/api/mailings/mailer", "localhost"),
        ("/api/mailer/", "mailings.localhost"),
        ("/mailer", "mailings.localhost"),
        ("/api/message/stat", "mailings.localhost"),
        ("/message/stat/", "mailings.localhost"),
        ("/client/", "mailings.localhost"),
    ],
)
def test_one_route_under_each_of_its_addresses(api: Api, path: str, host: str) -> None:
    answer = api("GET", path, Host=host)
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_method_that_is_not_there_is_405(api: Api, mailer: Mailer) -> None:
    for method, path in (("PUT", MAILERS), ("POST", STAT), ("DELETE", MESSAGES), ("GET", one(mailer, "pause/"))):
        refused(api(method, path, None if method == "GET" else {}), 405)


def test_mail_08_an_edit_may_end_a_mailing(api: Api, mailer: Mailer) -> None:
    answer = api("PATCH", one(mailer), {"finish": shown(now() - timedelta(seconds=1))})
    assert answer.status_code == 200
    Mailer.objects.update(state="paused")
    refused(api("POST", one(mailer, "resumption/")), 409, "too_late")
