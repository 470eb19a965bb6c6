"""Calls over HTTP: kept connections, their end, damaged answers, silence."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Semaphore, Thread
from typing import Any

import pytest

from dynalayer.engines.remote import AsyncRemoteConnection, Credentials, RemoteConnection
from dynalayer.protocol import ConnectionLost, ServiceError, Throttled, UnknownOperation
from tests.services.dynamodb_local import free_port


class Answers(BaseHTTPRequestHandler):
    """A small server that does as the operation says; it counts its connections."""

    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self) -> None:
        type(self).connections += 1
        super().setup()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        status, body, checksum = 200, b'{"ok":true}', None
        if operation == "Damaged":
            checksum = 1
        elif operation == "Throttled":
            status, body = 400, b'{"__type":"x#ThrottlingException","message":"slower"}'
        elif operation == "Hangup":
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amz-crc32", str(zlib.crc32(body) if checksum is None else checksum))
        self.end_headers()
        self.wfile.write(body)
        # Closing without saying so is what an idle server does.
        self.close_connection = operation == "CloseAfter"

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server that tells when it has closed a connection."""

    closed = Semaphore(0)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.release()


@contextmanager
def serving() -> Iterator[str]:
    Answers.connections = 0
    Server.closed = Semaphore(0)
    with Server(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def connection() -> Iterator[RemoteConnection]:
    with serving() as endpoint, RemoteConnection(endpoint, timeout=5) as opened:
        yield opened


def test_calls_share_one_connection(connection: RemoteConnection) -> None:
    for _ in range(5):
        assert connection.call("Fine", b"{}") == b'{"ok":true}'
    assert Answers.connections == 1


def test_an_error_of_the_api_keeps_the_connection(connection: RemoteConnection) -> None:
    with pytest.raises(Throttled, match="slower"):
        connection.call("Throttled", b"{}")
    connection.call("Fine", b"{}")
    assert Answers.connections == 1


def test_a_connection_that_the_server_closed_is_not_used_again(connection: RemoteConnection) -> None:
    for _ in range(20):
        connection.call("CloseAfter", b"{}")
        assert Server.closed.acquire(timeout=5)
    assert Answers.connections == 20


@pytest.mark.parametrize("operation", ["Damaged", "Hangup"])
def test_an_answer_that_did_not_come_whole_is_no_answer(connection: RemoteConnection, operation: str) -> None:
    with pytest.raises(ConnectionLost, match="no answer from 127"):
        connection.call(operation, b"{}")
    assert connection.call("Fine", b"{}")


def test_a_server_that_is_not_there_does_not_answer() -> None:
    with RemoteConnection(f"http://127.0.0.1:{free_port()}") as nowhere, pytest.raises(ConnectionLost):
        nowhere.call("ListTables", b"{}")


def test_a_closed_connection_answers_no_more(connection: RemoteConnection) -> None:
    connection.close()
    with pytest.raises(ConnectionLost, match="closed"):
        connection.call("Fine", b"{}")


def test_threads_share_a_pool(connection: RemoteConnection) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: connection.call("Fine", b"{}"), range(40)))
    assert answers == [b'{"ok":true}'] * 40
    assert Answers.connections <= 4


def test_the_awaited_twin_gives_the_same_answers() -> None:
    async def main(endpoint: str) -> bytes:
        async with AsyncRemoteConnection(endpoint) as connection:
            return await connection.call("Fine", b"{}")

    with serving() as endpoint:
        assert asyncio.run(main(endpoint)) == b'{"ok":true}'


def test_only_the_url_of_an_endpoint_is_taken() -> None:
    for endpoint in ("ftp://example.com", "localhost:8000"):
        with pytest.raises(ValueError, match="not the URL"):
            RemoteConnection(endpoint)


def test_dynamodb_local_takes_our_requests(dynamodb_local: str) -> None:
    with RemoteConnection(dynamodb_local) as connection:
        assert b"TableNames" in connection.call("ListTables", b"{}")
        with pytest.raises(UnknownOperation) as caught:
            connection.call("MakeCoffee", b"{}")
        assert isinstance(caught.value, ServiceError)


def test_the_service_is_asked_for_streams_on_their_own_host() -> None:
    """Names that end in ".invalid" are never found, so the error tells which host was meant (RFC 6761)."""
    endpoint = "https://dynamodb.nowhere.amazonaws.com.invalid"
    with RemoteConnection(endpoint, credentials=Credentials("AKID", "secret")) as connection:
        for operation, host in (
            ("ListTables", "from dynamodb.nowhere"),
            ("ListStreams", "from streams.dynamodb.nowhere"),
        ):
            with pytest.raises(ConnectionLost, match=host):
                connection.call(operation, b"{}")
    with pytest.raises(ConnectionLost, match="closed"):
        connection.call("ListStreams", b"{}")
