"""The records of a file in LevelDB's log layout: blocks of 32 KiB, checked, records over their borders put together.

Layout: LevelDB's documentation, "log format". Each piece has a masked CRC-32C of its type and contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from struct import Struct as Layout
from typing import Final, TypeAlias

from google_crc32c import extend, value

from dynalayer.migrate.firestore.errors import BadExport

Buffer: TypeAlias = "bytes | mmap"
BLOCK: Final = 32_768
_HEADER: Final = Layout("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_MASK: Final = 0xA282EAD8
_BITS: Final = 0xFFFFFFFF
_SEEDS: Final = {kind: value(bytes([kind])) for kind in (_FULL, _FIRST, _MIDDLE, _LAST)}


def records(data: Buffer, file: str, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Each record with the offset that it begins at, from `start` on, which is such an offset; raises `BadExport`."""
    end, position = len(data), start
    parts: list[bytes] = []
    begun = -1
    while True:
        position = _next(data, position, end, file)
        if position >= end:
            if parts:
                raise BadExport(file, begun, "the record that begins here has no end: the file is cut off")
            return
        kind, content, after = _piece(data, position, end, file)
        if (kind in (_FULL, _FIRST)) == bool(parts):
            what = "a record begins within another" if parts else "a record goes on that never began"
            raise BadExport(file, position, what)
        if kind == _FULL:
            yield position, content
        else:
            begun = position if kind == _FIRST else begun
            parts.append(content)
            if kind == _LAST:
                yield begun, b"".join(parts)
                parts = []
        position = after


def _next(data: Buffer, position: int, end: int, file: str) -> int:
    """Where the next piece begins: a block's last bytes are zeros if no header fits there, or if the writer stopped."""
    while position < end:
        left = BLOCK - position % BLOCK
        if left >= _HEADER.size and (end - position < _HEADER.size or any(data[position : position + _HEADER.size])):
            return position
        if any(data[position : min(position + left, end)]):
            raise BadExport(file, position, "there is something else than zeros where a block is filled up")
        position += left
    return end


def _piece(data: Buffer, position: int, end: int, file: str) -> tuple[int, bytes, int]:
    if end - position < _HEADER.size:
        raise BadExport(file, position, "the file ends within the header of a record: it is cut off")
    checksum, length, kind = _HEADER.unpack_from(data, position)
    begin = position + _HEADER.size
    if kind not in _SEEDS:
        raise BadExport(
            file, position, f"a piece of a record is of the unknown kind {kind}: this is no such log, or damaged"
        )
    if position % BLOCK + _HEADER.size + length > BLOCK:
        raise BadExport(file, position, f"a piece of {length} bytes passes the end of its block: the file is damaged")
    if begin + length > end:
        raise BadExport(file, position, f"a piece of {length} bytes passes the end of the file: it is cut off")
    content = data[begin : begin + length]
    found = extend(_SEEDS[kind], content)
    if ((found >> 15 | found << 17) + _MASK) & _BITS != checksum:
        raise BadExport(file, position, "the checksum does not fit: the file is damaged")
    return kind, content, begin + length
