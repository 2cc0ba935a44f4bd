"""The channel `email` against a mail server and a provider's HTTP interface: the letter, and what each answer means."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
from anymail.exceptions import AnymailRecipientsRefused, AnymailUnsupportedFeature

from angarium.engine.delivery.channel import (
    Attachment,
    DeliveryFailure,
    Message,
    PermanentFailure,
    ProviderAway,
    TemporaryFailure,
    UnknownOutcome,
)
from angarium.engine.delivery.channels import channel_named
from angarium.engine.delivery.channels.email import failure_of
from angarium.engine.delivery.checks import letters_can_be_sent
from angarium.engine.delivery.tests import mailing
from angarium.engine.delivery.tests.conftest import ANNA
from tests.servers.http import HttpServer, http_server
from tests.servers.smtp import DROP, SILENT, SmtpServer, smtp_server

ID = UUID("01900000-0000-7000-8000-000000000001")
LETTER = Message(
    id=ID,
    to=ANNA,
    subject="Урок\r\nBcc: everybody@example.org",
    body="Привет, Анна!\n.\nДо завтра.\n",
    html="<p>Привет, Анна!</p>",
    attachments=(Attachment("lesson.ics", "text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),),
)


@pytest.fixture(autouse=True)
def _short_timeout(settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 1
    settings.DEFAULT_FROM_EMAIL = "Angarium <angarium@school.example>"


@pytest.fixture
def server(settings: Any) -> Iterator[SmtpServer]:
    with smtp_server() as server:
        mailing.use_smtp(settings, server.port)
        yield server


@pytest.fixture
def mailgun(settings: Any) -> Iterator[HttpServer]:
    with http_server(200, mailing.MAILGUN_ANSWER) as server:
        mailing.use_mailgun(settings, server.url)
        yield server


def test_a_letter_arrives_whole(server: SmtpServer) -> None:
    receipt = channel_named("email").deliver(LETTER)
    [letter] = server.letters
    mail = letter.message
    assert letter.recipients == ("anna@example.org",)
    assert str(mail["To"]) == "Анна <anna@example.org>"
    assert str(mail["From"]) == "Angarium <angarium@school.example>"
    assert str(mail["Subject"]) == "Урок Bcc: everybody@example.org"
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == f"<{ID}@school.example>" == receipt.id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime is not None
    assert receipt.answer == "250 2.0.0 Ok: queued as STUB1"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == LETTER.body
    assert html.get_content().strip() == "<p>Привет, Анна!</p>"
    [calendar] = mail.iter_attachments()
    assert (calendar.get_content_type(), calendar.get_param("method")) == ("text/calendar", "REQUEST")
    assert (calendar.get_filename(), "VCALENDAR" in calendar.get_content()) == ("lesson.ics", True)


def test_a_picture_stands_where_the_html_shows_it(server: SmtpServer) -> None:
    picture = Attachment.of_bytes("day.png", "image/png", b"\x89PNG\r\n\x1a\n\x00")
    html = f'<img src="cid:{picture.cid}">'
    channel_named("email").deliver(replace(LETTER, html=html, attachments=(*LETTER.attachments, picture)))
    [letter] = server.letters
    _calendar, shown = letter.message.iter_attachments()
    assert (shown.get_content_type(), shown.get_filename()) == ("image/png", "day.png")
    assert (shown.get_content(), shown["Content-ID"]) == (b"\x89PNG\r\n\x1a\n\x00", "<day.png@enclosed>")
    assert shown.get_content_disposition() == "inline"


def test_each_attempt_has_the_same_message_id(server: SmtpServer) -> None:
    for _ in range(2):
        channel_named("email").deliver(LETTER)
    first, second = (letter.message["Message-ID"] for letter in server.letters)
    assert first == second


@pytest.mark.parametrize(
    ("step", "answer", "kind", "flag"),
    [
        ("connect", "554 5.7.1 We do not know you", ProviderAway, False),
        ("connect", "421 Too many connections", ProviderAway, False),
        ("connect", SILENT, ProviderAway, False),
        ("connect", DROP, ProviderAway, False),
        ("helo", "550 Who are you", ProviderAway, False),
        ("mail", SILENT, ProviderAway, False),
        ("mail", "451 4.3.0 Later", TemporaryFailure, None),
        ("mail", "530 5.7.0 Must issue STARTTLS first", ProviderAway, True),
        ("mail", "553 5.7.1 Sender not owned by you", ProviderAway, True),
        ("mail", "552 5.3.4 Too large", PermanentFailure, False),
        ("rcpt", "450 4.2.0 Greylisted", TemporaryFailure, None),
        ("rcpt", "421 4.3.2 Shutting down", ProviderAway, False),
        ("rcpt", "550 5.1.1 No such mailbox", PermanentFailure, True),
        ("rcpt", "551 User not local", PermanentFailure, True),
        ("rcpt", "553 5.1.3 Bad mailbox name", PermanentFailure, True),
        ("rcpt", "554 5.7.1 Relay access denied", PermanentFailure, False),
        ("rcpt", "552 5.2.2 Mailbox full", PermanentFailure, False),
        ("rcpt", DROP, ProviderAway, False),
        ("data", "451 4.3.0 Later", TemporaryFailure, None),
        ("data", "554 5.5.1 No valid recipients", PermanentFailure, False),
        ("data", DROP, ProviderAway, False),
        ("letter", "452 4.3.1 No space", TemporaryFailure, None),
        ("letter", "550 5.7.1 This is spam", PermanentFailure, False),
        ("letter", "421 4.3.2 Going down", ProviderAway, False),
        ("letter", SILENT, UnknownOutcome, None),
        ("letter", DROP, UnknownOutcome, None),
    ],
)
def test_each_answer_of_a_mail_server_means_one_thing(
    server: SmtpServer, step: str, answer: str, kind: type[DeliveryFailure], flag: bool | None
) -> None:
    server.answers[step] = answer
    with pytest.raises(DeliveryFailure) as caught:
        channel_named("email").deliver(LETTER)
    failure = caught.value
    assert type(failure) is kind
    assert getattr(failure, "at_once", getattr(failure, "address_is_dead", None)) is flag
    if answer[0].isdigit():
        assert failure.answer == answer
        assert answer in failure.message


def test_a_server_that_says_goodbye_badly_has_the_letter_all_the_same(server: SmtpServer) -> None:
    server.answers["quit"] = DROP
    channel_named("email").deliver(LETTER)
    assert len(server.letters) == 1


def test_a_wrong_password_is_the_instance_s_fault_and_said_so(server: SmtpServer, settings: Any) -> None:
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "angarium"
    server.answers["auth"] = "535 5.7.8 Authentication failed"
    with pytest.raises(ProviderAway, match=r"does not accept our name and password: 535 5\.7\.8") as caught:
        channel_named("email").deliver(LETTER)
    assert caught.value.at_once


def test_a_server_without_the_tls_that_was_asked_for_gets_no_letter(server: SmtpServer, settings: Any) -> None:
    settings.EMAIL_USE_TLS = True
    with pytest.raises(ProviderAway, match="does not offer what EMAIL_URL asks for") as caught:
        channel_named("email").deliver(LETTER)
    assert caught.value.at_once
    assert server.offered == []


def test_a_host_that_nobody_knows_is_a_provider_that_is_away() -> None:
    assert type(failure_of(socket.gaierror(-2, "Name or service not known"))) is ProviderAway


def test_a_fault_of_ours_is_tried_again_within_the_budget() -> None:
    assert type(failure_of(RuntimeError("oops"))) is TemporaryFailure


def test_letters_are_seen_without_a_mail_server(settings: Any, tmp_path: Path) -> None:
    with mailing.folder(settings, tmp_path):
        for _ in range(2):
            channel_named("email").deliver(LETTER)
    [file] = settings.LETTERS.iterdir()
    assert file.name == f"{ID}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["Message-ID"] == f"<{ID}@school.example>"


def test_a_provider_s_interface_gets_the_letter(mailgun: HttpServer) -> None:
    receipt = channel_named("email").deliver(LETTER)
    [asked] = mailgun.asked
    assert asked.path == "/v3/mg.example.org/messages"
    body = asked.body.decode()
    assert "anna@example.org" in body
    assert f"<{ID}@school.example>" in body
    assert "BEGIN:VCALENDAR" in body
    assert receipt.id.strip("<>") == "20260701.1@mg.example.org"


@pytest.mark.parametrize(
    ("status", "kind", "at_once"),
    [
        (400, PermanentFailure, None),
        (401, ProviderAway, True),
        (403, ProviderAway, True),
        (404, ProviderAway, False),
        (429, TemporaryFailure, None),
        (500, ProviderAway, False),
        (503, ProviderAway, False),
        (SILENT, UnknownOutcome, None),
        (DROP, UnknownOutcome, None),
        (200, UnknownOutcome, None),
    ],
)
def test_each_answer_of_a_provider_means_one_thing(
    mailgun: HttpServer, status: int | str, kind: type[DeliveryFailure], at_once: bool | None
) -> None:
    mailgun.status, mailgun.body = status, "not json"
    with pytest.raises(DeliveryFailure) as caught:
        channel_named("email").deliver(LETTER)
    assert type(caught.value) is kind
    if at_once is not None:
        assert getattr(caught.value, "at_once", None) is at_once


def test_settings_that_lack_are_the_instance_s_fault(settings: Any) -> None:
    mailing.use_mailgun(settings, "http://127.0.0.1:1")
    del settings.ANYMAIL["MAILGUN_API_KEY"]
    with pytest.raises(ProviderAway, match="settings are not complete") as caught:
        channel_named("email").deliver(LETTER)
    assert caught.value.at_once


def test_settings_that_lack_are_said_at_the_start(settings: Any) -> None:
    assert letters_can_be_sent(None) == []
    mailing.use_mailgun(settings, "http://127.0.0.1:1")
    assert letters_can_be_sent(None) == []
    del settings.ANYMAIL["MAILGUN_API_KEY"]
    [error] = letters_can_be_sent(None)
    assert "MAILGUN_API_KEY" in error.msg


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AnymailRecipientsRefused(), PermanentFailure),
        (AnymailUnsupportedFeature("no attachments"), PermanentFailure),
        (requests.exceptions.ConnectTimeout(), ProviderAway),
        (requests.exceptions.SSLError(), ProviderAway),
        (requests.exceptions.ReadTimeout(), UnknownOutcome),
        (requests.exceptions.ConnectionError("reset"), UnknownOutcome),
        (ConnectionRefusedError(), ProviderAway),
    ],
)
def test_each_exception_of_anymail_means_one_thing(settings: Any, error: Exception, kind: type[Exception]) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    assert type(failure_of(error)) is kind
