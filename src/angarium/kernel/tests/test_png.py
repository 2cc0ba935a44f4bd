"""What is written as PNG reads back as what it was, chunk by chunk."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import pytest

from angarium.kernel.png import png

PALETTE = [(255, 255, 255), (31, 74, 138), (0, 0, 0)]


def chunks(written: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each, their checksums held against them."""
    assert written[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(written):
        (length,) = struct.unpack(">I", written[at : at + 4])
        name, content = written[at + 4 : at + 8], written[at + 8 : at + 8 + length]
        assert written[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(name + content))
        yield name, content
        at += 12 + length


def test_a_picture_reads_back_as_it_was() -> None:
    rows = [bytes([0, 1, 2]), bytearray([2, 1, 0])]
    read = list(chunks(png(rows, PALETTE)))
    assert [name for name, _ in read] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    found = dict(read)
    assert struct.unpack(">IIBBBBB", found[b"IHDR"]) == (3, 2, 8, 3, 0, 0, 0)
    assert found[b"PLTE"] == bytes([255, 255, 255, 31, 74, 138, 0, 0, 0])
    assert zlib.decompress(found[b"IDAT"]) == b"\0\0\1\2" + b"\0\2\1\0"


@pytest.mark.parametrize("rows", [[], [b""], [b"\0\0", b"\0"], [b"\0\3"]])
def test_what_is_no_picture_is_refused(rows: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"picture|palette"):
        png(rows, PALETTE)
