"""Where text messages are handed to is read once, and what it cannot be is one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from angarium.config.sender import local_sender
from angarium.config.settings.sender import _address, _recipient


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ""),
        ("http://localhost:9001", "http://localhost:9001"),
        ("https://sender.example/api/", "https://sender.example/api"),
        ("http://[::1]:9001", "http://[::1]:9001"),
    ],
)
def test_an_address_is_kept_without_what_a_path_begins_with(text: str, meant: str) -> None:
    assert _address(text) == meant


@pytest.mark.parametrize(
    "text", ["sender", "ftp://sender", "http://", "http://sender:port", "http://[::1", "http://a:0"]
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"SENDER_URL is no address\. Write one such as https://"):
        _address(text)


def test_the_numbers_go_to_an_address_or_nowhere() -> None:
    assert (_recipient(""), _recipient("anna@example.org")) == ("", "anna@example.org")
    for text in ("anna", "Anna <anna@example.org>", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example"):
        with pytest.raises(ImproperlyConfigured, match="is no address"):
            _recipient(text)


def test_one_of_our_own_is_started_only_where_none_is_named_and_mailings_run(settings: Any) -> None:
    settings.SENDER_URL, settings.ANGARIUM_MODULES = "https://sender.example", ("mailings",)
    assert local_sender() == "https://sender.example"
    settings.SENDER_URL, settings.ANGARIUM_MODULES = "", ("lessons",)
    assert local_sender() == ""
