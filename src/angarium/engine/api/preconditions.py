"""ETag and If-Match (RFC 9110, 8.8.3 and 13.1.1) over a row's version."""

from __future__ import annotations

import re
from typing import Any

from angarium.kernel.errors import Invalid

_number = re.compile(r'"v(0|[1-9][0-9]{0,17})"')
_pair = re.compile(r'"v((?:0|[1-9][0-9]{0,9})\.(?:0|[1-9][0-9]{0,18}))"')


def etag(version: int | str) -> str:
    """The strong entity tag of a version: `"v3"`, or `"v3.17"` of what counts in two steps."""
    return f'"v{version}"'


def if_match(request: Any) -> int | None:
    """The version that the client last saw; None without the header or for `*`.

    Raises Invalid (400) for anything but one tag of ours. Whether the version still holds is asked under the lock,
    by the action, which raises Stale (412).
    """
    found = _given(request, _number, "v3")
    return None if found is None else int(found)


def if_match_pair(request: Any) -> str | None:
    """The same where a version is a pair such as `3.17`."""
    return _given(request, _pair, "v3.17")


def _given(request: Any, form: re.Pattern[str], such_as: str) -> str | None:
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    found = form.fullmatch(given)
    if found is None:
        sentence = f'If-Match is the ETag that was sent with the last answer, such as "{such_as}".'
        raise Invalid(sentence, field="If-Match")
    return found[1]
