"""The conformance suite: what every channel keeps, each form of the e-mail channel among them.

A new channel joins `CASES` with whatever its server needs, and with how it is made to be away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from angarium.engine.delivery.channel import (
    Attachment,
    Channel,
    DeliveryFailure,
    Message,
    PermanentFailure,
    Receipt,
    Recipient,
)
from angarium.engine.delivery.channels import CHANNELS, channel_named
from angarium.engine.delivery.endpoints import Endpoint
from angarium.engine.delivery.testing import FakeChannel
from angarium.engine.delivery.tests import mailing
from angarium.engine.delivery.tests.conftest import ANNA
from tests.servers.environment import free_port

CASES: dict[str, tuple[Callable[[], Channel], Callable[..., Any]]] = {
    "log": (lambda: channel_named("log"), lambda settings, tmp_path: nullcontext()),
    "fake": (FakeChannel, lambda settings, tmp_path: nullcontext()),
    "sms": (lambda: channel_named("sms"), mailing.local_sender),
    "webhook": (lambda: channel_named("webhook"), mailing.receiver),
    **{f"email by {name}": (lambda: channel_named("email"), form) for name, form in mailing.FORMS.items()},
}
#: Who can be reached by text message, where others are by letter.
ANNA_S_PHONE = replace(ANNA, address="79001234567")
TEXTS = ("", "text", "лінія\nlinia\x00", "x" * 100_000, "half \ud800 a letter", "a\r\nBcc: b@example.org", ".\r\n.\n..")


@pytest.fixture(params=CASES)
def channel(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[Channel]:
    make, ready = CASES[request.param]
    settings.EMAIL_TIMEOUT = 2
    with ready(settings, tmp_path):
        yield make()


def message(channel: Channel, **changes: Any) -> Message:
    to = ANNA_S_PHONE if channel.provider == "sender" else ANNA
    given = {"id": uuid4(), "to": to, "subject": "Алгебра", "body": "Привет"}
    return Message(**{**given, **changes})


def test_every_channel_is_in_this_suite() -> None:
    assert {name.partition(" ")[0] for name in CASES} - {"fake"} == set(CHANNELS)


def test_it_says_what_it_is(channel: Channel) -> None:
    assert channel.provider
    assert isinstance(channel.idempotent, bool)
    assert isinstance(channel.disturbs, bool)
    assert channel.per_second >= 0


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_it_takes_any_text_twice_and_answers_with_a_receipt(channel: Channel, text: str) -> None:
    letter = message(channel, body=text, subject=text[:200])
    for receipt in (channel.deliver(letter), channel.deliver(letter)):
        assert isinstance(receipt, Receipt)
        assert receipt.after_commit is None or receipt.after_commit() is None


def test_it_takes_html_and_what_goes_along(channel: Channel) -> None:
    calendar = Attachment("lesson.ics", "text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    picture = Attachment.of_bytes("day.png", "image/png", b"\x89PNG\x00")
    assert isinstance(channel.deliver(message(channel, html="<p>Привет</p>", attachments=(calendar, picture))), Receipt)


def test_what_goes_along_is_kept_as_json_and_is_the_same_afterwards() -> None:
    text, picture = Attachment("a.txt", "text/plain", "Привет"), Attachment.of_bytes("a.png", "image/png", b"\x00\xff")
    for one in (text, picture):
        assert Attachment(**json.loads(json.dumps(one.stored))) == one
    assert text.stored == {"name": "a.txt", "media_type": "text/plain", "text": "Привет"}
    assert (text.content, picture.content) == ("Привет", b"\x00\xff")


@pytest.mark.parametrize("name", ["", 'Anna, Dr. "A" <x@y>', "Анна\r\nBcc: b@example.org", "x" * 255, "\u202eannA"])
def test_it_takes_anybody_s_name(channel: Channel, name: str) -> None:
    named = message(channel)
    assert isinstance(channel.deliver(replace(named, to=replace(named.to, name=name))), Receipt)


@pytest.mark.parametrize("address", ["", "anna", "a@b, c@d", "a@b\r\nBcc: c@d", "<>", "\x00@b", "@", "a@" + "b" * 300])
def test_an_address_that_is_none_is_taken_or_refused_for_good(channel: Channel, address: str) -> None:
    with suppress(PermanentFailure):
        assert isinstance(channel.deliver(message(channel, to=replace(ANNA, address=address))), Receipt)


def test_many_threads_may_use_it_at_once(channel: Channel) -> None:
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(channel.deliver, [message(channel) for _ in range(12)]))
    assert len(receipts) == 12


@contextmanager
def away(settings: Any, tmp_path: Path, form: str) -> Iterator[None]:
    """The form's server is not there, or the folder cannot be made."""
    if form == "smtp":
        mailing.use_smtp(settings, free_port())
    elif form == "mailgun":
        mailing.use_mailgun(settings, f"http://127.0.0.1:{free_port()}")
    elif form == "sms":
        settings.SENDER_URL = f"http://127.0.0.1:{free_port()}"
    elif form == "webhook":
        settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
        with mailing.receiving(Endpoint(f"http://127.0.0.1:{free_port()}", (mailing.SECRET,)), kind=ANNA.kind):
            yield
        return
    else:
        settings.EMAIL_BACKEND = "angarium.engine.delivery.channels.mail.folder.LetterFolder"
        (tmp_path / "file").write_text("in the way")
        settings.LETTERS = tmp_path / "file" / "letters"
    yield


@pytest.mark.parametrize("form", ["smtp", "mailgun", "folder", "sms", "webhook"])
def test_a_provider_that_is_not_there_is_away(form: str, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_TIMEOUT = 2
    channel = channel_named(form if form in {"sms", "webhook"} else "email")
    with away(settings, tmp_path, form), pytest.raises(DeliveryFailure) as failure:
        channel.deliver(message(channel))
    assert failure.value.code == "provider_away"


def test_a_recipient_is_told_in_the_instance_s_language_and_zone_unless_they_said_otherwise(settings: Any) -> None:
    settings.LANGUAGE_CODE, settings.TIME_ZONE = "en", "Asia/Tokyo"
    somebody = Recipient(kind="student", id="7")
    assert (somebody.language, somebody.timezone) == ("en", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.ics", "text/calendar\r\nBcc: x@y"),
        ("a.ics", "calendar"),
        ("a\n.ics", "text/plain"),
        ("", "text/plain"),
        ("../a", "text/plain"),
    ],
)
def test_what_could_not_stand_in_a_header_goes_not_along(name: str, media_type: str) -> None:
    with pytest.raises(ValueError, match=r"attachment|media type"):
        Attachment(name, media_type, "text")
