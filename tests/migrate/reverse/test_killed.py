"""The real command, killed without warning while it brings rows back, and started again: the same rows in the end."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.migrate import Figures, State, phase, read_contract
from dynalayer.migrate.source import Source, parse_source
from dynalayer.migrate.target import declared
from dynalayer.statements import Raw
from tests.migrate.small import CONTRACT, LAYOUT
from tests.services.sql import in_database

pytestmark = pytest.mark.xdist_group("mariadb")

COMMAND = "from dynalayer.cli import main; main()"
AUTHORS, NUMBERS, WRITES = 20, 10, 250
_RUN_SECONDS = 240


@pytest.fixture
def source(mariadb: str) -> Iterator[Source]:
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE killed")
        connection.select_db("killed")
        for statement in filter(str.strip, LAYOUT.replace("title TEXT", "title VARCHAR(50)").split(";")):
            cursor.execute(statement)
        yield parse_source(in_database(mariadb, "killed"))
        cursor.execute("DROP DATABASE killed")


def sync(folder: Path, url: str, *options: str) -> subprocess.Popen[bytes]:
    words = ["migrate", "sync", "contract.json", url, "embedded:target.db", "--json", "--every", "0.1", *options]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


class Books:
    """Writes and deletes books in DynamoDB alone, and knows what is there."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        self.database = database
        self.chance = chance
        self.there: dict[tuple[int, int], str] = {}
        self.count = 0
        for author in range(AUTHORS):
            item = {"id": {"N": str(author)}, "name": {"S": "A"}, "books": {"N": "0"}}
            put(database, {"PK": {"S": f"AUTHOR#{author}"}, "SK": {"S": "#META"}, **item})

    def write(self) -> None:
        self.count += 1
        author, number = self.chance.randrange(AUTHORS), self.chance.randrange(NUMBERS)
        key = {"PK": {"S": f"AUTHOR#{author}"}, "SK": {"S": f"BOOK#{number}"}}
        if self.chance.random() < 0.3:
            self.database.run(Raw("DeleteItem", {"TableName": "Library", "Key": key}))
            self.there.pop((author, number), None)
            return
        title = f"Title {self.count}"
        own = {"author_id": {"N": str(author)}, "number": {"N": str(number)}, "title": {"S": title}}
        put(self.database, {**key, **own})
        self.there[author, number] = title


def put(database: Database, item: dict[str, Any]) -> None:
    database.run(Raw("PutItem", {"TableName": "Library", "Item": item}))


def test_a_synchronisation_that_is_killed_again_and_again_ends_with_the_rows_of_the_items(
    source: Source, mariadb: str, tmp_path: Path
) -> None:
    chance, url = random.Random(3), in_database(mariadb, "killed")
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    with Database(f"embedded:{tmp_path / 'target.db'}") as database:
        database.create_tables(*declared(read_contract(CONTRACT)[0], protected=True))
        state = State(database)
        state.create()
        with sync(tmp_path, url, "--once") as process:
            _, errors = process.communicate(timeout=_RUN_SECONDS)
        assert process.returncode == 0, errors.decode()
        for number in range(2, 6):
            state.cutover(phase(number), Figures(0), by="test", reason="test")
        books = Books(database, chance)
        for _ in range(3):
            with sync(tmp_path, url) as process:
                assert process.stderr is not None
                assert process.stderr.readline()
                # Killed somewhere within its work: it follows at once what is written.
                end = chance.randrange(WRITES)
                for write in range(WRITES):
                    books.write()
                    if write == end:
                        process.send_signal(signal.SIGKILL)
                process.communicate(timeout=_RUN_SECONDS)
            assert process.returncode == -signal.SIGKILL
    with sync(tmp_path, url, "--once") as process:
        output, errors = process.communicate(timeout=_RUN_SECONDS)
    assert process.returncode == 0, errors.decode()
    assert json.loads(output)["left"] == 0
    with closing(source.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT author_id, number, title FROM books")
        assert {(author, number): title for author, number, title in cursor.fetchall()} == books.there
        cursor.execute("SELECT COUNT(*) FROM authors")
        assert cursor.fetchone()[0] == AUTHORS


def test_a_synchronisation_that_is_told_to_end_ends_its_round_and_says_so(
    source: Source, mariadb: str, tmp_path: Path
) -> None:
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    with Database(f"embedded:{tmp_path / 'target.db'}") as database:
        database.create_tables(*declared(read_contract(CONTRACT)[0], protected=True))
    with sync(tmp_path, in_database(mariadb, "killed")) as process:
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["left"] == 0
        process.terminate()
        output, _ = process.communicate(timeout=_RUN_SECONDS)
    assert process.returncode == 0
    assert json.loads(output)["restored"] == 0
