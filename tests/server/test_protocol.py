"""The API's protocol: JSON 1.0 with checksums, request ids, packing, and the service's errors in its order."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import msgspec
import pytest

from tests.server.wire import Wire, request

LIST = request("ListTables")


def test_an_answer_carries_its_type_checksum_and_request_id(wire: Wire) -> None:
    answer = wire.ask(LIST)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)
    first, second = answer.headers["x-amzn-requestid"], wire.ask(LIST).headers["x-amzn-requestid"]
    assert len(first) == 52
    assert first.isalnum()
    assert first == first.upper()
    assert first != second


def test_an_error_carries_its_type_checksum_and_request_id(wire: Wire) -> None:
    answer = wire.ask(request("GetItem", {"TableName": "missing", "Key": {"pk": {"S": "a"}}}))
    assert answer.status == 400
    assert answer.json["__type"] == "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)
    assert len(answer.headers["x-amzn-requestid"]) == 52


def test_plain_json_is_taken_and_answered_as_such(wire: Wire) -> None:
    answer = wire.ask(request("ListTables", content_type="application/json; charset=utf-8"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/x-amz-json-1.1", None]
)
def test_another_content_type_is_not_the_api(wire: Wire, kind: str | None) -> None:
    answer = wire.ask(request("ListTables", content_type=kind))
    assert (answer.status, answer.body) == (404, b"<UnknownOperationException/>\n")
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_not_the_api(wire: Wire, method: str) -> None:
    assert wire.ask(request("ListTables", method=method)).status == 404


@pytest.mark.parametrize(
    "target",
    [
        "",
        "ListTables.",
        ".ListTables",
        "DynamoDB_20120810.",
        "DynamoDB_20120810.Nothing",
        "DynamoDB_20120810.List.Tables",
        "DynamoDB_20120810.GetRecords",
        "DynamoDB_19990101.ListTables",
        "DynamoDBStreams_20120810.ListTables",
        "Kinesis_20131202.ListStreams",
    ],
)
def test_a_target_that_names_no_operation_is_unknown(wire: Wire, target: str) -> None:
    answer = wire.ask(request(target))
    assert (answer.status, answer.code) == (400, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b'{"a":}', b"\xff\xfe", b"{}{}", b"[" * 100_000])
@pytest.mark.parametrize("operation", ["ListTables", "Nothing.Nowhere"])
def test_a_body_that_is_no_json_is_told_before_its_operation_is_looked_at(
    wire: Wire, body: bytes, operation: str
) -> None:
    answer = wire.ask(request(operation, body))
    expected = "UnknownOperationException" if not body and "." in operation else "SerializationException"
    assert (answer.status, answer.code) == (400, expected)
    assert "message" not in answer.json
    assert "Message" not in answer.json


def test_get_says_what_this_is(wire: Wire) -> None:
    answer = wire.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body.startswith(b"healthy: ")


def test_health_is_told_to_get_and_head(wire: Wire) -> None:
    answer = wire.ask(b"GET /health?deep=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 200
    assert answer.json["status"] == "ok"
    wire.send(b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
    head = wire.answer(bodiless=True)
    assert (head.status, head.headers["content-length"]) == (200, answer.headers["content-length"])
    assert wire.ask(LIST).status == 200


def test_another_page_is_not_there(wire: Wire) -> None:
    assert wire.ask(b"GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n").status == 404


def put(table: str, size: int, **headers: str) -> bytes:
    return request("PutItem", {"TableName": table, "Item": item(size)}, **headers)


def item(size: int) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "text": {"S": "x" * size}}


def test_packed_requests_are_unpacked(wire: Wire, table: str) -> None:
    body = gzip.compress(msgspec.json.encode({"TableName": table, "Item": item(9)}))
    assert wire.ask(request("PutItem", body, content_encoding="gzip")).status == 200
    got = wire.ask(request("GetItem", {"TableName": table, "Key": {"pk": {"S": "a"}}}))
    assert got.json["Item"] == item(9)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"{}", "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip"),
        (gzip.compress(b"{}", mtime=0) + b"more", "gzip"),
        (b"{}", "br"),
    ],
)
def test_broken_or_unknown_packing_is_refused(wire: Wire, body: bytes, coding: str) -> None:
    answer = wire.ask(request("ListTables", body, content_encoding=coding))
    assert (answer.status, answer.code) == (400, "SerializationException")


def test_a_body_that_unpacks_past_the_bound_is_refused(wire: Wire) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    answer = wire.ask(request("ListTables", bomb, content_encoding="gzip"))
    assert answer.status == 413
    assert wire.ask(LIST).status == 200


@pytest.mark.parametrize("wanted", ["gzip", "deflate, gzip;q=0.5", "br , gzip"])
def test_large_answers_are_packed_for_those_who_ask(wire: Wire, table: str, wanted: str) -> None:
    wire.ask(put(table, 100_000))
    get = request("GetItem", {"TableName": table, "Key": {"pk": {"S": "a"}}}, accept_encoding=wanted)
    answer = wire.ask(get)
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 5000
    # As with the service the checksum is of what is sent.
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)
    assert msgspec.json.decode(gzip.decompress(answer.body))["Item"] == item(100_000)


@pytest.mark.parametrize("wanted", ["identity", "gzip;q=0", "deflate", ""])
def test_answers_are_not_packed_for_others(wire: Wire, table: str, wanted: str) -> None:
    wire.ask(put(table, 100_000))
    get = request("GetItem", {"TableName": table, "Key": {"pk": {"S": "a"}}}, accept_encoding=wanted)
    answer = wire.ask(get)
    assert "content-encoding" not in answer.headers
    assert answer.json["Item"] == item(100_000)


def test_small_answers_are_not_packed(wire: Wire) -> None:
    assert "content-encoding" not in wire.ask(request("DescribeLimits", accept_encoding="gzip")).headers


def test_the_operations_of_streams_have_a_target_of_their_own(wire: Wire) -> None:
    answer = wire.ask(request("DynamoDBStreams_20120810.ListStreams"))
    assert answer.status == 200
    assert "Streams" in answer.json
