"""The token that the sender knows us by. It expires: one in a file is read again when the file changes."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

_read: dict[Path, tuple[tuple[int, int, int], str]] = {}


def token() -> str:
    """SENDER_TOKEN_FILE if there is one, else SENDER_TOKEN; empty when there is neither or the file cannot be read."""
    if not settings.SENDER_TOKEN_FILE:
        return str(settings.SENDER_TOKEN)
    path = Path(settings.SENDER_TOKEN_FILE)
    try:
        found = path.stat()
        mark = (found.st_mtime_ns, found.st_size, found.st_ino)
        if _read.get(path, (None, ""))[0] != mark:
            _read[path] = (mark, path.read_text().strip())
    except (OSError, ValueError):
        return ""
    return _read[path][1]
