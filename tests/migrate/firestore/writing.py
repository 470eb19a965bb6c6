"""Writes managed exports from the format's description: LevelDB's log, protobuf's wire format, EntityProto.

Nothing here is shared with the reader: the checksum is reckoned bit by bit, messages are put together byte by byte.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dynalayer.migrate.firestore import Document, GeoPoint, Reference, Timestamp, Vector

BLOCK = 32_768
APP = b"s~test"
"""The project, as App Engine names it."""


def crc32c(data: bytes) -> int:
    """Castagnoli's polynomial, reflected (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _row(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
    return number


_TABLE = [_row(number) for number in range(256)]


def masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17 & 0xFFFFFFFF)) + 0xA282EAD8) & 0xFFFFFFFF


def log(records: Iterable[bytes], chance: random.Random | None = None) -> bytes:
    """Records in blocks; with `chance` some blocks are filled up with zeros early, as a writer that flushes does."""
    out = bytearray()
    for record in records:
        if chance is not None and chance.random() < 0.2:
            out += bytes(-len(out) % BLOCK)
        position, first = 0, True
        while first or position < len(record):
            left = BLOCK - len(out) % BLOCK
            if left < 7:
                out += bytes(left)
                left = BLOCK
            piece = record[position : position + left - 7]
            last = position + len(piece) == len(record)
            kind = (1 if last else 2) if first else (4 if last else 3)
            out += struct.pack("<IHB", masked(crc32c(bytes([kind]) + piece)), len(piece), kind) + piece
            position, first = position + len(piece), False
    return bytes(out)


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def double(field: int, value: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", value)


def block(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def group(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 3) + content + varint(field << 3 | 4)


def element(kind: str, id_: str, fields: Sequence[int]) -> bytes:
    """A step of a path; an id such as `__id7__` is kept as a number."""
    kind_field, id_field, name_field = fields
    inner = block(kind_field, kind.encode())
    if id_.startswith("__id") and id_.endswith("__"):
        return inner + number(id_field, int(id_[4:-2]))
    return inner + block(name_field, id_.encode())


def steps(path: str) -> list[tuple[str, str]]:
    names = path.split("/")
    return list(zip(names[::2], names[1::2], strict=True))


def key_path(path: str) -> bytes:
    return b"".join(group(1, element(kind, id_, (2, 3, 4))) for kind, id_ in steps(path))


def reference(path: str) -> bytes:
    inner = b"".join(group(14, element(kind, id_, (15, 16, 17))) for kind, id_ in steps(path))
    return group(12, block(13, APP) + inner)


def value(content: Any, *, is_raw: bool) -> tuple[int, bytes]:
    """The meaning of a value that is no array, and its PropertyValue; indexed bytes are marked otherwise."""
    match content:
        case None:
            return 0, b""
        case bool():
            return 0, number(2, int(content))
        case int():
            return 0, number(1, content)
        case float():
            return 0, double(4, content)
        case str():
            return 0, block(3, content.encode())
        case bytes():
            return (14 if is_raw else 16), block(3, content)
        case Timestamp():
            return 7, number(1, content.seconds * 1_000_000 + content.nanoseconds // 1_000)
        case GeoPoint():
            return 9, group(5, double(6, content.latitude) + double(7, content.longitude))
        case Reference():
            return 0, reference(content.path)
        case dict():
            inner = block(13, block(13, b"") + block(14, b"")) + properties(content) + block(16, b"")
            return 19, block(3, inner)
        case _:
            raise TypeError(type(content).__name__)


def property_(name: str, meaning: int, content: bytes, *, multiple: bool, is_raw: bool) -> bytes:
    inner = (number(1, meaning) if meaning else b"") + block(3, name.encode()) + number(4, int(multiple))
    return block(15 if is_raw else 14, inner + block(5, content))


def properties(fields: dict[str, Any], chance: random.Random | None = None, *, vectors_as_maps: bool = False) -> bytes:
    """Each field among the indexed or the other properties, as chance has it; some kinds are never indexed."""
    out = b""
    for name, content in fields.items():
        is_raw = (chance or random.Random(name)).random() < 0.5 or isinstance(content, dict)
        if isinstance(content, Vector) and vectors_as_maps:
            content = {"__type__": "__vector__", "value": list(content.values)}
        if isinstance(content, Vector):
            for each in content.values:
                out += property_(name, 31, double(4, each), multiple=True, is_raw=True)
        elif isinstance(content, list) and not content:
            out += property_(name, 24, b"", multiple=False, is_raw=False)
        elif isinstance(content, list):
            for each in content:
                meaning, inner = value(each, is_raw=is_raw)
                out += property_(name, meaning, inner, multiple=True, is_raw=is_raw)
        else:
            meaning, inner = value(content, is_raw=is_raw)
            out += property_(name, meaning, inner, multiple=False, is_raw=is_raw)
    return out


def entity(document: Document, chance: random.Random | None = None, *, vectors_as_maps: bool = False) -> bytes:
    """The EntityProto of a document."""
    key = block(13, block(13, APP) + block(14, key_path(document.path)))
    root = "/".join(document.path.split("/")[:2])
    fields = properties(document.fields, chance, vectors_as_maps=vectors_as_maps)
    return key + fields + block(16, key_path(root))


def metadata(files: Sequence[str], start: int = 1_700_000_000_000_000) -> bytes:
    """The export_metadata of a folder: when it was begun and ended in microseconds, and its files."""
    times = block(1, b"export") + number(2, start) + number(3, start + 5_000_000)
    return block(1, times) + b"".join(block(2, block(1, b"") + block(2, name.encode())) for name in files)


def export(
    folder: Path,
    documents: Sequence[Document],
    *,
    files: int = 1,
    chance: random.Random | None = None,
    start: int = 1_700_000_000_000_000,
) -> Path:
    """A whole export of documents, dealt to so many files."""
    inner = folder / "all_namespaces" / "all_kinds"
    inner.mkdir(parents=True, exist_ok=True)
    names = [f"output-{number_}" for number_ in range(files)]
    for number_, name in enumerate(names):
        (inner / name).write_bytes(log((entity(each, chance) for each in documents[number_::files]), chance))
    (inner / "all_namespaces_all_kinds.export_metadata").write_bytes(metadata(names, start))
    (folder / f"{folder.name}.overall_export_metadata").write_bytes(log([b"3"]))
    return folder
