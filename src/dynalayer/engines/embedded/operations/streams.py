"""ListStreams, DescribeStream, GetShardIterator, GetRecords."""

from __future__ import annotations

import hashlib
import math
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.requests.decoding import decode, encode
from dynalayer.engines.embedded.requests.streamrequests import DescribeStream, GetRecords, GetShardIterator, ListStreams
from dynalayer.engines.embedded.streams import records as streams
from dynalayer.engines.embedded.streams.records import Stream
from dynalayer.protocol import (
    ExpiredIterator,
    ResourceNotFound,
    SerializationError,
    TrimmedDataAccess,
    ValidationError,
    messages,
)
from dynalayer.protocol.limits import ITERATOR_SECONDS, PAGE_BYTES, RECORDS_PER_PAGE, STREAM_SECONDS, STREAMS_PER_PAGE

_Row = tuple[int, float, str, int, int, bytes, bytes | None, bytes | None]


def list_streams(engine: Engine, body: bytes) -> bytes:
    """ListStreams: streams in the order of their ARNs, up to 100 a page; those that ended are told of for a day."""
    request = decode(ListStreams, body)
    limit = request.limit or STREAMS_PER_PAGE
    if limit > STREAMS_PER_PAGE:
        raise ValidationError(messages.STREAMS_LIMIT.format(STREAMS_PER_PAGE))
    after = request.exclusive_start_stream_arn or ""
    with engine.storage.reading() as connection:
        found = streams.some(connection, request.table_name, after, limit + 1, engine.clock())
    answer: dict[str, Any] = {"Streams": [streams.described(stream) for stream in found[:limit]]}
    if len(found) > limit:
        answer["LastEvaluatedStreamArn"] = found[limit - 1].arn
    return encode(answer)


def describe_stream(engine: Engine, body: bytes) -> bytes:
    """DescribeStream: a stream here has one shard, which is closed when the stream ends."""
    request = decode(DescribeStream, body)
    if request.limit is not None and request.limit > STREAMS_PER_PAGE:
        raise ValidationError(messages.SHARDS_LIMIT.format(STREAMS_PER_PAGE))
    with engine.storage.reading() as connection:
        stream = streams.find(connection, request.stream_arn, engine.clock())
        last = streams.last_number(connection, stream)
    numbers = {"StartingSequenceNumber": stream.sequence_number(1)}
    if stream.ended is not None:
        numbers["EndingSequenceNumber"] = stream.sequence_number(max(last, 1))
    shards = [{"ShardId": stream.shard, "SequenceNumberRange": numbers}]
    # No shard comes out of another, and none follows the one there is.
    if request.shard_filter is not None or (request.exclusive_start_shard_id or "") >= stream.shard:
        shards = []
    description = {
        **streams.described(stream),
        "StreamStatus": "ENABLED" if stream.ended is None else "DISABLED",
        "StreamViewType": stream.view,
        "CreationRequestDateTime": stream.started / 1000,
        "KeySchema": msgspec.Raw(stream.key_schema),
        "Shards": shards,
    }
    return encode({"StreamDescription": description})


def get_shard_iterator(engine: Engine, body: bytes) -> bytes:
    """GetShardIterator: a place in a shard, good for fifteen minutes."""
    request = decode(GetShardIterator, body)
    now = engine.clock()
    _check_place(request, now)
    with engine.storage.reading() as connection:
        stream = streams.find(connection, request.stream_arn, now, messages.STREAM_OF_ITERATOR_MISSING)
        if request.shard_id != stream.shard:
            raise ResourceNotFound(messages.SHARD_MISSING)
        number = _place(connection, stream, request, now)
    return encode({"ShardIterator": _iterator(stream, number, now)})


def _check_place(request: GetShardIterator, now: float) -> None:
    by_number = request.shard_iterator_type in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
    if by_number != (request.sequence_number is not None):
        raise ValidationError(messages.SEQUENCE_NUMBER_MISSING if by_number else messages.SEQUENCE_NUMBER_UNASKED)
    by_time = request.shard_iterator_type == "AT_TIMESTAMP"
    timestamp = request.timestamp
    if by_time != (timestamp is not None):
        raise ValidationError(messages.TIMESTAMP_MISSING if by_time else messages.TIMESTAMP_UNASKED)
    if timestamp is not None:
        if isinstance(timestamp, bool) or not isinstance(timestamp, int | float):
            raise SerializationError(messages.FIELD_UNEXPECTED)
        if timestamp > now:
            raise ValidationError(messages.TIMESTAMP_FUTURE)


