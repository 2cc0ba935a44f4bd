"""PNG (ISO/IEC 15948), written: a picture of few colours from rows of their numbers. For plots in letters."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

Colour = tuple[int, int, int]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS, _PALETTE = 8, 3


def png(rows: Sequence[bytes | bytearray], palette: Sequence[Colour]) -> bytes:
    """The picture whose rows these are, each byte the number of a colour in the palette. ValueError when the rows are
    not equally long, or name a colour that there is not."""
    width = len(rows[0]) if rows else 0
    if not width or any(len(row) != width for row in rows):
        raise ValueError("A picture has rows, all equally long.")
    if not 0 < len(palette) <= 256 or max(map(max, rows)) >= len(palette):
        raise ValueError("A row names a colour that the palette has not.")
    header = struct.pack(">IIBBBBB", width, len(rows), _BITS, _PALETTE, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    colours = bytes(part for colour in palette for part in colour)
    parts = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
