"""Lessons over HTTP: what is read, what is refused, that a refusal writes nothing, and who sees what."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, override_settings
from icalendar import Calendar

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, client_with_token, make_person
from angarium.modules.lessons.models import Lesson, Student, Teacher

from .conftest import NOON, Told, at

pytestmark = pytest.mark.django_db
LESSONS = "/api/lessons/lessons/"
Body = dict[str, Any]


class Api:
    """A client that speaks JSON."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        send = {} if body is None else {"data": data, "content_type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, headers=named, **send)  # type: ignore[arg-type]


@pytest.fixture
def api(db: None) -> Api:
    return Api(client_with_token("*"))


@pytest.fixture
def body(student: Student, teacher: Teacher) -> Body:
    return {
        "title": "Алгебра",
        "student_id": student.id,
        "teacher_id": teacher.id,
        "starts_at": "2030-03-04T15:00:00+03:00",
        "timezone": "Europe/Moscow",
        "duration_minutes": 45,
    }


def one(lesson: Lesson, verb: str = "") -> str:
    return f"{LESSONS}{lesson.id}/{verb}"


def refused(answer: Any, status: int, code: str = "", field: str | None = None) -> Body:
    """The problem of a refusal."""
    problem: Body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), problem
    assert problem["detail"].endswith((".", "?")), problem
    assert code in ("", problem["code"]), problem
    assert field in (None, problem["field"]), problem
    return problem


