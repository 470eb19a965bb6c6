"""The real command over an export, killed without warning and run again."""

from __future__ import annotations

import json
import random
import subprocess
from contextlib import closing
from pathlib import Path

from dynalayer.migrate import Migration, create_tables
from tests.migrate.firestore.blog import CONTRACT, blog
from tests.migrate.running import RUN_SECONDS, command, contents, killed


def backfill(folder: Path) -> subprocess.Popen[bytes]:
    return command(folder, "backfill", "contract.json", "firestore-export:e1", "embedded:target.db", "--json")


def test_a_backfill_that_is_killed_ends_with_the_same_table(tmp_path: Path) -> None:
    chance = random.Random(5)
    source = blog(tmp_path / "e1", users=20, posts=100)
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    create_tables(tmp_path / "contract.json", f"embedded:{tmp_path / 'target.db'}")
    kills = 0
    for _ in range(2):
        process = backfill(tmp_path)
        kills += killed(process, process.stderr, chance.randint(1, 2), chance.uniform(0, 0.05))
    with backfill(tmp_path) as process:
        output, errors = process.communicate(timeout=RUN_SECONDS)
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
    assert contents(f"embedded:{tmp_path / 'target.db'}", "Blog") == contents(
        f"embedded:{tmp_path / 'whole.db'}", "Blog"
    )
