"""How other deployments are written in the settings, and what is said of what does not fit."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from angarium.config.settings.forward import _names, _peers

BROKER = "amqp://me:hidden@host:5672//"


def test_pm_22_peers_have_a_name_a_broker_and_the_types_that_they_get() -> None:
    assert _peers("") == _peers(" ; ") == ()
    assert _peers(f"projects {BROKER} lessons.* timeoff.*;\n archive rediss://h:6379/0") == (
        {"name": "projects", "url": BROKER, "types": ("lessons.*", "timeoff.*")},
        {"name": "archive", "url": "rediss://h:6379/0", "types": ("*",)},
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BROKER, "FORWARD_TO has no good name for a peer"),
        (f"Projects {BROKER}", "FORWARD_TO has no good name for a peer"),
        ("projects", "FORWARD_TO names no broker (amqp:// or redis://) for projects."),
        ("projects http://me:hidden@host/", "FORWARD_TO names no broker"),
        ("projects amqp://", "FORWARD_TO names no broker"),
        (f"a {BROKER}; a {BROKER}", "FORWARD_TO names a peer twice."),
    ],
)
def test_pm_22_what_names_no_peer_is_refused_without_telling_a_password(text: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        _peers(text)
    assert str(refused.value).startswith(sentence)
    assert "hidden" not in str(refused.value)


def test_pm_22_senders_have_names_that_can_be_parts_of_a_queue() -> None:
    assert _names("FORWARD_FROM", ["lessons", "time-off"]) == ("lessons", "time-off")
    with pytest.raises(ImproperlyConfigured, match="FORWARD_FROM has 'a b'"):
        _names("FORWARD_FROM", ["a b"])


def test_pm_23_no_channel_layer_is_set() -> None:
    """Frames are read from the log; Redis only wakes who reads (ADR-0012)."""
    assert getattr(settings, "CHANNEL_LAYERS", {}) == {}
    assert settings.FORWARD_AS == "angarium"