def test_les_02_a_lesson_is_entered(api: Api, body: Body, told: Told) -> None:
    answer = api("POST", LESSONS, body)
    assert answer.status_code == 201
    shown = answer.json()
    lesson = Lesson.objects.get()
    assert shown == {
        **body,
        "id": lesson.id,
        "starts_at": "2030-03-04T12:00:00Z",
        "status": "planned",
        "cancelled_because": "",
        "version": 1,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert answer["Location"] == one(lesson)
    assert answer["ETag"] == '"v1"'
    assert told() == ["created"]
    assert api("GET", one(lesson)).json() == shown


def test_zone_and_duration_have_defaults(api: Api, body: Body) -> None:
    del body["timezone"], body["duration_minutes"]
    shown = api("POST", LESSONS, body).json()
    assert (shown["timezone"], shown["duration_minutes"]) == ("UTC", 60)


BAD: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", "   "),
    ("title", "А" * 256),
    ("title", "a\x00b"),
    ("title", "a\nb"),
    ("title", "a\u2028b"),
    ("title", "\x1b[2K"),
    ("title", 5),
    ("title", None),
    ("title", ["a"]),
    ("student_id", "5"),
    ("student_id", 1.5),
    ("student_id", True),
    ("student_id", None),
    ("student_id", -1),
    ("student_id", 2**63 - 1),
    ("student_id", 2**70),
    ("student_id", 10**6),
    ("teacher_id", 10**6),
    ("teacher_id", {}),
    ("starts_at", ""),
    ("starts_at", "tomorrow"),
    ("starts_at", "2030-02-30T10:00:00Z"),
    ("starts_at", "2030-03-04"),
    ("starts_at", 1893456000),
    ("starts_at", None),
    ("starts_at", "0001-01-01T00:00:00Z"),
    ("starts_at", "9999-12-31T23:59:59Z"),
    ("starts_at", "2030-03-04T25:00:00Z"),
    ("timezone", ""),
    ("timezone", "Mars/Base"),
    ("timezone", "../../etc/passwd"),
    ("timezone", 3),
    ("timezone", None),
    ("duration_minutes", 0),
    ("duration_minutes", -5),
    ("duration_minutes", 1441),
    ("duration_minutes", "60"),
    ("duration_minutes", 60.5),
    ("duration_minutes", None),
    ("status", "completed"),
    ("colour", "red"),
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_les_01_what_does_not_fit_is_400_by_its_field(api: Api, body: Body, told: Told, field: str, value: Any) -> None:
    refused(api("POST", LESSONS, body | {field: value}), 400, field=field)
    assert not Lesson.objects.exists()
    assert told() == []


@pytest.mark.parametrize("field", ["title", "student_id", "teacher_id", "starts_at"])
def test_what_is_missing_is_400_by_its_field(api: Api, body: Body, field: str) -> None:
    del body[field]
    refused(api("POST", LESSONS, body), 400, "invalid", field)
    assert not Lesson.objects.exists()


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_bad_change_is_400_and_changes_nothing(
    api: Api, body: Body, lesson: Lesson, told: Told, field: str, value: Any
) -> None:
    refused(api("PATCH", one(lesson), {field: value}), 400, field=field)
    refused(api("PUT", one(lesson), body | {field: value}), 400, field=field)
    lesson.refresh_from_db()
    assert lesson.version == 1
    assert told() == []


@pytest.mark.parametrize("text", ["", "[]", "null", "1", '"a"', "{", '{"title": "a",}', '{"title": NaN}', b"\xff\xfe"])
def test_a_body_that_is_no_object_is_400(api: Api, db: None, text: str | bytes) -> None:
    refused(api("POST", LESSONS, text), 400)
    assert not Lesson.objects.exists()


def test_a_body_of_ten_megabytes_is_413(api: Api, body: Body) -> None:
    refused(api("POST", LESSONS, body | {"title": "a" * 10_000_000}), 413, "too_large")
    assert not Lesson.objects.exists()


@pytest.mark.parametrize(
    ("start", "zone", "shown"),
    [
        ("2030-07-01T10:00:00", "Europe/Berlin", "2030-07-01T08:00:00Z"),
        ("2030-10-27T02:30:00+01:00", "Europe/Berlin", "2030-10-27T01:30:00Z"),
        ("2030-03-31T02:30:00Z", "Europe/Berlin", "2030-03-31T02:30:00Z"),
    ],
)
def test_a_start_is_read_by_its_offset_or_in_the_zone(api: Api, body: Body, start: str, zone: str, shown: str) -> None:
    answer = api("POST", LESSONS, body | {"starts_at": start, "timezone": zone})
    assert answer.json()["starts_at"] == shown


@pytest.mark.parametrize(
    ("start", "because"),
    [("2030-03-31T02:30:00", "does not exist in Europe/Berlin"), ("2030-10-27T02:30:00", "happens twice")],
)
def test_a_start_that_the_zone_skips_or_shows_twice_is_400(
    api: Api, body: Body, lesson: Lesson, start: str, because: str
) -> None:
    wrong = {"starts_at": start, "timezone": "Europe/Berlin"}
    for method, path, sent in [
        ("POST", LESSONS, body | wrong),
        ("PATCH", one(lesson), wrong),
        ("POST", one(lesson, "rescheduling/"), wrong),
    ]:
        assert because in refused(api(method, path, sent), 400, field="starts_at")["detail"]
    assert Lesson.objects.get().version == 1


def test_a_start_without_offset_and_zone_is_400(api: Api, body: Body) -> None:
    del body["timezone"]
    refused(api("POST", LESSONS, body | {"starts_at": "2030-03-04T15:00:00"}), 400, field="starts_at")


def test_put_of_what_was_got_changes_nothing(api: Api, lesson: Lesson, told: Told) -> None:
    shown = api("GET", one(lesson)).json()
    answer = api("PUT", one(lesson), shown)
    assert (answer.status_code, answer.json()) == (200, shown)
    assert told() == []


def test_patch_changes_what_it_names(api: Api, lesson: Lesson, told: Told) -> None:
    shown = api("PATCH", one(lesson), {"title": " Геометрия ", "id": 99, "version": 99}).json()
    assert (shown["title"], shown["id"], shown["version"], shown["status"]) == ("Геометрия", lesson.id, 2, "planned")
    assert told() == ["updated"]


def test_another_start_is_a_rescheduling(api: Api, lesson: Lesson, told: Told) -> None:
    shown = api("PATCH", one(lesson), {"starts_at": "2030-03-05T10:00"}).json()
    assert (shown["starts_at"], shown["status"]) == ("2030-03-05T07:00:00Z", "rescheduled")
    assert told() == ["rescheduled"]


def test_a_status_is_not_written_but_reached(api: Api, lesson: Lesson, told: Told) -> None:
    problem = refused(api("PATCH", one(lesson), {"status": "completed"}), 400, field="status")
    assert "completion" in problem["detail"]
    assert api("PATCH", one(lesson), {"status": "planned"}).status_code == 200
    assert told() == []


@pytest.mark.parametrize(
    ("verb", "status", "event"),
    [
        ("confirmation/", "confirmed", "confirmed"),
        ("start/", "in_progress", "started"),
        ("completion/", "completed", "completed"),
        ("completion", "completed", "completed"),
        ("no-show/", "no_show", "missed"),
        ("cancellation/", "cancelled", "cancelled"),
    ],
)
def test_les_03_each_verb_is_a_resource(
    api: Api, lesson: Lesson, told: Told, verb: str, status: str, event: str
) -> None:
    answer = api("POST", one(lesson, verb))
    assert (answer.status_code, answer.json()["status"], answer["ETag"]) == (200, status, '"v2"')
    assert told() == [event]


def test_les_13_completed_reopened_completed(api: Api, lesson: Lesson, told: Told) -> None:
    for verb, status in [("completion/", "completed"), ("reopening/", "in_progress"), ("completion/", "completed")]:
        assert api("POST", one(lesson, verb)).json()["status"] == status
    assert told() == ["completed", "reopened", "completed"]


def test_les_10_completing_twice_is_409_with_what_is_allowed(api: Api, lesson: Lesson, told: Told) -> None:
    api("POST", one(lesson, "completion/"))
    problem = refused(api("POST", one(lesson, "completion/")), 409, "illegal_move")
    assert problem["allowed"] == ["in_progress"]
    assert told() == ["completed"]


def test_a_cancellation_says_why(api: Api, lesson: Lesson) -> None:
    refused(api("POST", one(lesson, "cancellation/"), {"because": "a\nb"}), 400, field="because")
    refused(api("POST", one(lesson, "cancellation/"), {"because": "x" * 501}), 400, field="because")
    assert api("POST", one(lesson, "cancellation/"), {"because": "ill"}).json()["cancelled_because"] == "ill"
    assert Event.objects.get().data["because"] == "ill"
    assert refused(api("POST", one(lesson, "completion/")), 409)["allowed"] == []


def test_a_rescheduling_names_the_new_start(api: Api, lesson: Lesson, told: Told) -> None:
    refused(api("POST", one(lesson, "rescheduling/"), {}), 400, field="starts_at")
    refused(api("POST", one(lesson, "rescheduling/"), {"starts_at": "2030-03-04T12:00:00Z"}), 400, "same_time")
    sent = {"starts_at": "2030-03-05T09:00", "timezone": "Asia/Tokyo"}
    shown = api("POST", one(lesson, "rescheduling/"), sent).json()
    assert (shown["starts_at"], shown["timezone"], shown["status"]) == (
        "2030-03-05T00:00:00Z",
        "Asia/Tokyo",
        "rescheduled",
    )
    shown = api("POST", one(lesson, "rescheduling/"), {"starts_at": "2030-03-05T10:00"}).json()
    assert shown["starts_at"] == "2030-03-05T01:00:00Z"
    assert told() == ["rescheduled", "rescheduled"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_match_refuses_what_was_changed_meanwhile(api: Api, lesson: Lesson, told: Told, method: str) -> None:
    body = api("GET", one(lesson)).json() | {"title": "Б"}
    problem = refused(api(method, one(lesson), body, If_Match='"v7"'), 412, "stale")
    assert problem["head"]["version"] == 1
    refused(api(method, one(lesson), body, If_Match="v1"), 400, field="If-Match")
    assert told() == []
    assert api(method, one(lesson), body, If_Match='"v1"').status_code in (200, 204)
    assert len(told()) == 1


def test_if_match_holds_for_verbs_too(api: Api, lesson: Lesson, told: Told) -> None:
    refused(api("POST", one(lesson, "completion/"), If_Match='"v2"'), 412, "stale")
    assert told() == []
    assert api("POST", one(lesson, "completion/"), If_Match='"v1"').status_code == 200


def test_a_repeated_key_makes_one_lesson(api: Api, body: Body, told: Told) -> None:
    first = api("POST", LESSONS, body, Idempotency_Key="k1")
    again = api("POST", LESSONS, body, Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    refused(api("POST", LESSONS, body | {"title": "Б"}, Idempotency_Key="k1"), 422)
    assert told() == ["created"]


def test_a_repeated_key_completes_once(api: Api, lesson: Lesson, told: Told) -> None:
    for _ in range(2):
        assert api("POST", one(lesson, "completion/"), Idempotency_Key="k2").status_code == 200
    assert told() == ["completed"]


def test_a_lesson_is_deleted(api: Api, lesson: Lesson, told: Told) -> None:
    assert api("DELETE", one(lesson)).status_code == 204
    refused(api("GET", one(lesson)), 404, "no_lesson")
    refused(api("DELETE", one(lesson)), 404, "no_lesson")
    assert told() == ["deleted"]


@pytest.mark.parametrize("id", ["0", "4242", str(10**30)])
def test_an_unknown_lesson_is_404(api: Api, db: None, id: str) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        refused(api(method, f"{LESSONS}{id}/", {}), 404)
    for verb in ("completion", "reopening", "cancellation", "rescheduling", "confirmation", "start", "no-show"):
        refused(api("POST", f"{LESSONS}{id}/{verb}/", {}), 404)


@pytest.mark.parametrize("id", ["-1", "abc", "1.5", "%00"])
def test_a_path_that_is_none_is_404(api: Api, db: None, id: str) -> None:
    refused(api("GET", f"{LESSONS}{id}/"), 404)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["А", "Б", "В"]),
        ("?status=completed", ["В"]),
        ("?q=б", ["Б"]),
        ("?q=АнНа", ["А", "Б", "В"]),
        ("?q=", ["А", "Б", "В"]),
        ("?limit=2", ["А", "Б"]),
        ("?student_id=999999", []),
    ],
)
def test_the_list_is_a_bare_array_that_can_be_narrowed(api: Api, values: Body, query: str, found: list[str]) -> None:
    for hour, (title, status) in enumerate([("А", "planned"), ("Б", "planned"), ("В", "completed")]):
        Lesson.objects.create(**values | at(hour) | {"title": title}, status=status)
    assert [row["title"] for row in api("GET", LESSONS + query).json()] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=2030-03-04T13:00:00Z", ["Б", "В"]),
        ("to=2030-03-04T14:00:00Z", ["А", "Б"]),
        ("from=2030-03-04T13:00:00Z&to=2030-03-04T14:00:00Z", ["Б"]),
    ],
)
def test_the_list_is_bounded_by_the_start(api: Api, values: Body, query: str, found: list[str]) -> None:
    for hour, title in enumerate("АБВ"):
        Lesson.objects.create(**values | at(hour) | {"title": title})
    assert [row["title"] for row in api("GET", f"{LESSONS}?{query}").json()] == found
    refused(api("GET", f"{LESSONS}?from=noon"), 400, field="from")


