"""A stand-in for services of AWS that speaks their protocol over HTTP on this machine, as a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


@dataclass
class Asked:
    """One request: `operation` is its target or its path."""

    operation: str
    fields: Any
    authorization: str


@dataclass
class Answer:
    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/x-amz-json-1.1"
    error: str | None = None


@dataclass
class StandIn:
    """Answers as `answer` says; who is to wait waits for `gate`."""

    answer: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list[Asked])
    gate: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextmanager
def standing_in(answer: Callable[[Asked], Answer]) -> Iterator[StandIn]:
    stand_in = StandIn(answer)
    stand_in.gate.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers.get("X-Amz-Target") or self.path
            asked = Asked(operation, msgspec.json.decode(body), self.headers.get("Authorization", ""))
            stand_in.asked.append(asked)
            found = stand_in.answer(asked)
            stand_in.gate.wait(10)
            try:
                self.send_response(found.status)
                self.send_header("Content-Type", found.content_type)
                self.send_header("Content-Length", str(len(found.body)))
                if found.error is not None:
                    self.send_header("x-amzn-ErrorType", found.error)
                self.end_headers()
                self.wfile.write(found.body)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
