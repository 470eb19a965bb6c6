"""The real command over an export, killed without warning and run again."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from dynalayer.migrate import Migration, create_tables
from tests.migrate.firestore.blog import CONTRACT, blog
from tests.migrate.firestore.test_migration import items

COMMAND = "from dynalayer.cli import main; main()"
_RUN_SECONDS = 240


def backfill(folder: Path) -> subprocess.Popen[bytes]:
    words = ["migrate", "backfill", "contract.json", "firestore-export:e1", "embedded:target.db", "--json"]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_backfill_that_is_killed_ends_with_the_same_table(tmp_path: Path) -> None:
    chance = random.Random(5)
    source = blog(tmp_path / "e1", users=20, posts=100)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'target.db'}")
    kills = 0
    for _ in range(2):
        with backfill(tmp_path) as process:
            assert process.stderr is not None
            for _ in range(chance.randint(1, 2)):
                process.stderr.readline()
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
        "Blog/User": (16, True),
        "Blog/Post": (2_000, True),
    }
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'whole.db'}")
    with closing(Migration.open(tmp_path / "contract.json", source)) as migration:
        migration.backfill(f"embedded:{tmp_path / 'whole.db'}", tmp_path / "other")
        assert migration.verify(f"embedded:{tmp_path / 'target.db'}", tmp_path / "other").is_clean
    assert items(f"embedded:{tmp_path / 'target.db'}") == items(f"embedded:{tmp_path / 'whole.db'}")
