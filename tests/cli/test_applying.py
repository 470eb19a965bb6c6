from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynalayer import Database
from dynalayer.cli.commands import cli
from dynalayer.statements import Raw

MODULE = """
from dynalayer import Index, Table, number

shop = Table("shop", pk="PK", sk={sk}, indexes=[{indexes}])
"""
BY_STATE = 'Index("by-state", pk="state")'


class Program:
    """A module that declares a table, and the database that it is deployed to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"embedded:{folder / 'live.db'}"
        self.number = 0
        self.write()

    def write(self, indexes: str = BY_STATE, sk: str = '"SK"') -> None:
        # A module is imported once, so each version has a name of its own.
        self.number += 1
        (self.folder / f"declared_{self.number}.py").write_text(MODULE.format(indexes=indexes, sk=sk))

    def run(self, command: str, *options: str, say: str | None = None) -> Result:
        return CliRunner().invoke(cli, [command, f"declared_{self.number}", self.url, *options], input=say)

    def put(self) -> None:
        with Database(self.url) as database:
            item = {"PK": {"S": "a"}, "SK": {"S": "b"}, "state": {"S": "new"}}
            database.run(Raw("PutItem", {"TableName": "shop", "Item": item}))

    def count(self) -> int:
        with Database(self.url) as database:
            return int(database.run(Raw("Scan", {"TableName": "shop", "Select": "COUNT"}))["Count"])


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return Program(tmp_path)


def test_what_is_missing_is_told_made_and_then_the_same(program: Program) -> None:
    told = program.run("diff")
    assert (told.output, told.exit_code) == ("shop: create table\n", 1)
    made = program.run("apply", "--yes")
    assert made.output == "shop: create table\n[1/1] shop: create table\n"
    assert made.exit_code == 0
    again = program.run("diff")
    assert (again.output, again.exit_code) == ("1 tables are as declared.\n", 0)


def test_nothing_is_done_without_a_yes(program: Program) -> None:
    assert program.run("apply", say="n\n").exit_code == 1
    assert program.run("diff").exit_code == 1
    assert program.run("apply", say="y\n").exit_code == 0


def test_an_index_is_replaced_and_items_stay(program: Program) -> None:
    program.run("apply", "--yes")
    program.put()
    program.write('Index("by-owner", pk="owner")')
    assert program.run("diff").output.splitlines() == [
        "shop: remove index 'by-state'",
        "    index 'by-state' is not declared",
        "shop: add index 'by-owner'",
        "    global index 'by-owner' is not there",
    ]
    assert program.run("apply", "--yes").exit_code == 0
    assert program.run("diff").exit_code == 0
    assert program.count() == 1


def test_keep_takes_nothing_away(program: Program) -> None:
    program.run("apply", "--yes")
    program.write('Index("by-owner", pk="owner")')
    made = program.run("apply", "--yes", "--keep")
    assert "left undone: shop: remove index 'by-state': it takes something away" in made.output
    assert made.exit_code == 1
    assert [change["change"] for change in map(json.loads, program.run("diff", "--json").output.splitlines())] == [
        "remove index"
    ]


def test_items_are_only_lost_when_that_is_allowed_and_the_table_named(program: Program) -> None:
    program.run("apply", "--yes")
    program.put()
    program.write(sk='number("SK")')
    refused = program.run("apply", "--yes")
    assert "left undone: shop: replace table (loses all its items): it needs --allow-destroy" in refused.output
    assert (refused.exit_code, program.count()) == (1, 1)
    unsure = program.run("apply", "--yes", "--allow-destroy", say="shopp\n")
    assert (unsure.exit_code, program.count()) == (1, 1)
    assert program.run("apply", "--yes", "--allow-destroy", say="shop\n").exit_code == 0
    assert program.count() == 0


def test_an_environment_gives_tables_its_names(program: Program) -> None:
    assert program.run("diff", "--env", "dev").output == "shop-dev: create table\n"


def test_a_module_that_cannot_be_used_ends_with_two(program: Program) -> None:
    result = CliRunner().invoke(cli, ["diff", "no_such_module", program.url])
    assert result.exit_code == 2
