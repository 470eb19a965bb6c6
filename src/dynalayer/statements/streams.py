"""Statements about streams: which there are, their shards, places in a shard, and the records from there."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import InvalidValue

from .statement import Statement

IteratorKind = Literal["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]


class StreamName(msgspec.Struct, frozen=True):
    """A stream as it is listed; `label` is the moment of its beginning."""

    arn: str
    table: str
    label: str


class Shard(msgspec.Struct, frozen=True):
    """A part of a stream: the shard it was split from, and its first and, once it is closed, its last number."""

    id: str
    parent: str | None
    first: str | None
    last: str | None


class StreamPage(msgspec.Struct, frozen=True):
    """What is known of a stream, with up to 100 of its shards; `next` asks for the following ones.

    `status` is ENABLING, ENABLED, DISABLING or DISABLED, `view` what its records show.
    """

    arn: str
    table: str
    status: str
    view: str
    shards: tuple[Shard, ...]
    next: DescribeStream | None


class RecordsPage(msgspec.Struct, frozen=True):
    """Records of a shard as the API's JSON, in their order; `next` is the iterator of the following ones.

    A page may be empty although more is to come. Without `next` the shard is closed and has been read to its end.
    """

    records: tuple[dict[str, Any], ...]
    next: str | None


class ListStreams(Statement[tuple[list[StreamName], "ListStreams | None"]], frozen=True):
    """Up to 100 streams, of one table or of all, and the statement that lists the following ones.

    A stream that was switched off, or whose table was deleted, is listed for another 24 hours.
    """

    table: str | None = None
    after: str | None = None

    operation: ClassVar[str] = "ListStreams"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        given = {"TableName": self.table, "ExclusiveStartStreamArn": self.after}
        return {name: value for name, value in given.items() if value is not None}

    def read(self, answer: bytes, now: float) -> tuple[list[StreamName], ListStreams | None]:
        found = _decode(answer)
        names = [
            StreamName(stream["StreamArn"], stream["TableName"], stream["StreamLabel"])
            for stream in found.get("Streams", ())
        ]
        last = found.get("LastEvaluatedStreamArn")
        return names, None if last is None else replace(self, after=last)


class DescribeStream(Statement[StreamPage], frozen=True):
    """A stream and a page of its shards; raises `ResourceNotFound` 24 hours after its end."""

    arn: str
    after: str | None = None

    operation: ClassVar[str] = "DescribeStream"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        request = {"StreamArn": self.arn}
        return request if self.after is None else {**request, "ExclusiveStartShardId": self.after}

    def read(self, answer: bytes, now: float) -> StreamPage:
        found = _decode(answer)["StreamDescription"]
        last = found.get("LastEvaluatedShardId")
        return StreamPage(
            self.arn,
            found["TableName"],
            found["StreamStatus"],
            found["StreamViewType"],
            tuple(_shard(shard) for shard in found.get("Shards", ())),
            None if last is None else replace(self, after=last),
        )


class GetShardIterator(Statement[str], frozen=True):
    """A place in a shard, good for fifteen minutes: its oldest record, its end, or at or after a sequence number.

    Raises `TrimmedDataAccess` if the record of that number is older than 24 hours, and gone; `InvalidValue` for a kind
    by number without one, or a number with another kind.
    """

    arn: str
    shard: str
    kind: IteratorKind = "TRIM_HORIZON"
    number: str | None = None

    operation: ClassVar[str] = "GetShardIterator"
    repeatable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.kind.endswith("NUMBER") != (self.number is not None):
            takes = "takes" if self.number is None else "does not take"
            raise InvalidValue(f"an iterator of the kind {self.kind} {takes} a sequence number")

    def request(self, now: float) -> dict[str, Any]:
        request = {"StreamArn": self.arn, "ShardId": self.shard, "ShardIteratorType": self.kind}
        return request if self.number is None else {**request, "SequenceNumber": self.number}

    def read(self, answer: bytes, now: float) -> str:
        iterator: str = _decode(answer)["ShardIterator"]
        return iterator


class GetRecords(Statement[RecordsPage], frozen=True):
    """The records from a place on: up to `limit`, at most 1,000 or 1 MB of them (API reference, "GetRecords").

    Raises `ExpiredIterator` for an iterator of more than fifteen minutes, `TrimmedDataAccess` if the records there are
    older than 24 hours, and gone.
    """

    iterator: str
    limit: int | None = None

    operation: ClassVar[str] = "GetRecords"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        request: dict[str, Any] = {"ShardIterator": self.iterator}
        return request if self.limit is None else {**request, "Limit": self.limit}

    def read(self, answer: bytes, now: float) -> RecordsPage:
        found = _decode(answer)
        return RecordsPage(tuple(found.get("Records", ())), found.get("NextShardIterator"))


def _decode(answer: bytes) -> dict[str, Any]:
    return msgspec.json.decode(answer, type=dict[str, Any])


def _shard(shard: dict[str, Any]) -> Shard:
    numbers = shard.get("SequenceNumberRange", {})
    return Shard(
        shard["ShardId"],
        shard.get("ParentShardId"),
        numbers.get("StartingSequenceNumber"),
        numbers.get("EndingSequenceNumber"),
    )
