"""Where letters go is one URL, and what is wrong with it is one sentence without its password."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from angarium.config.settings import env
from angarium.config.settings.mail import _backend, _sender, _window


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("folder:", {"EMAIL_BACKEND": "angarium.engine.delivery.channels.mail.folder.LetterFolder"}),
        ("console:", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}),
        (
            "smtp://me:p%40ss@mail.example:2525?tls=1",
            {"EMAIL_HOST": "mail.example", "EMAIL_PORT": 2525, "EMAIL_USE_TLS": True, "EMAIL_HOST_PASSWORD": "p@ss"},
        ),
        ("smtp://mail.example", {"EMAIL_PORT": 25, "EMAIL_USE_TLS": False, "EMAIL_HOST_USER": ""}),
        ("smtp://mail.example?tls=1", {"EMAIL_PORT": 587}),
        ("smtps://mail.example", {"EMAIL_PORT": 465, "EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False}),
        (
            "anymail+mailgun://?api_key=k&sender_domain=mg.example",
            {
                "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
                "ANYMAIL": {
                    "MAILGUN_API_KEY": "k",
                    "MAILGUN_SENDER_DOMAIN": "mg.example",
                    "REQUESTS_TIMEOUT": env.integer("EMAIL_TIMEOUT", 10),
                },
            },
        ),
    ],
)
def test_a_url_means_a_back_end(url: str, meant: dict[str, Any]) -> None:
    found = _backend(url)
    assert {name: found[name] for name in meant} == meant


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "ftp://mail.example",
        "smtp://",
        "smtp://me:sesame@mail.example:port",
        "smtp://me:sesame@mail.example?starttls=1",
        "smtps://me:sesame@mail.example?tls=1",
        "smtp://me:sesame@mail.example?tls=yes",
        "anymail+pigeon://?api_key=sesame",
        "anymail+://",
        "anymail+../x://",
        "smtp://[::1",
    ],
)
def test_a_url_that_means_nothing_is_refused_with_those_that_do(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL .* Write one of folder:, console:, smtp://") as refused:
        _backend(url)
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize("sender", ["angarium", "Angarium <>", "a@b\nBcc: c@d.example"])
def test_a_sender_without_an_address_is_refused(sender: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DEFAULT_FROM_EMAIL"):
        _sender(sender)


def test_a_sender_may_be_an_address_alone_or_with_a_name() -> None:
    for sender in ("school@example.org", "Школа <school@example.org>", "Angarium <angarium@localhost>"):
        assert _sender(sender) == sender


@pytest.mark.parametrize("window", ["22-8", "22:00-24:00", "22:00-22:00", "always"])
def test_a_window_that_is_none_is_refused(window: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"QUIET_HOURS.* Write one such as 22:00-08:00"):
        _window(window)


@pytest.mark.parametrize("raw", ["-1", "many", "inf", "nan", "1e999"])
def test_a_rate_that_is_no_number_is_refused(raw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_PER_SECOND", raw)
    with pytest.raises(ImproperlyConfigured, match=r"EMAIL_PER_SECOND=.* is not a number from 0 on"):
        env.number("EMAIL_PER_SECOND", 0)


def test_a_rate_may_be_less_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_PER_SECOND", "0.25")
    assert env.number("EMAIL_PER_SECOND", 0) == 0.25
    monkeypatch.delenv("EMAIL_PER_SECOND")
    assert env.number("EMAIL_PER_SECOND", 3) == 3
