"""Indexes made and removed while other processes write, and by processes that die over it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dynalayer.engines.embedded import AsyncEmbeddedConnection, EmbeddedConnection
from dynalayer.protocol import Connection, LimitExceeded, ValidationError
from tests.engines.embedded.calls import Json, call, create
from tests.engines.embedded.consistency import faults

ITEMS = 12_000
INDEX = {
    "IndexName": "by_g",
    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
CREATION = {
    "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}],
    "GlobalSecondaryIndexUpdates": [{"Create": INDEX}],
}
DELETION = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by_g"}}]}
WRITER = """
import sys
from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import call
with EmbeddedConnection.file(sys.argv[1], durability="relaxed") as connection:
    print("begun", flush=True)
    for n in range(3000):
        key = {"id": {"S": f"{sys.argv[2]}{n % 500}"}}
        if n % 7 == 0:
            call(connection, "DeleteItem", TableName="things", Key=key)
        else:
            call(connection, "PutItem", TableName="things", Item={**key, "g": {"S": "abc"[n % 3]}})
"""
MAKER = """
import sys
from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import call
from tests.engines.embedded.test_backfill import CREATION
with EmbeddedConnection.file(sys.argv[1]) as connection:
    call(connection, "UpdateTable", TableName="things", **CREATION)
"""


def run(program: str, *arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def update(connection: Connection, members: Json) -> Json:
    return call(connection, "UpdateTable", TableName="things", **members)


def state(connection: Connection) -> str | None:
    table = call(connection, "DescribeTable", TableName="things")["Table"]
    indexes = table.get("GlobalSecondaryIndexes", [])
    return indexes[0]["IndexStatus"] if indexes else None


def everything(connection: Connection, **members: str) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    start: Json = {}
    while True:
        page = call(connection, "Scan", TableName="things", **members, **start)
        found |= {(item["id"]["S"], item["g"]["S"]) for item in page["Items"]}
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def fill(connection: Connection) -> None:
    create(connection)
    for first in range(0, ITEMS, 25):
        batch = [{"PutRequest": {"Item": {"id": {"S": f"{n}"}, "g": {"S": "g"}}}} for n in range(first, first + 25)]
        call(connection, "BatchWriteItem", RequestItems={"things": batch})


def test_an_index_that_comes_and_goes_under_two_writing_processes_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path, durability="relaxed") as connection:
        create(connection)
        writers = [run(WRITER, str(path), letter) for letter in "xy"]
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        while any(writer.poll() is None for writer in writers):
            update(connection, CREATION)
            everything(connection, IndexName="by_g")
            update(connection, DELETION)
        for writer in writers:
            with writer:
                assert writer.returncode == 0
        update(connection, CREATION)
        assert everything(connection, IndexName="by_g") == everything(connection)
    assert faults(path) == []


def wait_for_begin(connection: Connection) -> None:
    while state(connection) is None:
        pass


def begun_and_killed(path: Path) -> bool:
    """Let a process begin an index, kill it, and tell whether it was killed before it had finished."""
    with EmbeddedConnection.file(path) as connection, run(MAKER, str(path)) as maker:
        while state(connection) is None and maker.poll() is None:
            pass
        maker.send_signal(signal.SIGKILL)
        maker.wait()
        if state(connection) == "CREATING":
            return True
        update(connection, DELETION)
        return False


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """A file with an index whose maker has died over it."""
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path, durability="relaxed") as connection:
        fill(connection)
    assert any(begun_and_killed(path) for _ in range(10))
    return path


def test_an_index_that_is_not_filled_cannot_be_read_and_bars_others(unfinished: Path) -> None:
    with EmbeddedConnection.file(unfinished) as connection:
        with pytest.raises(ValidationError, match="Cannot read from backfilling global secondary index: by_g"):
            everything(connection, IndexName="by_g")
        other = {**CREATION, "GlobalSecondaryIndexUpdates": [{"Create": {**INDEX, "IndexName": "other"}}]}
        with pytest.raises(LimitExceeded):
            update(connection, other)


def test_writers_go_on_with_an_index_whose_maker_died(unfinished: Path) -> None:
    with EmbeddedConnection.file(unfinished) as connection:
        for number in range(ITEMS):
            if state(connection) == "ACTIVE":
                break
            call(connection, "PutItem", TableName="things", Item={"id": {"S": f"{number}"}, "g": {"S": "new"}})
        assert everything(connection, IndexName="by_g") == everything(connection)
        assert len(everything(connection)) == ITEMS
    assert faults(unfinished) == []


def test_an_unfinished_index_can_be_deleted_and_made_again(unfinished: Path) -> None:
    with EmbeddedConnection.file(unfinished) as connection:
        update(connection, DELETION)
        update(connection, CREATION)
        assert len(everything(connection, IndexName="by_g")) == ITEMS


def test_writes_of_an_event_loop_are_made_while_an_index_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path, durability="relaxed") as filled:
        fill(filled)
    done: list[str] = []

    async def one(connection: AsyncEmbeddedConnection, operation: str, **members: Any) -> None:
        await connection.call(operation, msgspec.json.encode({"TableName": "things", **members}))
        done.append(operation)

    async def main() -> None:
        async with AsyncEmbeddedConnection.file(path) as connection:
            change = asyncio.create_task(one(connection, "UpdateTable", **CREATION))
            await asyncio.to_thread(wait_for_begin, view)
            await one(connection, "PutItem", Item={"id": {"S": "new"}, "g": {"S": "g"}})
            await change

    with EmbeddedConnection.file(path) as view:
        asyncio.run(main())
        assert done == ["PutItem", "UpdateTable"]
        assert ("new", "g") in everything(view, IndexName="by_g")
    assert faults(path) == []


def test_a_process_that_knows_an_older_table_reads_the_new_index(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as first, EmbeddedConnection.file(path) as second:
        create(first)
        assert everything(second) == set()
        update(first, CREATION)
        assert everything(second, IndexName="by_g") == set()
        call(second, "PutItem", TableName="things", Item={"id": {"S": "1"}, "g": {"S": "a"}})
        assert everything(first, IndexName="by_g") == {("1", "a")}
        update(second, DELETION)
        with pytest.raises(ValidationError):
            everything(first, IndexName="by_g")