def test_les_b3_the_reminders_of_a_lesson_are_read_with_the_reason(api: Api, lesson: Lesson) -> None:
    lesson.reminders.create(
        kind="day_before", role="student", participant=7, lesson_version=1, due_at=NOON, state="skipped", because="late"
    )
    [shown] = api("GET", f"{LESSONS}{lesson.id}/reminders/").json()
    assert shown == {
        "id": shown["id"],
        "kind": "day_before",
        "role": "student",
        "participant_id": 7,
        "lesson_version": 1,
        "due_at": "2030-03-04T12:00:00Z",
        "state": "skipped",
        "because": "late",
        "settled_at": None,
    }
    refused(api("GET", f"{LESSONS}999999/reminders/"), 404)


def test_les_b6_a_lesson_is_fetched_for_a_calendar(api: Api, lesson: Lesson) -> None:
    answer = api("GET", f"{LESSONS}{lesson.id}/calendar.ics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    [event] = Calendar.from_ical(answer.content.decode()).walk("VEVENT")
    assert (event["SUMMARY"], event["DTSTART"].dt, event["UID"]) == ("Алгебра", NOON, f"lesson-{lesson.id}@localhost")
    refused(api("GET", f"{LESSONS}999999/calendar.ics"), 404)


def test_the_list_is_paged_without_gaps(api: Api, values: Body) -> None:
    made = [Lesson.objects.create(**values | at(hour)).id for hour in range(5)]
    seen, path = [], f"{LESSONS}?limit=2"
    while path:
        answer = api("GET", path)
        seen += [row["id"] for row in answer.json()]
        path = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert seen == made


@pytest.mark.parametrize(
    "query",
    [
        "status=done",
        "student_id=x",
        "teacher_id=1.5",
        f"student_id={2**70}",
        "limit=0",
        "cursor=!",
        "colour=red",
        "q=%00",
    ],
)
def test_a_filter_that_does_not_fit_is_400(api: Api, db: None, query: str) -> None:
    refused(api("GET", f"{LESSONS}?{query}"), 400, field=query.partition("=")[0])


@pytest.mark.parametrize("path", ["students", "teachers"])
def test_participants_are_entered_changed_and_removed(api: Api, db: None, path: str) -> None:
    sent = {"name": "Пётр", "email": "petr@example.org", "timezone": "Europe/Moscow"}
    answer = api("POST", f"/api/lessons/{path}/", sent)
    assert answer.status_code == 201
    shown = answer.json()
    assert {name: shown[name] for name in sent} == sent
    where = answer["Location"]
    assert where == f"/api/lessons/{path}/{shown['id']}/"
    person = str(uuid4())
    assert api("PATCH", where, {"name": "Петя", "person": person}).json()["person"] == person
    assert api("PUT", where, sent | {"person": None}).json()["person"] is None
    assert api("GET", where).json()["name"] == "Пётр"
    assert [row["id"] for row in api("GET", f"/api/lessons/{path}/").json()] == [shown["id"]]
    assert api("DELETE", where).status_code == 204
    refused(api("GET", where), 404)
    refused(api("PATCH", where, {}), 404)
    refused(api("DELETE", where), 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\nb"),
        ("name", "x" * 201),
        ("email", "nobody"),
        ("email", f"{'x' * 250}@example.org"),
        ("email", 5),
        ("timezone", "Mars"),
        ("person", "5"),
        ("person", 5),
        ("colour", 1),
    ],
)
def test_a_participant_that_does_not_fit_is_400(api: Api, db: None, field: str, value: Any) -> None:
    sent = {"name": "A", "email": "a@example.org", "timezone": "UTC", field: value}
    for path in ("students", "teachers"):
        refused(api("POST", f"/api/lessons/{path}/", sent), 400, field=field)
    assert not Student.objects.exists()
    assert not Teacher.objects.exists()


