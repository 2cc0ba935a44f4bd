"""What each answer of the external sender means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from angarium.engine.delivery.channel import (
    DeliveryFailure,
    PermanentFailure,
    ProviderAway,
    TemporaryFailure,
    UnknownOutcome,
)
from angarium.engine.delivery.channels.sender.answers import KEPT, SENTENCES, Answer, Said, failure_of, read

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
OK = b'{"code": 0, "message": "OK"}'
HUGE = b'{"code": 0, "message": "' + b"x" * 100_000 + b'"}'


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, OK, Said.OK),
        (200, b' \r\n{"message": "\xd0\x9f", "code": 0, "more": [1]}\n', Said.OK),
        (200, b"<html>It works!</html>", Said.GARBAGE),
        (200, b"", Said.GARBAGE),
        (200, b"{}", Said.GARBAGE),
        (200, b"null", Said.GARBAGE),
        (200, b"0", Said.GARBAGE),
        (200, b'[{"code": 0}]', Said.GARBAGE),
        (200, b'{"code": 1}', Said.NOT_OK),
        (200, b'{"code": -1}', Said.NOT_OK),
        (200, b'{"code": true}', Said.GARBAGE),
        (200, b'{"code": false}', Said.GARBAGE),
        (200, b'{"code": "0"}', Said.GARBAGE),
        (200, b'{"code": null}', Said.GARBAGE),
        (200, b'{"code": 0', Said.GARBAGE),
        (200, b'{"code": ' + b"1" * 5000 + b"}", Said.GARBAGE),
        (200, b'{"code": 0}{"code": 1}', Said.GARBAGE),
        (200, b"[" * 60_000, Said.GARBAGE),
        (200, b'{"code": 0, "message": "\xff\xfe"}', Said.GARBAGE),
        (200, HUGE, Said.GARBAGE),
        (201, OK, Said.GARBAGE),
        (202, OK, Said.GARBAGE),
        (204, b"", Said.GARBAGE),
        (301, b"", Said.GARBAGE),
        (302, OK, Said.GARBAGE),
        (400, OK, Said.REFUSED),
        (401, b"", Said.UNAUTHORIZED),
        (403, b"", Said.UNAUTHORIZED),
        (404, b"", Said.UNREACHABLE),
        (405, b"", Said.UNREACHABLE),
        (408, b"", Said.TIMEOUT),
        (409, b"", Said.REFUSED),
        (413, b"", Said.REFUSED),
        (422, b"", Said.REFUSED),
        (429, b"", Said.BUSY),
        (500, OK, Said.SERVER_ERROR),
        (502, b"", Said.SERVER_ERROR),
        (503, b"", Said.SERVER_ERROR),
        (599, b"", Said.SERVER_ERROR),
    ],
)
def test_mail_13_only_200_with_json_and_code_0_is_sent(status: int, body: bytes, said: Said) -> None:
    answer = read(status, body, at=NOON)
    assert (answer.said, answer.status) == (said, status)
    assert answer.text.startswith(str(status))
    assert len(answer.text) <= KEPT


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("", 5),
        ("7", 7),
        ("2.5", 2.5),
        ("Wed, 01 Jul 2026 12:01:00 GMT", 60),
        ("Wed, 01 Jul 2026 11:00:00 GMT", 1),
        ("Wed, 01 Jul 2026 99:00:00 GMT", 5),
        ("soon", 5),
        ("nan", 5),
        ("inf", 5),
        ("-9", 1),
        ("0", 1),
        ("1e300", 3600),
        ("99999999999999999999", 3600),
        ("\udc80", 5),
    ],
)
def test_mail_15_a_busy_sender_says_how_long_to_leave_it_alone(retry_after: str, seconds: float) -> None:
    assert read(429, b"", retry_after, at=NOON).wait == timedelta(seconds=seconds)


def test_mail_15_retry_after_means_something_with_429_and_503_only() -> None:
    busy = read(503, b"", "9", at=NOON)
    assert (busy.said, busy.wait) == (Said.BUSY, timedelta(seconds=9))
    for status in (200, 400, 401, 500, 502):
        assert read(status, OK, "9", at=NOON).wait is None


def test_what_is_kept_of_an_answer_can_be_shown_and_stored() -> None:
    answer = read(500, b"a\x00b\r\nc\xff" + "щ".encode() * 500)
    assert answer.text.startswith("500 a b  c\ufffdщ")
    assert len(answer.text) == KEPT


def test_mail_25_an_answer_that_repeats_our_token_does_not_give_it_away() -> None:
    answer = read(401, b"<html>" + b" " * 150 + b"the token eyJhbGciOi.secret has expired", secret="eyJhbGciOi.secret")
    assert "***" in answer.text
    assert "eyJ" not in answer.text


@pytest.mark.parametrize(
    ("said", "failure", "at_once"),
    [
        (Said.REFUSED, PermanentFailure, None),
        (Said.UNAUTHORIZED, ProviderAway, True),
        (Said.UNREACHABLE, ProviderAway, False),
        (Said.BUSY, ProviderAway, False),
        (Said.TIMEOUT, UnknownOutcome, None),
        (Said.SERVER_ERROR, TemporaryFailure, None),
        (Said.GARBAGE, TemporaryFailure, None),
        (Said.NOT_OK, TemporaryFailure, None),
    ],
)
def test_every_answer_but_one_is_a_failure_of_the_channel(
    said: Said, failure: type[DeliveryFailure], at_once: bool | None
) -> None:
    found = failure_of(Answer(said, "500 no"))
    assert type(found) is failure
    assert (found.message, found.answer) == (SENTENCES[said], "500 no")
    assert getattr(found, "at_once", None) == at_once


def test_what_was_taken_is_no_failure() -> None:
    with pytest.raises(ValueError, match="taken"):
        failure_of(Answer(Said.OK))
