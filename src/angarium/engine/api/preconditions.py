"""ETag and If-Match (RFC 9110, 8.8.3 and 13.1.1) over a row's version."""

from __future__ import annotations

import re
from typing import Any

from angarium.kernel.errors import Invalid

_tag = re.compile(r'"v(0|[1-9][0-9]{0,17})"')


def etag(version: int) -> str:
    """The strong entity tag of a version: `"v3"`."""
    return f'"v{version}"'


def if_match(request: Any) -> int | None:
    """The version that the client last saw; None without the header or for `*`.

    Raises Invalid (400) for anything but one tag of ours. Whether the version still holds is asked under the lock,
    by the action, which raises Stale (412).
    """
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    found = _tag.fullmatch(given)
    if found is None:
        raise Invalid('If-Match is the ETag that was sent with the last answer, such as "v3".', field="If-Match")
    return int(found[1])
