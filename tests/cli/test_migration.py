from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dynalayer import Database
from dynalayer.cli.commands import cli
from dynalayer.statements import Raw
from tests.migrate.small import CONTRACT, library


class Shop:
    """A folder with a library in SQLite, its contract and a place for the target."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = library(folder / "library.db", authors=5, books=4)
        self.contract = folder / "contract.json"
        self.contract.write_text(json.dumps(CONTRACT))
        self.target = f"embedded:{folder / 'target.db'}"
        self.quick = folder / "quick.json"
        self.quick.write_text('{"quiet_seconds": 0, "handover_seconds": 0.1}')

    def run(self, command: str, *options: str) -> Result:
        places = {
            "show": [],
            "validate": [self.url],
            "plan": [self.url],
            "entities": [self.url],
            "create": [self.target],
        }.get(command, [self.url, self.target])
        state = ["--state", str(self.folder / "state")] if command in ("backfill", "verify", "repair") else []
        return CliRunner().invoke(cli, ["migrate", command, str(self.contract), *places, *state, *options])

    @property
    def url(self) -> str:
        return f"sqlite:{self.source.database}"

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self.source.database)) as connection:
            connection.execute(statement)
            connection.commit()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_the_whole_way(shop: Shop) -> None:
    assert shop.run("validate").output.endswith("0 errors, 0 warnings\n")
    assert "Library/BOOK: 20 rows, 20 items" in shop.run("plan").output
    assert shop.run("create").output == "Library\n"
    done = shop.run("backfill")
    assert "Library/BOOK: 20 rows, 20 items written" in done.output
    assert done.exit_code == 0
    verified = shop.run("verify")
    assert verified.output.splitlines()[-1] == "25 items stored, 0 of them of no row"
    assert verified.exit_code == 0


def test_what_differs_is_told_and_repaired(shop: Shop) -> None:
    shop.run("create")
    shop.run("backfill")
    shop.sql("UPDATE books SET title = 'Changed' WHERE author_id = 1 AND number = 2")
    verified = shop.run("verify")
    assert "  different Library/BOOK row 1, 2: title" in verified.output
    assert verified.exit_code == 1
    repaired = shop.run("repair")
    assert repaired.output.splitlines()[0] == "0 missing, 1 different, 0 orphan mended"
    assert repaired.exit_code == 0
    with Database(shop.target) as database:
        key = {"PK": {"S": "AUTHOR#1"}, "SK": {"S": "BOOK#2"}}
        found: dict[str, Any] = database.run(Raw("GetItem", {"TableName": "Library", "Key": key}))["Item"]
    assert found["title"] == {"S": "Changed"}


def test_json_is_one_object_a_line(shop: Shop) -> None:
    shop.run("create")
    done = CliRunner().invoke(cli, ["migrate", "plan", str(shop.contract), shop.url, "--json"])
    outlook = json.loads(done.stdout)
    assert outlook["entities"]["Library/AUTHOR"]["rows"] == 5
    progress = [json.loads(line) for line in done.stderr.splitlines()]
    assert progress[-1] == {"at": "reading Library/BOOK", "rows": 20, "of": None}


def test_findings_end_with_one(shop: Shop) -> None:
    broken = json.loads(json.dumps(CONTRACT))
    broken["tables"][0]["entities"][1]["attributes"][2]["source_column"] = "titel"
    shop.contract.write_text(json.dumps(broken))
    result = shop.run("validate")
    assert result.exit_code == 1
    assert (
        "error at /tables/0/entities/1/attributes/2: table 'books' has no column 'titel'; did you mean 'title'?"
        in result.output
    )
    assert shop.run("backfill").exit_code == 2


def test_what_cannot_be_used_ends_with_two_and_shows_no_password(shop: Shop) -> None:
    command = ["migrate", "validate", str(shop.contract), "mysql://me:hidden@127.0.0.1:1/shop"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 2
    assert "mysql://me@127.0.0.1:1/shop cannot be opened" in result.output
    assert "hidden" not in result.output


def test_a_changed_contract_is_not_gone_on_with(shop: Shop) -> None:
    shop.run("create")
    shop.run("backfill")
    changed = json.loads(json.dumps(CONTRACT))
    changed["tables"][0]["entities"][1]["attributes"].pop()
    shop.contract.write_text(json.dumps(changed))
    result = shop.run("backfill")
    assert result.exit_code == 2
    assert "holds the state of another migration" in result.output


def test_a_contract_is_shown_in_its_one_form(shop: Shop) -> None:
    shown = json.loads(shop.run("show").output)
    names = [attribute["name"] for attribute in shown["tables"][0]["entities"][0]["attributes"]]
    assert names == ["id", "name", "books", "PK", "SK"]


def test_an_application_is_moved_phase_by_phase_and_each_refusal_says_what_is_missing(shop: Shop) -> None:
    assert shop.run("status").output.startswith("phase 1 (SQL only)\n")
    refused = shop.run("cutover")
    assert (refused.exit_code, "the tables Library are missing" in refused.output) == (2, True)
    shop.run("create")
    assert shop.run("cutover").output.startswith("phase 2 (both written, SQL read)")
    refused = shop.run("cutover", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.output)["lacking"] == [
        "the phase lasts 0.0 h of 24.0 h",
        "0 writes to both databases of at least 1,000",
    ]
    forced = shop.run("cutover", "--force", "a rehearsal")
    assert forced.exit_code == 0
    assert "forced although 0 writes to both databases" in forced.output
    assert shop.run("cutover", "--to", "5").exit_code == 1
    told = json.loads(shop.run("status", "--json").output)
    assert (told["phase"], [line["reason"] for line in told["journal"]]) == (3, ["", "a rehearsal"])
    assert shop.run("rollback", "--to", "1").output.startswith("phase 1")
    assert shop.run("rollback").exit_code == 1


def test_figures_for_the_gates_are_read_from_a_file(shop: Shop) -> None:
    shop.run("create")
    shop.run("cutover")
    limits = shop.folder / "limits.json"
    limits.write_text(json.dumps({"dual_write_seconds": 0, "dual_write_least": 0}))
    assert "can be entered" in shop.run("status", "--limits", str(limits)).output
    assert shop.run("cutover", "--limits", str(limits)).exit_code == 0
    limits.write_text('{"dual_write_seconds": "long"}')
    assert shop.run("status", "--limits", str(limits)).exit_code == 2


def test_settling_tells_how_much_is_done(shop: Shop) -> None:
    shop.run("create")
    shop.run("cutover")
    assert shop.run("settle").output == "0 entries done, 0 wait on\n"
    assert shop.run("settle", "--json").exit_code == 0


def test_entities_are_printed_or_written_to_a_file(shop: Shop, tmp_path: Path) -> None:
    printed = shop.run("entities", "--prefix", "new-")
    assert printed.exit_code == 0
    assert 'library = Table(\n    "new-Library",' in printed.output
    assert "class Book(Entity, table=library):" in printed.output
    shop.run("entities", "--prefix", "new-", "--output", str(tmp_path / "library.py"))
    assert (tmp_path / "library.py").read_text() == printed.output


def test_entities_that_nothing_tells_apart_are_refused_in_words(shop: Shop) -> None:
    alike = json.loads(json.dumps(CONTRACT).replace("BOOK#{number}", "#META"))
    shop.contract.write_text(json.dumps(alike))
    refused = shop.run("entities")
    assert refused.exit_code == 2
    assert "'AUTHOR' and 'BOOK' of table 'Library' cannot be told apart" in refused.output


def test_what_comes_back_to_sql_is_told_column_by_column(shop: Shop) -> None:
    shop.sql("ALTER TABLE books ADD COLUMN shelf TEXT")
    told = shop.run("sync", "--explain")
    assert told.exit_code == 0
    assert "Library/BOOK -> books: inserts, updates, deletes\n  author_id: as it is in 'author_id'" in told.output
    assert "  not brought back: shelf: no attribute tells it; in new rows it is null" in told.output
    for_programs = [json.loads(line) for line in shop.run("sync", "--explain", "--json").output.splitlines()]
    assert for_programs[1]["columns"]["title"] == "as it is in 'title'"
    shop.sql("ALTER TABLE books ADD COLUMN price_class TEXT NOT NULL DEFAULT ''")
    assert "price_class: no attribute tells it; in new rows it is its default" in shop.run("sync", "--explain").output


def test_a_synchronisation_that_cannot_be_is_refused_and_values_can_be_given_for_it(shop: Shop) -> None:
    shop.sql(
        "CREATE TABLE more (author_id INTEGER, number INTEGER, title TEXT, price DECIMAL(10, 2), shelf TEXT NOT NULL,"
        " PRIMARY KEY (author_id, number))"
    )
    shop.sql("DROP TABLE books")
    shop.sql("ALTER TABLE more RENAME TO books")
    refused = shop.run("sync", "--explain")
    assert refused.exit_code == 1
    assert "refused: new rows of 'books' need 'shelf', which no item tells" in refused.output
    (shop.folder / "given.json").write_text('{"Library/BOOK": {"shelf": "none"}}')
    given = shop.run("sync", "--explain", "--given", str(shop.folder / "given.json"))
    assert (given.exit_code, "shelf: given for new rows" in given.output) == (0, True)
    (shop.folder / "given.json").write_text('{"Library/BOOK": {"shelv": "none"}}')
    wrong = shop.run("sync", "--explain", "--given", str(shop.folder / "given.json"))
    assert (wrong.exit_code, "'shelv', which is no column of 'books'" in wrong.output) == (2, True)
    assert "Library/BOOKS is no entity" in shop.run("sync", "--explain", "--without", "Library/BOOKS").output


def test_what_is_written_in_dynamodb_alone_is_brought_back_by_one_command(shop: Shop) -> None:
    shop.run("create")
    assert "create --protected" in shop.run("sync", "--once").output
    shop.target = f"embedded:{shop.folder / 'streamed.db'}"
    shop.run("create", "--protected")
    shop.run("backfill")
    assert shop.run("sync", "--once").output.endswith("0 s behind\n")
    for number in range(4):
        entered = shop.run("cutover", "--force", "test", "--limits", str(shop.quick))
        assert entered.exit_code == 0, entered.output
        assert f"phase {number + 2}" in entered.output
    item = {"PK": {"S": "AUTHOR#1"}, "SK": {"S": "BOOK#9"}, "author_id": {"N": "1"}, "number": {"N": "9"}}
    with Database(shop.target) as database:
        database.run(Raw("PutItem", {"TableName": "Library", "Item": {**item, "title": {"S": "Alone"}}}))
    back = shop.run("sync", "--once", "--json")
    assert (back.exit_code, json.loads(back.output)["left"]) == (0, 0)
    with closing(sqlite3.connect(shop.source.database)) as connection:
        assert connection.execute("SELECT title FROM books WHERE number = 9").fetchall() == [("Alone",)]
    with Database(shop.target) as database:
        database.run(Raw("PutItem", {"TableName": "Library", "Item": {**item, "number": {"N": "8"}}}))
    left = shop.run("sync", "--once")
    assert (left.exit_code, "1 items left over" in left.output) == (1, True)
    assert "Library: 'SK' does not agree with the rest of the item" in shop.run("status").output
    refused = shop.run("rollback", "--limits", str(shop.quick))
    assert (refused.exit_code, "1 items are not brought back to SQL" in refused.output) == (1, True)
    assert shop.run("sync", "--once", "--forget").exit_code == 0
