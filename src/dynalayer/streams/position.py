"""How far a consumer has come in a stream, as a text that can be kept anywhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

import msgspec

from dynalayer.protocol import InvalidValue

BEGINNING: Final = ""
"""The place in a shard of which nothing has been read."""
SINCE: Final = "~"
"""The place in a shard of which only what comes after the consumer's beginning is wanted, and nothing has come yet."""
ENDED: Final = "."
"""The place in a shard that has been read to its end."""

_VERSION: Final = "1"


class _Content(msgspec.Struct, array_like=True):
    stream: str
    since: float
    made: float
    places: dict[str, str]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a consumer has come: `str(position)` is a text to keep, `Position.parse(text)` the position again.

    It holds for one stream, `stream`, and for all its shards: a consumer that begins with it gets every change after
    it, and may get some before it once more. `since` is the consumer's very beginning, before which it wants nothing,
    and `made` when the position was made, both in seconds since 1970.
    """

    stream: str
    since: float
    made: float
    base: Mapping[str, str] = field(repr=False)
    shard: str = field(default="", repr=False)
    number: str = field(default="", repr=False)

    @property
    def places(self) -> dict[str, str]:
        """The last sequence number read of each shard, or one of the marks above."""
        return {**self.base, self.shard: self.number} if self.shard else dict(self.base)

    @property
    def table(self) -> str:
        """The name of the table whose stream it is."""
        return table_of(self.stream)

    def __str__(self) -> str:
        body = msgspec.json.encode(_Content(self.stream, self.since, self.made, self.places))
        marked = crc32(body).to_bytes(4, "big") + body
        return f"{_VERSION}.{base64.urlsafe_b64encode(marked).decode().rstrip('=')}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """The position that a text stands for; raises `InvalidValue` if it is damaged or of an unknown version."""
        version, _, rest = text.partition(".")
        if version != _VERSION:
            raise InvalidValue("the text is no position in a stream, or one of a newer version of this library")
        content = _content(rest)
        if content is None:
            raise InvalidValue("the position is damaged: keep str(position) whole and unchanged")
        return cls(content.stream, content.since, content.made, content.places)


def _content(text: str) -> _Content | None:
    try:
        marked = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        content = msgspec.json.decode(marked[4:], type=_Content)
    except (binascii.Error, ValueError):
        return None
    return content if crc32(marked[4:]).to_bytes(4, "big") == marked[:4] else None


def table_of(arn: str) -> str:
    """The name of the table in a stream's ARN, `arn:...:table/NAME/stream/LABEL`; empty if it is none."""
    resource = arn.split(":", 5)[-1].split("/")
    return resource[1] if len(resource) > 2 and resource[0] == "table" else ""
