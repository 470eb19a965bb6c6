"""The real command, killed without warning, run again, and the table that it leaves."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from dynalayer import Database
from dynalayer.migrate import Migration, Move, SqlQueue, create_tables, shown_difference
from dynalayer.statements import Raw
from tests.migrate.running import RUN_SECONDS, command, contents, killed
from tests.migrate.small import CONTRACT, library

ROOT = Path(__file__).resolve().parents[2]


def backfill(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    return command(folder, "backfill", "contract.json", "sqlite:library.db", "embedded:target.db", "--json", *options)


def ended(process: subprocess.Popen[bytes]) -> int:
    with process:
        _, errors = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode in (0, 1), errors.decode()
    return process.returncode


@pytest.mark.parametrize("seed", [2])
def test_a_backfill_that_is_killed_again_and_again_ends_with_the_same_table(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    library(tmp_path / "library.db", authors=600, books=12)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'target.db'}")
    kills = 0
    for _ in range(3):
        process = backfill(tmp_path)
        # When it has told of so many pages, and a little after: somewhere within the next one.
        kills += killed(process, process.stderr, chance.randint(1, 2), chance.uniform(0, 0.05))
    with backfill(tmp_path) as process:
        output, errors = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == 0, errors.decode()
    assert kills > 0
    summary = json.loads(output)
    assert {name: (each["rows"], each["done"]) for name, each in summary["entities"].items()} == {
        "Library/AUTHOR": (600, True),
        "Library/BOOK": (7_200, True),
    }

    migration = Migration.open(tmp_path / "contract.json", f"sqlite:{tmp_path / 'library.db'}")
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'whole.db'}")
    migration.backfill(f"embedded:{tmp_path / 'whole.db'}", tmp_path / "other")
    assert contents(f"embedded:{tmp_path / 'target.db'}", "Library") == contents(
        f"embedded:{tmp_path / 'whole.db'}", "Library"
    )
    assert migration.verify(f"embedded:{tmp_path / 'target.db'}", tmp_path / "other").is_clean


def test_two_backfills_of_one_state_do_not_run_at_once(tmp_path: Path) -> None:
    library(tmp_path / "library.db", authors=50, books=2)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'target.db'}")
    from dynalayer.migrate.backfill import Journal

    with closing(Journal(tmp_path / "migration")), backfill(tmp_path) as process:
        _, errors = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == 2
    assert b"is used by another process" in errors


def spoil(folder: Path, chance: random.Random) -> None:
    """Take items away, change some, and put some there that no row is for."""
    url = f"embedded:{folder / 'target.db'}"
    items = list(contents(url, "Library").values())
    with Database(url) as database:
        for item in chance.sample(items, 60):
            match chance.choice(("away", "changed", "moved")):
                case "away":
                    key = {"PK": item["PK"], "SK": item["SK"]}
                    database.run(Raw("DeleteItem", {"TableName": "Library", "Key": key}))
                case "changed":
                    database.run(Raw("PutItem", {"TableName": "Library", "Item": {**item, "title": {"S": "spoilt"}}}))
                case _:
                    moved = {**item, "SK": {"S": item["SK"]["S"] + "#moved"}}
                    database.run(Raw("PutItem", {"TableName": "Library", "Item": moved}))


def test_every_step_that_is_killed_and_run_again_ends_as_if_it_never_was(tmp_path: Path) -> None:
    chance, kills = random.Random(7), 0
    library(tmp_path / "library.db", authors=150, books=10)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    places = ("contract.json", "sqlite:library.db", "embedded:target.db", "--json")
    steps = (
        (("create", "contract.json", "embedded:target.db"), 0),
        (("backfill", *places), 0),
        (("verify", *places), 1),
        (("repair", *places, "--delete-orphans"), 0),
        (("verify", *places), 0),
    )
    for words, wanted in steps:
        if wanted == 1:
            spoil(tmp_path, chance)
        for _ in range(2 if words[0] in ("backfill", "repair") else 1):
            process = command(tmp_path, *words)
            tells = words[0] != "create"
            # Creating tells nothing before it has ended: it is killed somewhere on the way.
            seconds = chance.uniform(0, 0.02) if tells else chance.uniform(0.2, 0.8)
            kills += killed(process, process.stderr, chance.randint(0, 3) if tells else 0, seconds)
        assert ended(command(tmp_path, *words)) == wanted
    assert kills > 0
    migration = Migration.open(tmp_path / "contract.json", f"sqlite:{tmp_path / 'library.db'}")
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'whole.db'}")
    migration.backfill(f"embedded:{tmp_path / 'whole.db'}", tmp_path / "other")
    assert contents(f"embedded:{tmp_path / 'target.db'}", "Library") == contents(
        f"embedded:{tmp_path / 'whole.db'}", "Library"
    )


@pytest.mark.parametrize("seed", [1])
def test_writers_and_a_backfill_that_are_killed_beside_each_other_lose_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = library(tmp_path / "library.db", authors=40, books=12)
    with closing(sqlite3.connect(source.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    target = f"embedded:{tmp_path / 'target.db'}"
    create_tables(tmp_path / "contract.json", target)
    SqlQueue(lambda: sqlite3.connect(source.database), "sqlite").create()
    migration = Migration.open(tmp_path / "contract.json", f"sqlite:{tmp_path / 'library.db'}")
    with Database(target) as database:
        Move(migration.contract, source, database).cutover(2, by="test")

    def writer(number: int, writes: int) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "tests.migrate.writer", str(tmp_path), str(number), str(writes)]
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)

    kills = 0
    for number in range(3):
        writing, filling = writer(10 * seed + number, 10_000), backfill(tmp_path, "--only-new")
        kills += killed(writing, writing.stdout, chance.randint(5, 40), chance.uniform(0, 0.02))
        killed(filling, filling.stderr, chance.randint(0, 1), chance.uniform(0, 0.05))
    last = writer(99, 40)
    assert ended(backfill(tmp_path, "--only-new")) == 0
    assert ended(last) == 0
    assert kills == 3
    with Database(target) as database:
        assert Move(migration.contract, source, database).settle(migration.plans).left == 0
    report = migration.verify(target, tmp_path / "verify")
    assert [shown_difference(each) for each in report.differences] == []
