"""What goes wrong inside is told to nobody outside, and nobody's data to the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from dynalayer.testing import serving
from tests.server.conftest import make_table
from tests.server.wire import Wire, request


def test_a_fault_is_answered_without_details_and_logged_without_data(
    tmp_path: Path, connect: Callable[[str], Wire], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "broken.db"
    with serving(path) as endpoint:
        wire = connect(endpoint)
        make_table(wire, "app")
        key = {"TableName": "app", "Key": {"pk": {"S": "ada"}}}
        wire.ask(request("PutItem", {"TableName": "app", "Item": {"pk": {"S": "ada"}, "text": {"S": "secret"}}}))
        with sqlite3.connect(path) as other:
            spoil_items(other)
        other.close()
        update = {**key, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}
        answer = wire.ask(request("UpdateItem", update))
        assert (answer.status, answer.code) == (500, "InternalServerError")
        assert answer.json["message"] == "Internal server error"
        assert wire.ask(request("ListTables")).status == 200
    (record,) = caplog.records
    assert record.name == "dynalayer.server"
    assert record.getMessage().startswith("UpdateItem failed with DecodeError")
    assert "operations/items.py" in record.getMessage()
    assert "ada" not in caplog.text
    assert "secret" not in caplog.text


def spoil_items(database: sqlite3.Connection) -> None:
    """Cut the end off every item."""
    for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        columns = {row[1] for row in database.execute(f"PRAGMA table_info({name})")}
        if "item" in columns:
            database.execute(f"UPDATE {name} SET item = substr(item, 1, length(item) - 1)")
