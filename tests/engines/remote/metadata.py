"""A server of credentials, as containers, STS and instance metadata have one; it answers as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = tuple[int, bytes] | tuple[int, bytes, Mapping[str, str]]


@dataclass
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Metadata:
    url: str
    answer: Callable[[Request], Answer] = lambda request: (404, b"")
    requests: list[Request] = field(default_factory=list)


@contextmanager
def metadata_server() -> Iterator[Metadata]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.command, self.path, dict(self.headers), body)
            metadata.requests.append(request)
            status, text, *headers = metadata.answer(request)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **(headers[0] if headers else {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        metadata = Metadata(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield metadata
        finally:
            server.shutdown()
            thread.join()
