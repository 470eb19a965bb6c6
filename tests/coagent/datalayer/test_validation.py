"""The validate command tries real operations, tells what is wrong, and leaves nothing behind."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from coagent.datalayer import Repository, reset_clients
from coagent.datalayer.__main__ import main
from coagent.datalayer.validation import validate

from dynalayer import AccessDenied, Database, Table
from dynalayer.testing import Faults
from tests.coagent.datalayer.population import TABLE, Bench


def test_all_is_right_on_a_table_as_it_is_declared_and_nothing_is_left() -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        findings = validate(Repository(Database(faults, cursor_key=b"k" * 32), TABLE))
        assert [finding for finding in findings if finding.wrong] == []
        used = {call.operation for call in faults.calls}
        assert used >= {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "BatchWriteItem"}
        assert "Scan" not in used
        keys = {str(call.request.get("Key", {}).get("PK")) for call in faults.calls if "Key" in call.request}
        for key in keys:
            assert bench.repository.query(key.split("'")[3]).count == 0


def test_a_table_that_is_not_as_declared_and_operations_that_fail_are_told() -> None:
    with Database("memory:") as db:
        db.create_tables(Table(TABLE, pk="PK", sk="SK"))
        faults = Faults(db.connection)
        faults.fail(AccessDenied("no"), operation="BatchGetItem", times=None)
        findings = validate(Repository(Database(faults), TABLE))
        wrong = {finding.about: finding.wrong for finding in findings if finding.wrong}
        assert list(wrong) == ["the table is as it is declared", "batches tell what became of each item"]
        assert "GSI1" in wrong["the table is as it is declared"]
        assert "could not be read" in wrong["batches tell what became of each item"]


def test_the_command_says_right_and_ends_with_none(tmp_path: Path) -> None:
    for arguments in (["memory:"], [f"embedded:{tmp_path / 'x.db'}", "--create", "--table", "Other"]):
        ended = CliRunner().invoke(main, arguments)
        assert ended.exit_code == 0, ended.output
        assert [line[:5] for line in ended.output.splitlines()] == ["right"] * 10


def test_the_command_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = CliRunner().invoke(main, [f"embedded:{tmp_path / 'x.db'}"])
    assert ended.exit_code == 1
    assert "wrong  the table is as it is declared: " in ended.output
    assert "database URL" in CliRunner().invoke(main, ["nonsense"]).output
    monkeypatch.setenv("NODE_ENV", "test")
    reset_clients()
    assert "NODE_ENV is test" in CliRunner().invoke(main, []).output
    reset_clients()