def test_an_address_is_taken_once(api: Api, student: Student) -> None:
    sent = {"name": "B", "email": student.email.upper()}
    refused(api("POST", "/api/lessons/students/", sent), 409, "email_taken", "email")


def test_who_has_lessons_stays(api: Api, lesson: Lesson) -> None:
    for path in (f"students/{lesson.student_id}", f"teachers/{lesson.teacher_id}"):
        refused(api("DELETE", f"/api/lessons/{path}/"), 409, "has_lessons")


def test_nobody_is_401(lesson: Lesson, told: Told) -> None:
    anonymous = Api(Client())
    for method, path in [
        ("GET", LESSONS),
        ("POST", LESSONS),
        ("GET", one(lesson)),
        ("POST", one(lesson, "completion/")),
    ]:
        refused(anonymous(method, path, {}), 401)
    assert told() == []


def test_a_token_needs_its_scope(lesson: Lesson, told: Told) -> None:
    reader, other = Api(client_with_token("lessons:read")), Api(client_with_token("mailings:*"))
    assert len(reader("GET", LESSONS).json()) == 1
    refused(reader("POST", one(lesson, "completion/")), 403)
    refused(other("GET", LESSONS), 403)
    assert told() == []


def test_a_member_sees_only_own_lessons(lesson: Lesson, told: Told) -> None:
    member = make_person()
    api = Api(client_with_token("*", person=member))
    assert api("GET", LESSONS).json() == []
    refused(api("GET", one(lesson)), 404)
    refused(api("PATCH", one(lesson), {"title": "Б"}), 404)
    refused(api("POST", one(lesson, "completion/")), 404)
    Student.objects.update(person=member.id)
    assert len(api("GET", LESSONS).json()) == 1
    refused(api("PATCH", one(lesson), {"title": "Б"}), 403, "not_yours")
    refused(api("POST", one(lesson, "completion/")), 403, "not_yours")
    refused(api("POST", LESSONS, {}), 400)
    assert told() == []


