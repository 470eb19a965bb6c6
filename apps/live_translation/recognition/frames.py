"""Messages over a pipe: the length in four bytes, then MessagePack."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from live_translation.recognition.engine import Recognised

_LENGTH: Final = struct.Struct(">I")
LONGEST: Final = 1 << 20


class BadFrame(ValueError):
    """What came is no frame: the other side is not what it should be."""


class Sound(msgspec.Struct, frozen=True, array_like=True, tag="sound"):
    """PCM to listen to."""

    pcm: bytes


class Finish(msgspec.Struct, frozen=True, array_like=True, tag="finish"):
    """No more sound: finish what was heard, and be ready for another stream."""


Order = Sound | Finish
"""To a worker."""


class Ready(msgspec.Struct, frozen=True, array_like=True, tag="ready"):
    """The engine is loaded, or has finished a stream."""


class Heard(msgspec.Struct, frozen=True, array_like=True, tag="heard"):
    """After so many bytes more, these are the results."""

    taken: int
    results: tuple[Recognised, ...] = ()


Answer = Ready | Heard
"""From a worker."""

_encode = msgspec.msgpack.Encoder().encode


def to_frame(message: Order | Answer) -> bytes:
    """A message as it goes over the pipe."""
    body = _encode(message)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts what comes over a pipe, in pieces of any size, into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in and give the bodies that are whole now; raises `BadFrame`."""
        self._buffer += data
        bodies: list[bytes] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > LONGEST:
                raise BadFrame(f"a frame of {length} bytes")
            stop = _LENGTH.size + length
            if len(self._buffer) < stop:
                break
            bodies.append(bytes(self._buffer[_LENGTH.size : stop]))
            del self._buffer[:stop]
        return bodies
