"""One HTTP request as it was read, and its body without the packing."""

from __future__ import annotations

import zlib

from dynalayer.protocol import SerializationError


class TooLarge(Exception):
    """A body, packed or unpacked, is over the bound."""


class Request:
    """Method, path, headers (names in lower case) and body; `keep_alive` says whether the client stays."""

    __slots__ = ("body", "headers", "is_old", "keep_alive", "method", "path")

    def __init__(self, path: bytes) -> None:
        self.path = path
        self.method = b""
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.keep_alive = True
        self.is_old = False

    def add_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; one that comes again is joined to the first by a comma, as HTTP takes it."""
        name = name.lower()
        headers = self.headers
        headers[name] = value if name not in headers else headers[name] + b"," + value

    def accepts_gzip(self) -> bool:
        """Whether the client asks for packed answers."""
        wanted = self.headers.get(b"accept-encoding")
        if wanted is None or b"gzip" not in wanted:
            return False
        for part in wanted.split(b","):
            coding, _, quality = part.replace(b" ", b"").partition(b";")
            if coding == b"gzip":
                return quality not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
        return False


def unpacked(body: bytes, coding: bytes, bound: int) -> bytes:
    """The body that was packed as its Content-Encoding says; raises `TooLarge` past `bound` bytes.

    Raises `SerializationError` for packing that is unknown or broken.
    """
    kind = coding.strip().lower()
    if kind == b"identity":
        return body
    if kind not in (b"gzip", b"x-gzip"):
        raise SerializationError("")
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, bound + 1)
    except zlib.error:
        raise SerializationError("") from None
    if len(plain) > bound:
        raise TooLarge
    if not stream.eof or stream.unused_data:
        raise SerializationError("")
    return plain