def test_a_teacher_completes_own_lessons(lesson: Lesson, told: Told) -> None:
    member = make_person()
    Teacher.objects.update(person=member.id)
    api = Api(client_signed_in(member))
    assert api("POST", one(lesson, "completion/")).status_code == 200
    refused(api("DELETE", one(lesson)), 403)
    refused(api("POST", "/api/lessons/students/", {"name": "A", "email": "a@example.org"}), 403)
    assert told() == ["completed"]
    assert Event.objects.get().actor == member.id


@override_settings(ANGARIUM_OPEN=True)
def test_the_open_form_lets_everybody_type_the_texts(body: Body, told: Told) -> None:
    user = make_person("user", Role.MEMBER)
    anonymous = Api(Client())
    made = anonymous("POST", LESSONS, body)
    assert made.status_code == 201
    assert anonymous("POST", f"{LESSONS}{made.json()['id']}/completion/").json()["status"] == "completed"
    assert anonymous("DELETE", f"{LESSONS}{made.json()['id']}/").status_code == 204
    assert set(Event.objects.values_list("actor", flat=True)) == {user.id}


def test_what_an_answer_contains_and_a_missing_slash_do_not_matter(api: Api, lesson: Lesson) -> None:
    assert api("GET", LESSONS.rstrip("/")).json() == api("GET", LESSONS).json()
    assert api("GET", one(lesson).rstrip("/")).status_code == 200
    refused(api("PUT", LESSONS, {}), 405)
    assert api("HEAD", LESSONS).status_code == 200
