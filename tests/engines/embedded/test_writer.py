"""Writes that wait together share one transaction, and each has the answer it would have had alone."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dynalayer.engines.embedded import AsyncEmbeddedConnection, EmbeddedConnection, StorageFailed
from dynalayer.protocol import ConditionFailed, ResourceInUse
from tests.engines.embedded.calls import create, read

ROOT = Path(__file__).parents[3]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody can write meanwhile, so writes wait."""
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


def put(connection: AsyncEmbeddedConnection, key: str, **members: Any) -> asyncio.Future[bytes]:
    item = {"id": {"S": key}, **members.pop("more", {})}
    body = msgspec.json.encode({"TableName": "things", "Item": item, "ReturnValues": "ALL_OLD", **members})
    begun = connection.begin("PutItem", body)
    assert not isinstance(begun, bytes)
    return begun


@pytest.mark.anyio
async def test_writes_that_wait_are_made_in_their_order(path: Path) -> None:
    async with AsyncEmbeddedConnection.file(path) as connection:
        with locked(path):
            futures = [put(connection, "a", more={"n": {"N": str(n)}}) for n in range(100)]
        answers = [msgspec.json.decode(answer) for answer in await asyncio.gather(*futures)]
    assert [int(each["Attributes"]["n"]["N"]) for each in answers[1:]] == list(range(99))


@pytest.mark.anyio
async def test_one_that_is_refused_takes_no_other_with_it(path: Path) -> None:
    once = {"ConditionExpression": "attribute_not_exists(id)"}
    transaction = {
        "TransactItems": [
            {"Put": {"TableName": "things", "Item": {"id": {"S": "half"}}}},
            {"Put": {"TableName": "things", "Item": {"id": {"S": "a"}}, **once}},
        ]
    }
    async with AsyncEmbeddedConnection.file(path) as connection:
        with locked(path):
            futures = [put(connection, key) for key in ("first", "a", "b")]
            futures.insert(2, put(connection, "a", **once))
            half = connection.begin("TransactWriteItems", msgspec.json.encode(transaction))
            assert not isinstance(half, bytes)
            futures.append(half)
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == [
        *("bytes", "bytes", "ConditionFailed", "bytes", "TransactionCanceled")
    ]
    assert isinstance(outcomes[2], ConditionFailed)
    with EmbeddedConnection.file(path) as found:
        assert [read(found, key) is not None for key in ("first", "a", "b", "half")] == [True, True, True, False]


@pytest.mark.anyio
async def test_changes_of_tables_stand_between_changes_of_items(path: Path) -> None:
    body = msgspec.json.encode(
        {
            "TableName": "others",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }
    )
    async with AsyncEmbeddedConnection.file(path) as connection:
        with locked(path):
            calls = [put(connection, "a"), put(connection, "b")]
            for _ in range(2):
                begun = connection.begin("CreateTable", body)
                assert not isinstance(begun, bytes)
                calls.append(begun)
            calls += [put(connection, "c", TableName="others"), put(connection, "d")]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(outcome, ResourceInUse) for outcome in outcomes] == [False, False, False, True, False, False]


@pytest.mark.anyio
async def test_a_call_that_is_cancelled_before_its_turn_is_not_made(path: Path) -> None:
    async with AsyncEmbeddedConnection.file(path) as connection:
        with locked(path):
            first, second, third = (put(connection, key) for key in "abc")
            second.cancel()
        await first
        await third
    with EmbeddedConnection.file(path) as found:
        assert [read(found, key) is not None for key in "abc"] == [True, False, True]


@pytest.mark.anyio
async def test_when_the_disk_is_full_what_was_acknowledged_is_there_and_nothing_else(path: Path) -> None:
    async with AsyncEmbeddedConnection.file(path) as connection:
        with connection._connection.engine.storage.writing as sqlite:
            (pages,) = sqlite.execute("PRAGMA page_count").fetchone()
            sqlite.execute(f"PRAGMA max_page_count = {pages + 250}")
        with locked(path):
            large = {"text": {"S": "x" * 200_000}}
            futures = [put(connection, str(n), more=large if n % 3 == 2 else {}) for n in range(30)]
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {bytes, StorageFailed}
        with EmbeddedConnection.file(path) as found:
            there = [read(found, str(n)) is not None for n in range(30)]
        assert there == [isinstance(outcome, bytes) for outcome in outcomes]
        assert isinstance(await put(connection, "small"), bytes)


@pytest.mark.anyio
async def test_closing_waits_for_what_was_begun(path: Path) -> None:
    connection = AsyncEmbeddedConnection.file(path)
    futures = [put(connection, str(n)) for n in range(50)]
    await connection.close()
    assert all(isinstance(answer, bytes) for answer in await asyncio.gather(*futures))
    with pytest.raises(sqlite3.ProgrammingError):
        put(connection, "late")


KILLED = """
import asyncio, itertools, sys
import msgspec
from dynalayer.engines.embedded import AsyncEmbeddedConnection

async def write(connection, numbers):
    for n in numbers:
        item = {"id": {"S": str(n)}, "text": {"S": "x" * (n % 2000)}}
        await connection.call("PutItem", msgspec.json.encode({"TableName": "things", "Item": item}))
        print(n, flush=True)

async def main():
    connection, numbers = AsyncEmbeddedConnection.file(sys.argv[1]), itertools.count()
    await asyncio.gather(*(write(connection, numbers) for _ in range(16)))

asyncio.run(main())
"""


def test_what_was_acknowledged_together_survives_a_kill(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(300)]
        process.kill()
        acknowledged += process.stdout.readlines()
    keys = [line.strip() for line in acknowledged if line.endswith("\n")]
    assert len(keys) >= 300
    with EmbeddedConnection.file(path) as found:
        assert [key for key in keys if read(found, key) is None] == []
