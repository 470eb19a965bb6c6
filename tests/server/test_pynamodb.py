"""PynamoDB as its users use it, over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pynamodb.attributes import (
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

_numbers = itertools.count()
MOMENT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


class Address(MapAttribute[Any, Any]):
    city = UnicodeAttribute()
    number = NumberAttribute(null=True)


@pytest.fixture
def thread(dynalayer_served: str) -> Iterator[Any]:
    """A model with a table of its own, as PynamoDB's documentation has it."""
    name = f"pynamo-{next(_numbers)}"

    class ByViews(GlobalSecondaryIndex[Any]):
        class Meta:
            index_name = "by-views"
            projection = AllProjection()

        forum = UnicodeAttribute(hash_key=True)
        views = NumberAttribute(range_key=True)

    class Thread(Model):
        class Meta:
            table_name = name
            host = dynalayer_served
            region = "us-east-1"
            aws_access_key_id = "key"
            aws_secret_access_key = "secret"
            billing_mode = "PAY_PER_REQUEST"
            max_retry_attempts = 0

        forum = UnicodeAttribute(hash_key=True)
        subject = UnicodeAttribute(range_key=True)
        views = NumberAttribute(default=0)
        tags = UnicodeSetAttribute(null=True)
        addresses: ListAttribute[Address] = ListAttribute(of=Address, null=True)
        at = UTCDateTimeAttribute(null=True)
        version = VersionAttribute()
        by_views = ByViews()

    Thread.create_table(wait=True)
    yield Thread
    Thread.delete_table()


def test_a_model_is_saved_read_and_refreshed(thread: Any) -> None:
    one = thread("python", "sets", tags={"a", "b"}, addresses=[Address(city="London", number=3)], at=MOMENT)
    one.save()
    got = thread.get("python", "sets", consistent_read=True)
    assert got.tags == {"a", "b"}
    assert got.addresses[0].city == "London"
    assert got.at == MOMENT
    assert got.version == 1
    got.refresh()
    with pytest.raises(DoesNotExist):
        thread.get("python", "missing")
    assert thread.exists()
    assert thread.count("python") == 1


def test_versions_refuse_what_is_stale(thread: Any) -> None:
    thread("python", "sets").save()
    first, second = thread.get("python", "sets"), thread.get("python", "sets")
    first.save()
    with pytest.raises(PutError) as caught:
        second.save()
    assert caught.value.cause_response_code == "ConditionalCheckFailedException"


def test_updates_act_and_conditions_hold(thread: Any) -> None:
    one = thread("python", "sets", tags={"a"})
    one.save()
    one.update(actions=[thread.views.add(2), thread.tags.add({"b"}), thread.at.set(MOMENT)])
    assert (one.views, one.tags, one.version) == (2, {"a", "b"}, 2)
    with pytest.raises(UpdateError):
        one.update(actions=[thread.views.set(9)], condition=thread.views > 5)
    one.delete(condition=thread.tags.contains("b"))
    assert thread.count("python") == 0


def test_queries_scans_and_indexes(thread: Any) -> None:
    with thread.batch_write() as batch:
        for n in range(30):
            batch.save(thread("python", f"s{n:02d}", views=n % 7))
    assert [each.subject for each in thread.query("python", thread.subject.between("s03", "s05"))] == [
        "s03",
        "s04",
        "s05",
    ]
    begins = thread.query("python", thread.subject.startswith("s1"), filter_condition=thread.views == 3, page_size=4)
    assert [each.subject for each in begins] == ["s10", "s17"]
    by_views = thread.by_views.query("python", thread.views > 5, scan_index_forward=False)
    assert {each.views for each in by_views} == {6}
    assert len(list(thread.scan(thread.views.is_in(1, 2), page_size=5))) == 9
    got = thread.batch_get([("python", "s00"), ("python", "s29"), ("python", "none")])
    assert sorted(each.subject for each in got) == ["s00", "s29"]
    page = thread.query("python", limit=5)
    assert len(list(page)) == 5
    rest = thread.query("python", last_evaluated_key=page.last_evaluated_key)
    assert next(iter(rest)).subject == "s05"


def test_transactions_get_and_write(thread: Any, dynalayer_served: str) -> None:
    connection = Connection(region="us-east-1", host=dynalayer_served)
    connection.session.set_credentials("key", "secret")
    thread("python", "old").save()
    with TransactWrite(connection=connection) as transaction:
        transaction.save(thread("python", "new"))
        transaction.update(thread("python", "counted"), actions=[thread.views.set(1)])
    with TransactGet(connection=connection) as transaction:
        got = transaction.get(thread, "python", "new")
    assert got.get().subject == "new"

    def refused() -> None:
        with TransactWrite(connection=connection) as transaction:
            transaction.condition_check(thread, "python", "none", condition=thread.subject.exists())
            transaction.save(thread("python", "other"))

    with pytest.raises(TransactWriteError) as caught:
        refused()
    assert [reason and reason.code for reason in caught.value.cancellation_reasons] == ["ConditionalCheckFailed", None]
