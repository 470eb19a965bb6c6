"""The stream of an embedded table, shown as the service shows that of a large one: shards that split, close and vanish.

The records are the engine's own. Which shard a record is of, where shards split, and how much is already gone, a test
says; the rules of places, expired iterators and trimmed records are the service's (API reference, "GetShardIterator",
"GetRecords").
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import msgspec

from dynalayer.protocol import Connection, ExpiredIterator, LimitExceeded, ResourceNotFound, TrimmedDataAccess

Json = dict[str, Any]
WHOLE = 8


@dataclass
class Part:
    """A shard: the items whose number is from `low` to below `high`, and the changes from `first` to below `last`."""

    name: str
    parent: str | None
    low: int
    high: int
    first: int
    last: int | None = None


class Sharded:
    """A connection whose streams have many shards."""

    def __init__(self, inner: Connection) -> None:
        self.inner = inner
        self.parts = [Part("shard-0", None, 0, WHOLE, 0)]
        self.trimmed = 0
        self.age = 0
        self.busy = 0
        self.hides_children = 0
        self.calls: Counter[str] = Counter()

    def close(self) -> None:
        self.inner.close()

    def call(self, operation: str, body: bytes) -> bytes:
        self.calls[operation] += 1
        answer = {
            "DescribeStream": self._describe,
            "GetShardIterator": self._place,
            "GetRecords": self._records,
        }.get(operation)
        if answer is None:
            return self.inner.call(operation, body)
        return msgspec.json.encode(answer(msgspec.json.decode(body)))

    # What a test does

    def split(self, number: int) -> None:
        """Close an open shard: into halves, or into one that follows it if it is as narrow as can be."""
        open_parts = [part for part in self.parts if part.last is None]
        part = open_parts[number % len(open_parts)]
        part.last = len(self._everything())
        middle = (part.low + part.high + 1) // 2
        halves = [(part.low, middle), (middle, part.high)] if middle < part.high else [(part.low, part.high)]
        for low, high in halves:
            self.parts.append(Part(f"shard-{len(self.parts)}", part.name, low, high, part.last))

    def expire_iterators(self) -> None:
        """Fifteen minutes pass."""
        self.age += 1

    def trim(self, count: int) -> None:
        """A day passes for the first so many changes."""
        self.trimmed = max(self.trimmed, count)

    # What the service answers

    def _everything(self) -> list[Json]:
        def ask(operation: str, **members: Any) -> Json:
            found: Json = msgspec.json.decode(self.inner.call(operation, msgspec.json.encode(members)))
            return found

        (stream,) = ask("ListStreams")["Streams"]
        (shard,) = ask("DescribeStream", StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
        place = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = ask("GetShardIterator", **place)["ShardIterator"]
        found: list[Json] = []
        while (page := ask("GetRecords", ShardIterator=iterator))["Records"]:
            found += page["Records"]
            iterator = page["NextShardIterator"]
        return found

    def _of(self, part: Part) -> list[tuple[int, Json]]:
        """The changes of a shard with their numbers in the whole stream."""
        found: list[tuple[int, Json]] = []
        for index, record in enumerate(self._everything()[: part.last]):
            bucket = crc32(str(record["dynamodb"]["Keys"]).encode()) % WHOLE
            if index >= part.first and part.low <= bucket < part.high:
                found.append((index, record))
        return found

    def _there(self) -> list[Part]:
        parts = [part for part in self.parts if part.last is None or part.last > self.trimmed]
        if self.hides_children:
            self.hides_children -= 1
            return [part for part in parts if part.parent is None]
        return parts

    def _describe(self, request: Json) -> Json:
        arn = msgspec.json.encode({"StreamArn": request["StreamArn"]})
        described: Json = msgspec.json.decode(self.inner.call("DescribeStream", arn))
        parts = self._there()
        names = [part.name for part in parts]
        start = names.index(request["ExclusiveStartShardId"]) + 1 if "ExclusiveStartShardId" in request else 0
        stream = described["StreamDescription"]
        stream["Shards"] = [self._shard(part) for part in parts[start : start + 2]]
        if start + 2 < len(parts):
            stream["LastEvaluatedShardId"] = names[start + 1]
        return described

    def _shard(self, part: Part) -> Json:
        numbers = {"StartingSequenceNumber": f"{part.first:027d}"}
        if part.last is not None:
            numbers["EndingSequenceNumber"] = f"{part.last:027d}"
        shard: Json = {"ShardId": part.name, "SequenceNumberRange": numbers}
        return shard if part.parent is None else {**shard, "ParentShardId": part.parent}

    def _place(self, request: Json) -> Json:
        part = next((part for part in self._there() if part.name == request["ShardId"]), None)
        if part is None:
            raise ResourceNotFound("Requested resource not found: Shard does not exist")
        kind = request["ShardIteratorType"]
        if kind == "TRIM_HORIZON":
            index = self.trimmed
        elif kind == "LATEST":
            index = len(self._everything())
        else:
            numbers = [record["dynamodb"]["SequenceNumber"] for record in self._everything()]
            index = numbers.index(request["SequenceNumber"])
            if index < self.trimmed:
                raise TrimmedDataAccess("The operation attempted to read past the oldest stream record in a shard")
            index += kind == "AFTER_SEQUENCE_NUMBER"
        return {"ShardIterator": f"{part.name}|{index}|{self.age}"}

    def _records(self, request: Json) -> Json:
        name, index, age = request["ShardIterator"].split("|")
        if int(age) < self.age:
            raise ExpiredIterator("The shard iterator is expired")
        if self.busy:
            self.busy -= 1
            raise LimitExceeded("Subscriber limit exceeded")
        if int(index) < self.trimmed:
            raise TrimmedDataAccess("The operation attempted to read past the oldest stream record in a shard")
        part = next(part for part in self.parts if part.name == name)
        rest = [(number, record) for number, record in self._of(part) if number >= int(index)]
        page = rest[: request.get("Limit", 1000)]
        answer: Json = {"Records": [record for _, record in page]}
        if part.last is None or len(page) < len(rest):
            answer["NextShardIterator"] = f"{name}|{page[-1][0] + 1 if page else index}|{self.age}"
        return answer
