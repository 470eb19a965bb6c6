"""What connections carry and how they end: pipelines, packets, bounds, garbage, slow clients."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Callable, Iterator

import pytest
import uvloop

from dynalayer.server import Limits
from dynalayer.testing import serving
from tests.server.wire import Wire, request

LIST = request("ListTables")
Connect = Callable[[str], Wire]
LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def put(table: str, n: int) -> bytes:
    return request("PutItem", {"TableName": table, "Item": {"pk": {"S": "a"}, "n": {"N": str(n)}}, **OLD})


OLD = {"ReturnValues": "ALL_OLD"}


@pytest.fixture(scope="module", params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def loop_factory(request: pytest.FixtureRequest) -> LoopFactory:
    factory: LoopFactory = request.param
    return factory


@pytest.fixture(scope="module")
def endpoint(loop_factory: LoopFactory) -> Iterator[str]:
    with serving(loop_factory=loop_factory) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def impatient(loop_factory: LoopFactory) -> Iterator[str]:
    """A server that waits a tenth of a second for anything."""
    limits = Limits(request_seconds=0.1, idle_seconds=0.1, unread_seconds=0.1, linger_seconds=0.1)
    with serving(limits=limits, loop_factory=loop_factory) as endpoint:
        yield endpoint


def flood(wire: Wire, data: bytes) -> None:
    """Send until the connection breaks or takes no more."""
    try:
        while True:
            wire.send(data)
    except OSError:
        return


def test_a_connection_is_kept(wire: Wire) -> None:
    assert [wire.ask(LIST).status for _ in range(3)] == [200, 200, 200]


def test_what_is_sent_ahead_is_answered_in_order(wire: Wire, table: str) -> None:
    wire.send(b"".join(put(table, n) for n in range(300)))
    answers = [wire.answer().json for _ in range(300)]
    assert [each["Attributes"]["n"]["N"] for each in answers[1:]] == [str(n) for n in range(299)]


def test_packets_may_split_a_request_anywhere(wire: Wire) -> None:
    for byte in LIST:
        wire.send(bytes([byte]))
    assert wire.answer().status == 200
    wire.send(LIST + LIST[:30])
    assert wire.answer().status == 200
    assert wire.ask(LIST[30:]).status == 200


def test_a_body_may_come_in_chunks(wire: Wire) -> None:
    head = LIST.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked").removesuffix(b"{}")
    answer = wire.ask(head + b"1;name=value\r\n{\r\n1\r\n}\r\n0\r\nX-Amz-Target: trailing\r\n\r\n")
    assert answer.status == 200
    assert wire.ask(LIST).status == 200


def test_a_client_may_wait_to_be_asked_for_its_body(wire: Wire) -> None:
    expecting = request("ListTables", expect="100-continue")
    wire.send(expecting[:-2])
    assert wire.answer().status == 100
    assert wire.ask(b"{}").status == 200
    assert wire.ask(LIST).status == 200


def test_an_offer_of_another_protocol_is_passed_over(wire: Wire) -> None:
    offer = request("ListTables", connection="Upgrade, HTTP2-Settings", upgrade="h2c", http2_settings="AAMAAABk")
    wire.send(offer[:-1])
    assert wire.ask(offer[-1:]).status == 200
    wire.send(offer + LIST)
    assert [wire.answer().status, wire.answer().status] == [200, 200]


def test_a_client_may_say_that_it_leaves(wire: Wire) -> None:
    answer = wire.ask(request("ListTables", connection="close"))
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert wire.is_closed()


def test_clients_of_the_old_protocol_leave_unless_they_say_otherwise(endpoint: str, connect: Connect) -> None:
    old = connect(endpoint)
    assert old.ask(LIST.replace(b"HTTP/1.1", b"HTTP/1.0")).headers["connection"] == "close"
    assert old.is_closed()
    staying = connect(endpoint)
    kept = request("ListTables", connection="keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0")
    assert [staying.ask(kept).headers["connection"] for _ in range(2)] == ["keep-alive"] * 2


def test_a_client_that_has_said_all_still_gets_its_answers(wire: Wire) -> None:
    wire.send(LIST * 20)
    wire.socket.shutdown(socket.SHUT_WR)
    assert [wire.answer().status for _ in range(20)] == [200] * 20
    assert wire.is_closed()


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_garbage_ends_its_connection_with_an_answer(wire: Wire, garbage: bytes) -> None:
    answer = wire.ask(garbage)
    assert (answer.status, answer.headers["connection"]) == (400, "close")
    assert wire.is_closed()


def test_what_was_asked_before_the_garbage_is_answered(wire: Wire) -> None:
    wire.send(LIST + LIST + b"garbage\r\n\r\n")
    assert [wire.answer().status for _ in range(3)] == [200, 200, 400]


def test_no_noise_harms_the_server(endpoint: str, connect: Connect) -> None:
    noise = random.Random(7)
    for _ in range(100):
        wire = Wire(endpoint)
        spoiled = bytearray(LIST * 2)
        for _ in range(noise.randrange(1, 6)):
            spoiled[noise.randrange(len(spoiled))] = noise.randrange(256)
        wire.send(bytes(spoiled) if noise.random() < 0.7 else os.urandom(noise.randrange(1, 3000)))
        wire.close()
    assert connect(endpoint).ask(LIST).status == 200


def test_a_body_of_the_greatest_size_is_taken(wire: Wire) -> None:
    body = b'{"a":"%b"}' % (b"x" * ((16 << 20) - 8))
    assert wire.ask(request("ListTables", body)).status == 200


def test_a_greater_body_is_refused_before_it_is_sent(wire: Wire) -> None:
    answer = wire.ask(request("ListTables", content_length=str((16 << 20) + 1)))
    assert (answer.status, answer.headers["connection"], answer.body) == (413, "close", b"")


def test_a_client_that_sends_too_much_can_still_read_why(wire: Wire) -> None:
    assert wire.ask(request("ListTables", b" " * (20 << 20))).status == 413


def test_chunks_are_bounded_as_well(wire: Wire) -> None:
    head = LIST.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked").removesuffix(b"{}")
    chunk = b"100000\r\n%b\r\n" % (b" " * (1 << 20))
    assert wire.ask(head + chunk * 17).status == 413


@pytest.mark.parametrize("name", ["X" * 40_000, "Cookie"])
def test_a_head_is_bounded(wire: Wire, name: str) -> None:
    answer = wire.ask(request("ListTables", **{name: "y" * 40_000}))
    assert (answer.status, answer.headers["connection"]) == (431, "close")


def test_a_head_that_never_ends_is_bounded(wire: Wire) -> None:
    wire.send(b"POST / HTTP/1.1\r\nX: ")
    for _ in range(1000):
        wire.send(b"y" * 10_000)
    assert wire.answer().status == 431


def test_who_is_refused_cannot_go_on_sending(impatient: str, connect: Connect) -> None:
    wire = connect(impatient)
    assert wire.ask(b"garbage\r\n\r\n").status == 400
    flood(wire, b"y" * 10_000)


def test_a_client_that_sends_slowly_is_told_and_left(impatient: str, connect: Connect) -> None:
    wire = connect(impatient)
    wire.send(LIST[:-1])
    assert wire.answer().status == 408
    assert wire.is_closed()


def test_a_client_that_says_nothing_is_left(impatient: str, connect: Connect) -> None:
    wire = connect(impatient)
    assert wire.is_closed()
    after = connect(impatient)
    assert after.ask(LIST).status == 200
    assert after.is_closed()


def test_a_client_that_does_not_read_is_left_and_holds_little(impatient: str, connect: Connect) -> None:
    wire = connect(impatient)
    flood(wire, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
    assert connect(impatient).ask(LIST).status == 200
