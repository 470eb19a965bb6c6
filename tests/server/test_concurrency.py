"""Nobody waits for another's disk, lock or eagerness."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dynalayer.testing import serving
from tests.server.conftest import make_table
from tests.server.wire import Wire, request

Connect = Callable[[str], Wire]
GET = request("GetItem", {"TableName": "app", "Key": {"pk": {"S": "a"}}})


def put(text: str = "x") -> bytes:
    return request("PutItem", {"TableName": "app", "Item": {"pk": {"S": "a"}, "text": {"S": text}}})


def add() -> bytes:
    return request(
        "UpdateItem",
        {
            "TableName": "app",
            "Key": {"pk": {"S": "n"}},
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
            "ReturnValues": "UPDATED_NEW",
        },
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "served.db"


@pytest.fixture
def endpoint(path: Path, connect: Connect) -> Iterator[str]:
    with serving(path) as endpoint:
        wire = connect(endpoint)
        make_table(wire, "app")
        wire.ask(put())
        yield endpoint


def test_readers_do_not_wait_for_a_write_that_does(endpoint: str, path: Path, connect: Connect) -> None:
    writer, reader = connect(endpoint), connect(endpoint)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.send(put("new") + GET)
        assert [reader.ask(GET).json["Item"]["text"]["S"] for _ in range(20)] == ["x"] * 20
        assert reader.ask(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        other.execute("ROLLBACK")
    other.close()
    assert writer.answer().status == 200
    assert writer.answer().json["Item"]["text"]["S"] == "new"


def test_a_write_whose_client_has_gone_is_made_and_harms_nobody(endpoint: str, path: Path, connect: Connect) -> None:
    writer, reader = Wire(endpoint), connect(endpoint)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.send(put("gone"))
        assert reader.ask(GET).status == 200
        writer.close()
        other.execute("ROLLBACK")
    other.close()
    assert reader.ask(add()).status == 200
    assert reader.ask(GET).status == 200


def test_an_eager_client_does_not_hold_up_others(endpoint: str, connect: Connect) -> None:
    eager, other = connect(endpoint), connect(endpoint)
    other.ask(put("x" * 390_000))
    large = request("Scan", {"TableName": "app"})
    count = 150
    eager.send(large * count)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(lambda: [eager.answer().status for _ in range(count)])
        between = 0
        while not done.done():
            assert other.ask(request("ListTables")).status == 200
            between += 1
        assert done.result() == [200] * count
    # The other client is answered between the large answers, not after them all.
    assert between > 3


def test_all_writes_of_many_clients_count(endpoint: str, connect: Connect) -> None:
    wires = [connect(endpoint) for _ in range(16)]
    for _ in range(10):
        for wire in wires:
            wire.send(add() * 2)
        for wire in wires:
            assert [wire.answer().status for _ in range(2)] == [200, 200]
    assert wires[0].ask(add()).json["Attributes"]["n"]["N"] == "321"
