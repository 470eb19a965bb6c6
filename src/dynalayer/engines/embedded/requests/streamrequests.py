"""The requests of the DynamoDB Streams API (API reference, "Amazon DynamoDB Streams")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from dynalayer.engines.embedded.requests.structs import NewTableName, Positive, Request

StreamArn = Annotated[str, Meta(min_length=37, max_length=1024)]
ShardId = Annotated[str, Meta(min_length=28, max_length=65)]
SequenceNumber = Annotated[str, Meta(min_length=21, max_length=40)]


class ListStreams(Request, kw_only=True):
    """ListStreams."""

    table_name: NewTableName | None = None
    limit: Positive | None = None
    exclusive_start_stream_arn: StreamArn | None = None


class ShardFilter(Request, kw_only=True):
    """The shards that DescribeStream is to tell of: those that came out of another."""

    type: Literal["CHILD_SHARDS"] | None = None
    shard_id: ShardId | None = None


class DescribeStream(Request, kw_only=True):
    """DescribeStream."""

    stream_arn: StreamArn
    limit: Positive | None = None
    exclusive_start_shard_id: ShardId | None = None
    shard_filter: ShardFilter | None = None


class GetShardIterator(Request, kw_only=True):
    """GetShardIterator; Timestamp is a number, which is looked at when it is needed."""

    stream_arn: StreamArn
    shard_id: ShardId
    shard_iterator_type: Literal[
        "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"
    ]
    sequence_number: SequenceNumber | None = None
    timestamp: Any = None


class GetRecords(Request, kw_only=True):
    """GetRecords."""

    shard_iterator: Annotated[str, Meta(min_length=1, max_length=2048)]
    limit: Positive | None = None
