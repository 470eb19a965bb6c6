from __future__ import annotations

import gzip
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from dynalayer import Database
from dynalayer.migrate import create_tables
from dynalayer.migrate.exporting import export
from dynalayer.migrate.migration import Migration
from dynalayer.migrate.reading import Reader
from dynalayer.statements import Raw
from tests.migrate.small import CONTRACT, library, plans_of


def lines(folder: Path) -> list[Any]:
    return [
        json.loads(line) for path in sorted(folder.glob("*.json.gz")) for line in gzip.open(path).read().splitlines()
    ]


def test_the_files_hold_what_a_backfill_writes(tmp_path: Path) -> None:
    library(tmp_path / "library.db", authors=9, books=4)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    migration = Migration.open(tmp_path / "contract.json", f"sqlite:{tmp_path / 'library.db'}")
    done = migration.export(tmp_path / "files")
    assert {name: (each.rows, each.items) for name, each in done.items()} == {
        "Library/AUTHOR": (9, 9),
        "Library/BOOK": (36, 36),
    }
    target = f"embedded:{tmp_path / 'target.db'}"
    create_tables(tmp_path / "contract.json", target)
    migration.backfill(target, tmp_path / "state")
    with Database(target) as database:
        stored = database.run(Raw("Scan", {"TableName": "Library"}))["Items"]
    written = [line["Item"] for line in lines(tmp_path / "files" / "Library")]
    assert sorted(map(str, written)) == sorted(map(str, stored))


def test_files_are_of_so_many_items_and_the_same_each_time(tmp_path: Path) -> None:
    source = library(tmp_path / "library.db", authors=9, books=4)
    for name in ("one", "two"):
        with closing(Reader(source)) as reader:
            export(reader, plans_of(source), tmp_path / name, per_file=20)
    one, two = (sorted((tmp_path / name / "Library").iterdir()) for name in ("one", "two"))
    assert [path.name for path in one] == ["00001.json.gz", "00002.json.gz", "00003.json.gz"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_second_row_of_one_key_is_left_out_and_told(tmp_path: Path) -> None:
    source = library(tmp_path / "library.db", authors=2, books=2)
    document = json.loads(json.dumps(CONTRACT))
    document["tables"][0]["entities"][1]["sk_template"] = "BOOK"
    with closing(Reader(source)) as reader:
        done = export(reader, plans_of(source, document), tmp_path / "files")
    assert done["Library/BOOK"].rejects == [
        "row 0, 1 has the key of row 0, 0 of Library/BOOK",
        "row 1, 1 has the key of row 1, 0 of Library/BOOK",
    ]
    keys = [(line["Item"]["PK"]["S"], line["Item"]["SK"]["S"]) for line in lines(tmp_path / "files" / "Library")]
    assert len(keys) == len(set(keys)) == 4
