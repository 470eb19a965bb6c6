"""Records as boto3 gives them, from a real client of the engine behind HTTP."""

from __future__ import annotations

from datetime import datetime

import boto3

from dynalayer import Attr, Database, Entity, Inserted, Removed, Table, attr, decode_stream, primary

albums = Table("boto3-albums", pk="id", stream="NEW_AND_OLD_IMAGES")


class Album(Entity, table=albums):
    id: Attr[str] = attr()
    cover: Attr[bytes] = attr()
    pages: Attr[list[bytes]] = attr(factory=list)
    marks: Attr[set[bytes]] = attr(factory=set)
    key = primary(id)


def test_the_records_of_a_boto3_client_are_decoded(dynalayer_served: str) -> None:
    album = Album(id="1", cover=b"\x00\xff", pages=[b"a", b""], marks={b"x", b"y"})
    with Database(dynalayer_served) as db:
        db.create_tables(albums)
        db.create(album)
        db.delete(album.key)
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    client = session.client("dynamodbstreams", endpoint_url=dynalayer_served)
    arn = client.list_streams(TableName=albums.name)["Streams"][0]["StreamArn"]
    shard = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    place = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    answer = client.get_records(ShardIterator=place["ShardIterator"])
    client.close()
    change = answer["Records"][0]["dynamodb"]
    assert isinstance(change["ApproximateCreationDateTime"], datetime)
    assert isinstance(change["NewImage"]["cover"]["B"], bytes)
    inserted, removed = decode_stream(answer, Album)
    assert isinstance(inserted, Inserted)
    assert isinstance(removed, Removed)
    assert inserted.new == removed.old == album
    assert inserted.new_item == {**Album.__definition__.encode(album)}
