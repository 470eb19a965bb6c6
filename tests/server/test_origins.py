"""Web pages of this machine may call an open server, all pages one that checks signatures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dynalayer.testing import serving
from tests.server.wire import Wire, request

HERE = ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443", "http://app.localhost:5173"]
ELSEWHERE = ["https://example.com", "http://localhost.example.com", "http://10.0.0.5", "null", "http://[", "é"]


def asking(origin: str, headers: str = "content-type,x-amz-target,authorization") -> bytes:
    return (
        f"OPTIONS / HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n"
        f"Access-Control-Request-Headers: {headers}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("origin", HERE)
def test_pages_of_this_machine_may_call(wire: Wire, origin: str) -> None:
    asked = wire.ask(asking(origin))
    assert (asked.status, asked.body) == (200, b"")
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.headers["access-control-allow-headers"] == "content-type,x-amz-target,authorization"
    assert "POST" in asked.headers["access-control-allow-methods"]
    answer = wire.ask(request("ListTables", origin=origin))
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
    failed = wire.ask(request("Nothing", origin=origin))
    assert (failed.status, failed.headers["access-control-allow-origin"]) == (400, "*")


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_pages_of_elsewhere_may_not_call_an_open_server(wire: Wire, origin: str) -> None:
    for message in (asking(origin), request("ListTables", origin=origin)):
        answer = wire.ask(message)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers
    assert wire.ask(request("ListTables")).status == 200


def test_pages_of_anywhere_may_call_with_the_keys(connect: Callable[[str], Wire]) -> None:
    with serving(credentials=("key", "secret")) as endpoint:
        wire = connect(endpoint)
        assert wire.ask(asking("https://example.com")).status == 200
        unsigned = wire.ask(request("ListTables", origin="https://example.com"))
        assert (unsigned.code, unsigned.headers["access-control-allow-origin"]) == (
            "MissingAuthenticationTokenException",
            "*",
        )
        wire.close()
