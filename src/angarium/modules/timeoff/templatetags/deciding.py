"""For letters: the key of a link that decides, signed as the letter is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from angarium.engine.tasks.public import current_run
from angarium.modules.timeoff.deciding import key_of

register = template.Library()


@register.simple_tag
def decision_key(decide: Sequence[Any]) -> str:
    """What the link of `[request, employee, submission]` is opened with: in the worker that sends the letter, and
    nowhere else. Whoever looks at a delivery on a page must not be able to decide as somebody else."""
    try:
        current_run()
    except LookupError:
        return "…"
    request, employee, submission = decide
    return key_of(int(request), int(employee), str(submission))
