"""Where the files of an import are: the upload, and what was wrong with its rows.

They are in ANGARIUM_HOME, which all processes of an instance share.
"""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from uuid import UUID

from django.conf import settings

from angarium.engine.api.public import TooLarge
from angarium.kernel.errors import Unavailable

from .reading import Decoding, refuse_what_is_no_text

#: Bytes of the largest file that is taken.
MOST_BYTES = 256 * 2**20
_PIECE = 2**16
#: Characters of a wrong value that are told.
_KEPT = 200
#: What a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Wrongs = Sequence[tuple[int, str, str]]


def upload_of(file: UUID) -> Path:
    return _folder() / f"{file}.csv"


def errors_of(file: UUID) -> Path:
    return _folder() / f"{file}.errors.csv"


def forget(file: UUID, *, errors: bool = True) -> None:
    """Delete what is kept of an import; with `errors=False` what was wrong with it stays to be read."""
    upload_of(file).unlink(missing_ok=True)
    if errors:
        errors_of(file).unlink(missing_ok=True)


def save(file: UUID, read: Callable[[int], bytes]) -> Decoding:
    """Write an upload down, piece by piece. TooLarge and BrokenFile leave nothing behind, Unavailable when the disk is
    full."""
    path, decoding = upload_of(file), Decoding()
    try:
        _write(path, read, decoding)
    except OSError as error:
        path.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("The disk of this server is full; the file was not kept.") from error
        raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return decoding


def _write(path: Path, read: Callable[[int], bytes], decoding: Decoding) -> None:
    size = 0
    with path.open("xb") as file:
        os.chmod(path, 0o600)
        while piece := read(_PIECE):
            if not size:
                refuse_what_is_no_text(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise TooLarge(f"The file is larger than {MOST_BYTES} bytes, which is all that is taken.", field="file")
            decoding.feed(piece)
            file.write(piece)


def write_wrongs(file: UUID, size: int, delimiter: str, wrongs: Wrongs) -> int:
    """Add what was wrong to the first `size` bytes of the file of errors, which is all that was committed; its new
    size. With a size of 0 it begins anew."""
    path = errors_of(file)
    size = size if path.exists() else 0
    text = StringIO()
    lines = csv.writer(text, delimiter=delimiter)
    if not size:
        lines.writerow(["row", "value", "reason"])
    lines.writerows((row, _harmless(value), reason) for row, value, reason in wrongs)
    with path.open("r+b" if path.exists() else "w+b") as out:
        os.chmod(path, 0o600)
        out.truncate(size)
        out.seek(size)
        out.write(text.getvalue().encode("utf-8" if size else "utf-8-sig"))
        out.flush()
        os.fsync(out.fileno())
        return out.tell()


def _harmless(value: str) -> str:
    """A value that no spreadsheet reckons with."""
    text = value[:_KEPT].replace("\x00", "")
    return f"'{text}" if text.startswith(_FORMULA) else text


def written_wrongs(file: UUID, size: int) -> Iterator[bytes]:
    """What was committed of the file of errors, piece by piece; nothing where there is none."""
    path = errors_of(file)
    if not size or not path.exists():
        return
    with path.open("rb") as errors:
        while size > 0 and (piece := errors.read(min(_PIECE, size))):
            size -= len(piece)
            yield piece


def _folder() -> Path:
    folder = Path(settings.ANGARIUM_HOME) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
