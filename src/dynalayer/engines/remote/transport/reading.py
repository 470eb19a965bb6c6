"""HTTP/1.1 answers out of a connection's bytes: no sockets here, the same for threads and for tasks."""

from __future__ import annotations

from dataclasses import dataclass

try:
    import httptools
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "calls over HTTP need httptools, which this installation lacks: pip install httptools"
    ) from None


class Garbled(Exception):
    """What came is no HTTP answer to the request, or a longer one than is taken."""


@dataclass(slots=True)
class Answer:
    """One answer; the names of its headers and its body are as they were sent."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """A header by its name, quickest as the service writes it; None if it did not come."""
        value = self.headers.get(name)
        if value is not None:
            return value
        sought = name.lower()
        return next((value for each, value in self.headers.items() if each.lower() == sought), None)


class Reader:
    """Reads the answers of one connection; at most `most_bytes` are taken for one of them.

    An answer without a length ends only with its connection, which could as well be a loss of its rest: it is no
    answer. Call `close` when the connection ends; it breaks a cycle with the parser.
    """

    __slots__ = ("_headers", "_most", "_parser", "_parts", "_status", "_taken", "on_body", "on_header", "reusable")

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self._taken = 0
        self._status = 0
        self.reusable = True
        # Called by the parser, several times for each answer; so these are functions of C.
        self.on_header = self._headers.__setitem__
        self.on_body = self._parts.append
        self._parser = httptools.HttpResponseParser(self)

    def on_message_begin(self) -> None:
        if self._status:
            raise Garbled("more came than one answer")

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status
            self.reusable = self._parser.should_keep_alive()
        else:
            # An interim answer, such as 103, may come before any other (RFC 9110, 15.2).
            self._headers.clear()

    def feed(self, data: bytes | memoryview) -> Answer | None:
        """Take what has come; the answer once it is whole. Raises `Garbled`."""
        self._taken += len(data)
        if self._taken > self._most:
            raise Garbled(f"the answer is longer than {self._most} bytes")
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            raise Garbled(str(error.__context__ or error)) from None
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise Garbled(f"what came is no HTTP answer ({type(error).__name__})") from None
        return self._whole() if self._status else None

    def _whole(self) -> Answer:
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        answer = Answer(self._status, self._headers.copy(), body)
        self._headers.clear()
        parts.clear()
        self._taken = self._status = 0
        return answer

    @property
    def begun(self) -> bool:
        """Whether a part of an answer has come."""
        return self._taken > 0

    def close(self) -> None:
        """Let go of the parser."""
        del self._parser