def _place(connection: sqlite3.Connection, stream: Stream, request: GetShardIterator, now: float) -> int:
    """The number of the record that the iterator begins with (API reference, "GetShardIterator")."""
    kind = request.shard_iterator_type
    last = streams.last_number(connection, stream)
    if kind == "LATEST":
        return last + 1
    oldest = streams.first_since(connection, stream, now - STREAM_SECONDS)
    if kind == "TRIM_HORIZON":
        return oldest
    if request.sequence_number is None:
        # Records tell their time in whole seconds.
        return max(oldest, streams.first_since(connection, stream, math.ceil(request.timestamp)))
    number = stream.number(request.sequence_number)
    after = kind == "AFTER_SEQUENCE_NUMBER"
    if not 1 <= number <= last + (not after):
        raise ValidationError(messages.SEQUENCE_NUMBER)
    if number < oldest:
        raise TrimmedDataAccess(messages.TRIMMED)
    return number + after


def get_records(engine: Engine, body: bytes) -> bytes:
    """GetRecords: up to 1,000 records or 1 MB of them, in the order in which they were written."""
    request = decode(GetRecords, body)
    limit = request.limit or RECORDS_PER_PAGE
    if limit > RECORDS_PER_PAGE:
        raise ValidationError(messages.RECORDS_LIMIT.format(RECORDS_PER_PAGE))
    now = engine.clock()
    arn, shard, number, issued = _parsed(request.shard_iterator)
    with engine.storage.reading() as connection:
        stream = streams.find(connection, arn, now, messages.STREAM_OF_ITERATOR_MISSING)
        if shard != stream.shard:
            raise ValidationError(messages.ITERATOR)
        if now - issued > ITERATOR_SECONDS:
            raise ExpiredIterator(messages.ITERATOR_EXPIRED)
        # Asked for first: what is written from here on is left to the next page.
        last = streams.last_number(connection, stream)
        rows = _rows(connection, stream, number, min(last, number + limit - 1))
    if number <= last and (not rows or rows[0][0] > number or rows[0][1] < now - STREAM_SECONDS):
        raise TrimmedDataAccess(messages.TRIMMED)
    answer: dict[str, Any] = {"Records": [_record(stream, row) for row in rows]}
    following = number + len(rows)
    if stream.ended is None or following <= last:
        answer["NextShardIterator"] = _iterator(stream, following, now)
    return encode(answer)


def _rows(connection: sqlite3.Connection, stream: Stream, first: int, last: int) -> list[_Row]:
    """The records of these numbers, up to 1 MB of them but at least one."""
    found: list[_Row] = []
    room = PAGE_BYTES
    cursor = connection.execute(
        f"SELECT number, at, event, expired, size, keys, new, old FROM {stream.rows}"
        " WHERE number BETWEEN ? AND ? ORDER BY number",
        (first, last),
    )
    for row in cursor:
        room -= row[4]
        if room < 0 and found:
            break
        found.append(row)
    cursor.close()
    return found


def _record(stream: Stream, row: _Row) -> dict[str, Any]:
    number, at, event, expired, size, keys, new, old = row
    change: dict[str, Any] = {"ApproximateCreationDateTime": int(at), "Keys": msgspec.Raw(keys)}
    if new is not None:
        change["NewImage"] = msgspec.Raw(new)
    if old is not None:
        change["OldImage"] = msgspec.Raw(old)
    sequence_number = stream.sequence_number(number)
    change |= {"SequenceNumber": sequence_number, "SizeBytes": size, "StreamViewType": stream.view}
    record = {
        "eventID": hashlib.sha256(f"{stream.arn}/{sequence_number}".encode()).hexdigest()[:32],
        "eventName": event,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": stream.arn.split(":")[3],
        "dynamodb": change,
    }
    if expired:
        record["userIdentity"] = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    return record


def _iterator(stream: Stream, number: int, now: float) -> str:
    """A place in a shard as readers carry it: the stream, a version, and what this engine needs to find it again."""
    place = msgspec.json.encode((stream.shard, number, now))
    return f"{stream.arn}|1|{urlsafe_b64encode(place).decode()}"


def _parsed(iterator: str) -> tuple[str, str, int, float]:
    """The stream's ARN, the shard, the number of the next record, and when the iterator was given out."""
    arn, _, rest = iterator.partition("|1|")
    try:
        shard, number, issued = msgspec.json.decode(urlsafe_b64decode(rest), type=tuple[str, int, float])
    except (ValueError, msgspec.MsgspecError):
        raise ValidationError(messages.ITERATOR) from None
    if not 0 < number < 1 << 62:
        raise ValidationError(messages.ITERATOR)
    return arn, shard, number, issued
