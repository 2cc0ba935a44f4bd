"""System checks: what would keep every letter from being sent is said at the start."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from angarium.kernel.checks import OURS

from .channels.email import trouble


@register(OURS)
def letters_can_be_sent(app_configs: Any, **_: object) -> list[CheckMessage]:
    """The back end that EMAIL_URL names has all the settings it needs."""
    if not (sentence := trouble()):
        return []
    return [Error(sentence, hint="Mend EMAIL_URL; env.example has its forms.", id="angarium.delivery.E001")]
