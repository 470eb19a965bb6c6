"""A writer that is killed leaves whole transactions, and no index entry without its item."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import call, create
from tests.engines.embedded.consistency import faults

ROOT = Path(__file__).parents[3]
WRITER = """
import itertools, random, sys
from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import call
connection = EmbeddedConnection.file(sys.argv[1], durability=sys.argv[2])
draw = random.Random(int(sys.argv[3]))
group = lambda: {"g": {"S": draw.choice("abc")}} if draw.random() < 0.8 else {}
key = lambda: {"id": {"S": str(draw.randrange(40))}}
for n in itertools.count():
    kind = draw.randrange(4)
    if kind == 0:
        call(connection, "PutItem", TableName="things", Item={**key(), **group(), "n": {"N": str(n)}})
    elif kind == 1:
        call(connection, "DeleteItem", TableName="things", Key=key())
    elif kind == 2:
        puts = {item["id"]["S"]: {"PutRequest": {"Item": item}} for item in ({**key(), **group()} for _ in range(5))}
        call(connection, "BatchWriteItem", RequestItems={"things": list(puts.values())})
    else:
        pair = [{"Put": {"TableName": "things", "Item": {"id": {"S": f"{side}{n}"}, **group(), "n": {"N": str(n)}}}}
                for side in "lr"]
        call(connection, "TransactWriteItems", TransactItems=pair)
    print(n if kind == 3 else -1, flush=True)
"""


def grouped(connection: EmbeddedConnection) -> None:
    """A table with two indexes whose keys come and go."""
    keys = [{"AttributeName": "g", "KeyType": "HASH"}]
    create(
        connection,
        more=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[
            {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": kind}}
            for name, kind in (("all", "ALL"), ("keys", "KEYS_ONLY"))
        ],
    )


@pytest.mark.parametrize("durability", ["full", "relaxed"])
def test_kills_leave_whole_transactions_and_indexes_that_fit(tmp_path: Path, durability: str) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        grouped(connection)
    draw = random.Random(durability)
    acknowledged: set[int] = set()
    for seed in range(4):
        command = [sys.executable, "-c", WRITER, str(path), durability, str(seed)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(draw.randrange(1, 120)):
                acknowledged.add(int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
            acknowledged.update(map(int, process.stdout))
        assert faults(path) == []
        with EmbeddedConnection.file(path) as connection:
            ids = {item["id"]["S"] for item in call(connection, "Scan", TableName="things")["Items"]}
        sides = [{name[1:] for name in ids if name[0] == side} for side in "lr"]
        assert sides[0] == sides[1], "a transaction is whole or not there"
        assert {str(n) for n in acknowledged if n >= 0} <= sides[0]
        acknowledged.clear()
        empty(path)


def empty(path: Path) -> None:
    with EmbeddedConnection.file(path) as connection:
        for item in call(connection, "Scan", TableName="things")["Items"]:
            call(connection, "DeleteItem", TableName="things", Key={"id": item["id"]})
    assert faults(path) == []


def test_the_checker_sees_an_entry_without_its_item(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        grouped(connection)
        call(connection, "PutItem", TableName="things", Item={"id": {"S": "1"}, "g": {"S": "a"}})
    with sqlite3.connect(path) as raw:
        (rows,) = raw.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'data%'").fetchone()
        raw.execute(f"DELETE FROM {rows}")
    raw.close()
    assert len(faults(path)) == 2
