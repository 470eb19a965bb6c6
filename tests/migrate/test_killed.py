"""The real command, killed without warning, run again, and the table that it leaves."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.migrate import Migration, create_tables
from dynalayer.statements import Raw
from tests.migrate.small import CONTRACT, library

COMMAND = "from dynalayer.cli import main; main()"
_RUN_SECONDS = 240


def backfill(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    words = ["migrate", "backfill", "contract.json", "sqlite:library.db", "embedded:target.db", "--json", *options]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def contents(url: str) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    request: dict[str, Any] = {"TableName": "Library"}
    with Database(url) as database:
        while True:
            answer = database.run(Raw("Scan", request))
            found |= {(item["PK"]["S"], item["SK"]["S"]): item for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_backfill_that_is_killed_again_and_again_ends_with_the_same_table(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    library(tmp_path / "library.db", authors=600, books=12)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'target.db'}")
    kills = 0
    for _ in range(3):
        with backfill(tmp_path) as process:
            assert process.stderr is not None
            # Killed when it has told of so many pages, and a little after: somewhere within the next one.
            for _ in range(chance.randint(1, 2)):
                if not process.stderr.readline():
                    break
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=_RUN_SECONDS)
            kills += process.returncode == -signal.SIGKILL
    with backfill(tmp_path) as process:
        output, errors = process.communicate(timeout=_RUN_SECONDS)
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
    assert contents(f"embedded:{tmp_path / 'target.db'}") == contents(f"embedded:{tmp_path / 'whole.db'}")
    assert migration.verify(f"embedded:{tmp_path / 'target.db'}", tmp_path / "other").is_clean


def test_two_backfills_of_one_state_do_not_run_at_once(tmp_path: Path) -> None:
    library(tmp_path / "library.db", authors=50, books=2)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'target.db'}")
    from dynalayer.migrate.backfill import Journal

    with closing(Journal(tmp_path / "migration")), backfill(tmp_path) as process:
        _, errors = process.communicate(timeout=_RUN_SECONDS)
    assert process.returncode == 2
    assert b"is used by another process" in errors
