"""Calls over HTTP by threads and by tasks: kept connections, their end, damaged answers, silence."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dynalayer.engines.remote import AsyncRemoteConnection, ConnectionLimits, Credentials, RemoteConnection
from dynalayer.engines.remote.endpoints import Endpoints
from dynalayer.protocol import (
    AccessDenied,
    ConnectionLost,
    ServiceError,
    ServiceUnavailable,
    Throttled,
    UnknownOperation,
    UnreadableAnswer,
)
from tests.services.dynamodb_local import free_port

from .peer import FINE, Act, Caller, Peer, closes, cuts_off, is_silent, message, resets, sends

Opened = Callable[..., Caller]
SLOWER = b'{"__type":"x#ThrottlingException","message":"slower"}'
HTML = message(b"<html>gone</html>", b"502 Bad Gateway", b"Content-Type: text/html\r\n")


def test_calls_share_one_connection(opened: Opened) -> None:
    with Peer() as peer:
        connection = opened(peer.endpoint)
        for _ in range(5):
            assert connection.call() == FINE
        connection.close()
        assert peer.connections == 1


def test_a_request_names_its_operation_and_its_host(opened: Opened) -> None:
    with Peer() as peer:
        opened(peer.endpoint, credentials=Credentials("AKID", "secret", "token")).call("PutItem", b'{"a":1}')
        head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST / HTTP/1.1"
    assert f"Host: 127.0.0.1:{peer.port}".encode() in lines
    assert b"X-Amz-Target: DynamoDB_20120810.PutItem" in lines
    assert b"X-Amz-Security-Token: token" in lines
    assert body == b'{"a":1}'


def test_an_error_of_the_api_keeps_the_connection_and_the_name_of_the_call(opened: Opened) -> None:
    with Peer(sends(message(SLOWER, b"400 Bad Request"))) as peer:
        connection = opened(peer.endpoint)
        with pytest.raises(Throttled, match="slower") as caught:
            connection.call()
        assert caught.value.request_id == "ID1"
        assert connection.call() == FINE
        assert peer.connections == 1


def test_a_signature_out_of_time_sets_the_clock_by_the_services(opened: Opened) -> None:
    expired = b'{"__type":"x#InvalidSignatureException","message":"Signature expired: it is later by now"}'
    date = b"Date: Sat, 21 Nov 2037 12:00:00 GMT\r\n"
    with Peer(sends(message(expired, b"400 Bad Request", date))) as peer:
        connection = opened(peer.endpoint, credentials=Credentials("AKID", "secret"))
        with pytest.raises(AccessDenied) as caught:
            connection.call()
        assert caught.value.is_of_time
        assert caught.value.served_at == 2142417600
        assert connection.call() == FINE
    assert b"X-Amz-Date: 20371121T1200" in peer.requests[1]
    assert b"X-Amz-Date: 20371121" not in peer.requests[0]


@pytest.mark.parametrize(
    ("head", "seconds"),
    [(b"Retry-After: 7\r\n", 7.0), (b"x-amz-retry-after: 1500\r\n", 1.5), (b"Retry-After: soon\r\n", None)],
)
def test_how_long_the_service_asks_to_wait_is_told(opened: Opened, head: bytes, seconds: float | None) -> None:
    with Peer(sends(message(SLOWER, b"400 Bad Request", head))) as peer:
        connection = opened(peer.endpoint)
        with pytest.raises(Throttled) as caught:
            connection.call()
    assert caught.value.retry_after == seconds


def test_a_connection_that_the_server_closed_is_not_used_again(opened: Opened) -> None:
    with Peer(*[cuts_off(message())] * 10) as peer:
        connection = opened(peer.endpoint)
        for _ in range(10):
            assert connection.call() == FINE
            assert peer.closed.acquire(timeout=5)
        assert peer.connections == 10


def test_a_connection_that_the_server_wants_closed_is_closed(opened: Opened) -> None:
    with Peer(*[sends(message(head=b"Connection: close\r\n"))] * 3) as peer:
        connection = opened(peer.endpoint)
        for _ in range(3):
            assert connection.call() == FINE
            assert peer.closed.acquire(timeout=5)
        assert peer.connections == 3


def test_an_answer_may_come_in_pieces_and_in_chunks(opened: Opened) -> None:
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"o\r\n8\r\nk":true}\r\n0\r\n\r\n'
    with Peer(sends(*[bytes([byte]) for byte in message()]), sends(chunked)) as peer:
        connection = opened(peer.endpoint)
        assert [connection.call(), connection.call()] == [FINE, FINE]


def test_large_requests_and_answers_go_through(opened: Opened) -> None:
    large = b'{"x":"%b"}' % (b"x" * 5_000_000)
    with Peer(sends(message(large))) as peer:
        assert opened(peer.endpoint).call("BatchWriteItem", large) == large
        assert peer.requests[0].endswith(large)


def test_packed_answers_are_asked_for_where_wanted_and_unpacked(opened: Opened) -> None:
    packed = message(gzip.compress(b'{"x":"%b"}' % (b"x" * 9000)), head=b"Content-Encoding: gzip\r\n")
    refusal = message(gzip.compress(SLOWER), b"400 Bad Request", b"Content-Encoding: gzip\r\n")
    with Peer(sends(packed), sends(refusal)) as peer:
        connection = opened(peer.endpoint, gzip=True)
        assert len(connection.call()) == 9008
        with pytest.raises(Throttled):
            connection.call()
        assert b"Accept-Encoding: gzip\r\n" in peer.requests[0]
        opened(peer.endpoint).call()
        assert b"Accept-Encoding" not in peer.requests[2]


def test_an_answer_that_unpacks_to_more_than_agreed_is_refused(opened: Opened) -> None:
    bomb = message(gzip.compress(b"{" + bytes(10_000_000)), head=b"Content-Encoding: gzip\r\n")
    with Peer(sends(bomb)) as peer, pytest.raises(UnreadableAnswer, match="longer than 100000"):
        opened(peer.endpoint, limits=ConnectionLimits(answer_bytes=100_000)).call()


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (sends(message(checksum=1)), "does not match its checksum"),
        (sends(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "no HTTP answer"),
        (sends(message() + message()), "more came than one answer"),
        (sends(message(b"x" * 3000)), "longer than 2000 bytes"),
        (sends(message(b"<html></html>", head=b"Content-Type: text/html\r\n")), "text/html; is a proxy in the way"),
        (sends(message(b"packed", head=b"Content-Encoding: br\r\n")), "packed as br"),
        (sends(message(b"not packed", head=b"Content-Encoding: gzip\r\n")), "is not"),
        (sends(message(gzip.compress(FINE)[:-9], head=b"Content-Encoding: gzip\r\n")), "cut off"),
    ],
)
def test_what_is_not_the_apis_is_no_answer_and_the_next_call_is_well(opened: Opened, act: Act, why: str) -> None:
    with Peer(act) as peer:
        connection = opened(peer.endpoint, limits=ConnectionLimits(answer_bytes=2000))
        with pytest.raises(UnreadableAnswer, match=why) as caught:
            connection.call()
        assert caught.value.may_have_taken_effect
        assert connection.call() == FINE


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (closes, "may have taken effect"),
        (resets, "may have taken effect"),
        (cuts_off(message()[:-1]), "within it|reset"),
        (cuts_off(b"HTTP/1.1 200 OK\r\n\r\n{}"), "within it|reset"),
    ],
)
def test_a_lost_answer_leaves_open_what_was_done(opened: Opened, act: Act, why: str) -> None:
    with Peer(act) as peer:
        connection = opened(peer.endpoint)
        with pytest.raises(ConnectionLost, match=f"no answer from 127.*({why})") as caught:
            connection.call()
        assert caught.value.may_have_taken_effect
        assert connection.call() == FINE


@pytest.mark.parametrize("act", [is_silent, sends(message()[:20])])
def test_a_call_ends_in_its_time(opened: Opened, act: Act) -> None:
    with Peer(act, act) as peer:
        with pytest.raises(ConnectionLost, match=r"no answer from 127.0.0.1 within 0.05 s") as caught:
            opened(peer.endpoint, timeout=0.05).call()
        assert caught.value.may_have_taken_effect
        patient = opened(peer.endpoint, timeout=30)
        with pytest.raises(ConnectionLost, match=r"within 0.05 s"):
            patient.call(within=0.05)
        assert patient.call() == FINE


def test_a_page_in_place_of_an_error_is_told_as_such(opened: Opened) -> None:
    with Peer(sends(HTML), sends(HTML.replace(b"502 Bad Gateway", b"403 Forbidden"))) as peer:
        connection = opened(peer.endpoint)
        with pytest.raises(ServiceUnavailable, match="502 with text/html in place of the API's JSON"):
            connection.call()
        with pytest.raises(ServiceError, match="403 with text/html") as caught:
            connection.call()
        assert not caught.value.retryable
        assert "gone" not in str(caught.value)


def test_a_proxy_that_ends_an_idle_connection_with_a_page_has_done_nothing(opened: Opened) -> None:
    with Peer(sends(HTML.replace(b"502 Bad Gateway", b"408 Request Timeout"))) as peer:
        with pytest.raises(ConnectionLost, match="408") as caught:
            opened(peer.endpoint).call()
        assert not caught.value.may_have_taken_effect


def test_nothing_is_done_where_nobody_listens(opened: Opened) -> None:
    with pytest.raises(ConnectionLost, match=r"no answer from 127.0.0.1: .*refused") as caught:
        opened(f"http://127.0.0.1:{free_port()}").call()
    assert not caught.value.may_have_taken_effect


def test_a_name_that_is_not_known_is_told(opened: Opened) -> None:
    """Names that end in ".invalid" are never found (RFC 6761)."""
    connection = opened("http://nowhere.invalid", credentials=Credentials("AKID", "secret"))
    with pytest.raises(ConnectionLost, match=r"nowhere.invalid: its name is not known .*region") as caught:
        connection.call()
    assert not caught.value.may_have_taken_effect


def test_a_closed_connection_answers_no_more(opened: Opened) -> None:
    with Peer() as peer:
        connection = opened(peer.endpoint)
        connection.call()
        connection.close()
        assert peer.closed.acquire(timeout=5)
        with pytest.raises(ConnectionLost, match="closed") as caught:
            connection.call()
        assert not caught.value.may_have_taken_effect


def test_threads_share_a_pool() -> None:
    with Peer() as peer, RemoteConnection(peer.endpoint) as connection:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda n: connection.call("GetItem", b"%d" % n), range(200)))
        assert answers == [FINE] * 200
        assert peer.connections <= 4
        assert len(peer.requests) == 200


def test_a_child_process_makes_connections_of_its_own() -> None:
    with Peer() as peer, RemoteConnection(peer.endpoint) as connection:
        connection.call("GetItem", b"{}")
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if connection.call("GetItem", b"{}") == FINE else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        assert connection.call("GetItem", b"{}") == FINE
        assert peer.connections == 2


@pytest.mark.parametrize(
    "endpoint",
    ["ftp://example.com", "localhost:8000", "http://", "http://h:port", "http://u:p@h", "http://h/path", "http://h?q"],
)
def test_only_the_url_of_an_endpoint_is_taken(endpoint: str) -> None:
    for make in (RemoteConnection, AsyncRemoteConnection):
        with pytest.raises(ValueError, match=r"not the URL|more than a host"):
            make(endpoint)


def test_dynamodb_local_takes_our_requests(dynamodb_local: str) -> None:
    with RemoteConnection(dynamodb_local) as connection:
        assert b"TableNames" in connection.call("ListTables", b"{}")
        with pytest.raises(UnknownOperation) as caught:
            connection.call("MakeCoffee", b"{}")
        assert isinstance(caught.value, ServiceError)
        assert caught.value.request_id


def test_the_service_is_asked_for_streams_on_their_own_host(opened: Opened) -> None:
    own, streams = "https://dynamodb.nowhere.invalid", "https://streams.dynamodb.nowhere.invalid"
    connection = opened(
        Endpoints("eu-west-1", own, streams, aws=False, local=False), credentials=Credentials("AKID", "secret")
    )
    for operation, host in (
        ("ListTables", "from dynamodb.nowhere"),
        ("ListStreams", "from streams.dynamodb.nowhere"),
    ):
        with pytest.raises(ConnectionLost, match=host):
            connection.call(operation)
    connection.close()
    with pytest.raises(ConnectionLost, match="closed"):
        connection.call("ListStreams")


def test_a_database_goes_on_in_another_event_loop() -> None:
    with Peer() as peer:
        connection = AsyncRemoteConnection(peer.endpoint)
        for _ in range(3):
            assert asyncio.run(connection.call("GetItem", b"{}")) == FINE
            assert peer.closed.acquire(timeout=5), "the end of a loop closes its connections"
        assert peer.connections == 3
        asyncio.run(connection.close())
