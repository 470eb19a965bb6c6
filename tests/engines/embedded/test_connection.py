"""One connection among threads, tasks and processes."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from dynalayer.engines.embedded import AsyncEmbeddedConnection, CannotOpen, EmbeddedConnection, NotOurFile
from dynalayer.engines.embedded.dispatch import OPERATIONS, READS
from dynalayer.protocol import ResourceNotFound
from tests.engines.embedded.calls import call, count_up, create, read


@pytest.fixture(params=["memory", "file"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedConnection]:
    path = "memory:" if request.param == "memory" else tmp_path / "engine.db"
    with EmbeddedConnection(path, durability="relaxed") as opened:
        create(opened)
        yield opened


def test_threads_share_a_connection_and_lose_nothing(connection: EmbeddedConnection) -> None:
    def work(_: int) -> None:
        for _ in range(50):
            count_up(connection, "counter")
            assert read(connection, "counter") is not None

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert read(connection, "counter")["n"] == {"N": "400"}


def test_no_reader_sees_half_a_transaction(connection: EmbeddedConnection) -> None:
    done = threading.Event()

    def write() -> None:
        for n in range(300):
            items = [{"Put": {"TableName": "things", "Item": {"id": {"S": s}, "n": {"N": f"{n}"}}}} for s in "ab"]
            call(connection, "TransactWriteItems", TransactItems=items)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    gets = [{"Get": {"TableName": "things", "Key": {"id": {"S": s}}}} for s in "ab"]
    while not done.is_set():
        left, right = call(connection, "TransactGetItems", TransactItems=gets)["Responses"]
        assert left.get("Item", {}).get("n") == right.get("Item", {}).get("n")
    writer.join()


def test_tasks_share_an_async_connection(tmp_path: Path) -> None:
    async def main(connection: AsyncEmbeddedConnection) -> bytes:
        async with connection:
            creation = {
                "TableName": "things",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            }
            await connection.call("CreateTable", msgspec.json.encode(creation))
            bodies = [b'{"TableName":"things","Item":{"id":{"S":"%d"}}}' % n for n in range(100)]
            await asyncio.gather(*(connection.call("PutItem", body) for body in bodies))
            return await connection.call("Scan", b'{"TableName":"things","Select":"COUNT"}')

    for connection in (AsyncEmbeddedConnection.memory(), AsyncEmbeddedConnection.file(tmp_path / "engine.db")):
        assert asyncio.run(main(connection)) == b'{"Count":100,"ScannedCount":100}'


def test_every_read_is_an_operation() -> None:
    assert OPERATIONS.keys() >= READS


def test_another_process_making_a_table_anew_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as first, EmbeddedConnection.file(path) as second:
        create(first)
        count_up(first, "a")
        assert read(second, "a") is not None
        call(second, "DeleteTable", TableName="things")
        with pytest.raises(ResourceNotFound):
            count_up(first, "a")
        create(second, more=[])
        assert count_up(first, "a") == 1
        assert read(second, "a")["n"] == {"N": "1"}


def test_another_process_switching_time_to_live_on_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as first, EmbeddedConnection.file(path) as second:
        create(first)
        call(first, "PutItem", TableName="things", Item={"id": {"S": "a"}})
        ttl = {"AttributeName": "ttl", "Enabled": True}
        call(second, "UpdateTimeToLive", TableName="things", TimeToLiveSpecification=ttl)
        call(first, "PutItem", TableName="things", Item={"id": {"S": "b"}, "ttl": {"N": "1000"}})
        assert second.expire(1001.0) == 1
        assert read(first, "b") is None


def test_a_closed_connection_answers_no_more(connection: EmbeddedConnection) -> None:
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError):
        read(connection, "a")


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    text, database = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("this is no database, " * 100)
    other = sqlite3.connect(database)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    for path in (text, database):
        with pytest.raises(NotOurFile, match="is not a Dynalayer database"):
            EmbeddedConnection.file(path)


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    EmbeddedConnection.file(path).close()
    later = sqlite3.connect(path)
    later.execute("PRAGMA user_version = 99")
    later.close()
    with pytest.raises(NotOurFile, match="has version 99"):
        EmbeddedConnection.file(path)


def test_a_file_in_a_folder_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="missing"):
        EmbeddedConnection.file(tmp_path / "missing" / "engine.db")
