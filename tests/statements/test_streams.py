"""Statements about streams, as requests and as what is read from answers."""

from __future__ import annotations

import msgspec
import pytest

from dynalayer import InvalidValue
from dynalayer.statements import DescribeStream, GetRecords, GetShardIterator, ListStreams, Shard, StreamName


def test_an_iterator_by_number_needs_one_and_no_other_takes_it() -> None:
    assert GetShardIterator("arn", "s", "LATEST").request(0) == {
        "StreamArn": "arn",
        "ShardId": "s",
        "ShardIteratorType": "LATEST",
    }
    assert GetShardIterator("arn", "s", "AT_SEQUENCE_NUMBER", "7").request(0)["SequenceNumber"] == "7"
    with pytest.raises(InvalidValue, match="AFTER_SEQUENCE_NUMBER takes a sequence number"):
        GetShardIterator("arn", "s", "AFTER_SEQUENCE_NUMBER")
    with pytest.raises(InvalidValue, match="TRIM_HORIZON does not take a sequence number"):
        GetShardIterator("arn", "s", "TRIM_HORIZON", "7")


def test_records_are_given_as_they_are_with_the_next_iterator() -> None:
    statement = GetRecords("here", 5)
    assert statement.request(0) == {"ShardIterator": "here", "Limit": 5}
    page = statement.read(b'{"Records": [{"eventID": "1"}], "NextShardIterator": "there"}', 0)
    assert (page.records, page.next) == (({"eventID": "1"},), "there")
    assert GetRecords("here").read(b'{"Records": []}', 0).next is None


def test_a_description_tells_of_shards_and_how_to_go_on() -> None:
    description = {
        "StreamArn": "arn",
        "TableName": "shop",
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_IMAGE",
        "Shards": [{"ShardId": "b", "ParentShardId": "a", "SequenceNumberRange": {"StartingSequenceNumber": "1"}}],
        "LastEvaluatedShardId": "b",
    }
    page = DescribeStream("arn").read(msgspec.json.encode({"StreamDescription": description}), 0)
    assert page.shards == (Shard("b", "a", "1", None),)
    assert page.next == DescribeStream("arn", "b")
    assert page.next.request(0) == {"StreamArn": "arn", "ExclusiveStartShardId": "b"}


def test_streams_are_listed_page_by_page() -> None:
    answer = {
        "Streams": [{"StreamArn": "arn", "TableName": "shop", "StreamLabel": "now"}],
        "LastEvaluatedStreamArn": "arn",
    }
    names, following = ListStreams("shop").read(msgspec.json.encode(answer), 0)
    assert names == [StreamName("arn", "shop", "now")]
    assert following is not None
    assert following.request(0) == {"TableName": "shop", "ExclusiveStartStreamArn": "arn"}
    assert ListStreams().read(b'{"Streams": []}', 0) == ([], None)
