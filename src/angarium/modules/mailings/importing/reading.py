"""A file as rows: its encoding, what stands between its cells, and its rows one by one in bounded memory."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from angarium.kernel.errors import Invalid

DELIMITERS = (",", ";", "\t")
#: Characters of the longest line, and of the longest cell.
LONGEST = 65_536
#: How much of a file is looked at for what stands between its cells.
_SAMPLE = 65_536
_FOREIGN = {
    b"PK\x03\x04": "This is a workbook, not text. Save it as CSV.",
    b"\xd0\xcf\x11\xe0": "This is a workbook, not text. Save it as CSV.",
    b"\xff\xfe": "This is UTF-16. Save it as CSV in UTF-8.",
    b"\xfe\xff": "This is UTF-16. Save it as CSV in UTF-8.",
}


class BrokenFile(Invalid):
    """This file cannot be read as rows of cells."""

    code = "broken_file"


class Decoding:
    """Finds out the encoding of what flows by: UTF-8 if all of it is, else the Cyrillic one of Windows."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = True
        self.lines = 0
        self._last = b"\n"

    def feed(self, piece: bytes) -> None:
        self.lines += piece.count(b"\n")
        self._last = piece[-1:] or self._last
        if self._is_utf8:
            self._decode(piece, final=False)

    def end(self) -> str:
        """The encoding. `lines` is how many there are then, also without an end of the last one."""
        self.lines += self._last != b"\n"
        if self._is_utf8:
            self._decode(b"", final=True)
        return "utf-8-sig" if self._is_utf8 else "cp1251"

    def _decode(self, piece: bytes, *, final: bool) -> None:
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            self._is_utf8 = False


def refuse_what_is_no_text(beginning: bytes) -> None:
    """BrokenFile for a workbook, or an encoding that is not read here."""
    for mark, sentence in _FOREIGN.items():
        if beginning.startswith(mark):
            raise BrokenFile(sentence, field="file")
    if b"\x00" in beginning:
        raise BrokenFile("This is not text. Save it as CSV in UTF-8.", field="file")


def delimiter_of(path: Path, encoding: str) -> str:
    """The one that stands in the same number in most of the first lines; a comma where there is one column."""
    with path.open("rb") as file:
        text = file.read(_SAMPLE).decode(encoding, "ignore")
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    return max(DELIMITERS, key=lambda one: _regularity(lines, one))


def _regularity(lines: list[str], delimiter: str) -> tuple[int, int]:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return 0, 0
    several = [width for width in widths if width > 1]
    same = max((several.count(width) for width in set(several)), default=0)
    return same, max(several, default=0)


def rows_of(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Every row, an empty line as an empty one; row n stands in line n of a table. BrokenFile for a quotation mark that
    is never closed, or a line that no table has."""
    with path.open("rb") as file:
        reader = csv.reader(_lines(file, encoding), delimiter=delimiter, strict=True)
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                raise BrokenFile(f"Line {reader.line_num} cannot be read: {error}.", field="file") from error
            if row is None:
                return
            yield row


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Lines of a bounded length, so that a file of one line is not taken into memory."""
    text = TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    number = 0
    while line := text.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise BrokenFile(f"Line {number} is longer than {LONGEST} characters.", field="file")
        yield line
