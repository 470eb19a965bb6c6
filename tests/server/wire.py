"""HTTP spoken by hand, as exactly as a test wants it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

TARGET = "DynamoDB_20120810."
KIND = "application/x-amz-json-1.0"


@dataclass
class Answer:
    """An HTTP answer; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        return str(self.json["__type"]).rpartition("#")[2]


class Wire:
    """One connection; its waits end in an error after ten seconds."""

    def __init__(self, endpoint: str) -> None:
        url = urlsplit(endpoint)
        self.socket = socket.create_connection((url.hostname, url.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, data: bytes) -> Answer:
        self.send(data)
        return self.answer()

    def answer(self, *, bodiless: bool = False) -> Answer:
        """The next answer; one to HEAD has no body."""
        head = self._until(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        length = 0 if bodiless else int(headers.get("content-length", 0))
        while len(self._data) < length:
            self._more()
        body, self._data = self._data[:length], self._data[length:]
        return Answer(int(first.split()[1]), headers, body)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._data:
            self._more()
        head, _, self._data = self._data.partition(mark)
        return head

    def _more(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError("the server has closed the connection")
        self._data += data

    def is_closed(self) -> bool:
        """Whether the server ends the connection without another byte."""
        try:
            return not self._data and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.socket.close()


def request(operation: str, body: bytes | dict[str, Any] = b"{}", method: str = "POST", **headers: str | None) -> bytes:
    """The bytes of a call; headers with underscores for hyphens, None leaves one out."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    target = operation if "." in operation or not operation else TARGET + operation
    given: dict[str, str | None] = {
        "Host": "localhost",
        "X-Amz-Target": target or None,
        "Content-Type": KIND,
        "Content-Length": str(len(data)),
    }
    given |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not None)
    return f"{method} / HTTP/1.1\r\n{lines}\r\n".encode() + data
