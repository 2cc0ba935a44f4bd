"""What a body may be: strict JSON, strict fields, limited size."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.test import RequestFactory, override_settings

from angarium.engine.api import limits
from angarium.engine.api.limits import BodyLimit

pytestmark = [pytest.mark.django_db, pytest.mark.urls("angarium.engine.api.tests.example")]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"{", None),
        (b"[1]", None),
        (b"null", None),
        (b'"text"', None),
        (b'{"line": "a"} x', None),
        (b"{'line': 'a'}", None),
        (b'{"line": "a\nb"}', None),
        (b'{"line": "\xff"}', None),
        (b'{"line": NaN}', None),
        (b'{"line": Infinity}', None),
        (b'{"line": "a", "line": "b"}', "line"),
        (b'{"whole": 9223372036854775808}', "whole"),
        (b'{"whole": -9223372036854775809}', "whole"),
        (b'{"whole": ' + b"9" * 5000 + b"}", "whole"),
        (b'{"whole": 1e999}', "whole"),
        (b'{"line": "\\u0000"}', "line"),
        (b'{"line": "\\ud800"}', "line"),
        (b'{"inner": [{"username": "\\u0000"}]}', "inner.0.username"),
        (b'{"\\u0000": 1}', None),
        (b'{"line":' + b"[" * 40 + b"]" * 40 + b"}", "line" + ".0" * 31),
        (b"[" * 100_000, None),
    ],
)
def test_what_is_not_sound_json_is_400(api, raw, field):
    answer = api.post("echo/", raw=raw)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field


@pytest.mark.parametrize("raw", [b'\xef\xbb\xbf{"line": "a"}', b' {"line": "a"}\n', b'{"line": "a"}'])
def test_sound_json_is_read(api, raw):
    assert api.post("echo/", raw=raw).json()["line"] == "a"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
)
def test_another_content_type_is_415(api, kind):
    answer = api.post("echo/", raw=b"a=1", content_type=kind)
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_another_charset_is_415(api):
    assert api.post("echo/", {"line": "a"}, content_type="application/json; charset=cp1251").status_code == 415
    assert api.post("echo/", {"line": "a"}, content_type="application/json; charset=UTF-8").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("line", " Алгебра ", "Алгебра"),
        ("line", "5", "5"),
        ("text", "a\r\nb\tc", "a\nb\tc"),
        ("email", "anna@example.org", "anna@example.org"),
        ("zone", "Europe/Moscow", "Europe/Moscow"),
        ("whole", 5, 5),
        ("truth", False, False),
        ("at", "2026-03-01T12:00:00+03:00", "2026-03-01T09:00:00Z"),
        ("at", "2026-03-01 09:00Z", "2026-03-01T09:00:00Z"),
        ("at", "2026-03-01t09:00:00,5z", "2026-03-01T09:00:00.500000Z"),
    ],
)
def test_a_good_value_is_kept(api, field, value, kept):
    answer = api.post("echo/", {field: value})
    assert answer.status_code == 200, answer.content
    assert answer.json()[field] == kept


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("line", "", "blank"),
        ("line", " ", "blank"),
        ("line", None, "null"),
        ("line", 5, "not_text"),
        ("line", True, "not_text"),
        ("line", ["a"], "not_text"),
        ("line", "a" * 256, "max_length"),
        ("line", "a\nb", "control"),
        ("line", "a\tb", "control"),
        ("line", "a\n", "control"),
        ("line", "a\x7f", "control"),
        ("line", "a\u2028b", "control"),
        ("text", "a\x07", "control"),
        ("text", 7, "not_text"),
        ("email", "anna", "invalid"),
        ("email", 5, "not_text"),
        ("email", "a" * 250 + "@example.org", "max_length"),
        ("email", "a@example.org\nBcc: b@example.org", "invalid"),
        ("zone", "Moscow", "timezone"),
        ("zone", 3, "not_text"),
        ("whole", "5", "not_integer"),
        ("whole", 1.5, "not_integer"),
        ("whole", 1.0, "not_integer"),
        ("whole", True, "not_integer"),
        ("whole", 11, "max_value"),
        ("truth", 1, "not_boolean"),
        ("truth", "true", "not_boolean"),
        ("truth", None, "null"),
        ("at", "2026-03-01T09:00:00", "naive"),
        ("at", "2026-03-01", "not_moment"),
        ("at", "2026-02-30T09:00:00Z", "not_moment"),
        ("at", "2026-03-01T24:00:00Z", "not_moment"),
        ("at", "2026-03-01T09:00:60Z", "not_moment"),
        ("at", "2026-03-01T09:00:00+25:00", "not_moment"),
        ("at", "tomorrow", "not_moment"),
        ("at", 1772355600, "not_moment"),
        ("at", "1969-12-31T23:59:59Z", "range"),
        ("at", "9999-01-01T00:00:00Z", "range"),
        ("at", "0001-01-01T00:00:00+14:00", "range"),
        ("at", "1970-01-01T00:00:00+03:00", "range"),
        ("color", "red", "unknown_field"),
    ],
)
def test_a_bad_value_is_refused_with_its_field(api, field, value, code):
    answer = api.post("echo/", {field: value})
    assert answer.status_code == 400, answer.content
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("Europe/Moscow", "2026-03-01T12:00:00", "2026-03-01T09:00:00Z"),
        ("Europe/Moscow", "2026-03-01T12:00:00+00:00", "2026-03-01T12:00:00Z"),
        ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("America/New_York", "2026-07-01T09:00", "2026-07-01T13:00:00Z"),
    ],
)
def test_a_time_without_offset_is_read_in_the_body_s_zone(api, zone, local, instant):
    assert api.post("echo/", {"zone": zone, "local": local}).json()["local"] == instant


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"zone": "Europe/Berlin", "local": "2026-03-29T02:30:00"}, "skipped"),
        ({"local": "2026-03-01T12:00:00"}, "naive"),
    ],
)
def test_a_time_that_does_not_exist_or_says_no_zone_is_refused(api, body, code):
    answer = api.post("echo/", body)
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("local", code)]


def test_what_is_read_only_may_be_sent_back(api):
    answer = api.post("people/", {"username": "anna", "id": "mine"})
    assert answer.status_code == 201
    assert answer.json()["id"] != "mine"


def test_a_body_over_the_limit_is_413(api):
    answer = api.post("echo/", raw=b'{"text": "' + b"a" * 1_100_000 + b'"}')
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def chunked(body: bytes):
    """A request as a WSGI server hands over one with `Transfer-Encoding: chunked`."""
    request = RequestFactory().post("/", content_type="application/json")
    request.META |= {"wsgi.input": BytesIO(body), "HTTP_TRANSFER_ENCODING": "chunked"}
    del request.META["CONTENT_LENGTH"]
    return request


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
def test_a_chunked_body_is_read_and_limited():
    seen = []
    limit = BodyLimit(lambda request: seen.append(request.body))
    limit(chunked(b"a" * 100))
    assert seen == [b"a" * 100]
    endless = BytesIO(b"a" * 10_000)
    request = chunked(b"")
    request.META["wsgi.input"] = endless
    assert limit(request).status_code == 413
    assert endless.tell() == 101
    assert len(seen) == 1


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
def test_a_path_that_takes_larger_bodies_takes_them_when_their_length_is_told(monkeypatch):
    monkeypatch.setitem(limits._large, "/files", 1000)
    limit = BodyLimit(lambda request: request.read())
    for path in ("/files", "/api/x/files/"):
        assert limit(RequestFactory().post(path, b"a" * 1000, content_type="text/csv")) == b"a" * 1000
        assert limit(RequestFactory().post(path, b"a" * 1001, content_type="text/csv")).status_code == 413
    assert limit(RequestFactory().post("/other", b"a" * 101, content_type="text/csv")).status_code == 413
    endless = chunked(b"a" * 101)
    endless.path_info = "/files"
    assert "Content-Length it may have 1000" in limit(endless).content.decode()


@pytest.mark.parametrize("length", ["", "-1", "abc", "²", "9" * 30])
def test_a_strange_length_is_no_500(length):
    request = RequestFactory().post("/", b"", content_type="application/json")
    request.META["CONTENT_LENGTH"] = length
    assert BodyLimit(lambda request: "passed")(request) == "passed"


def test_answers_are_json_whatever_is_accepted(api):
    assert json.loads(api.get("card/", accept="text/html").content) == {"number": 7, "version": 3}
