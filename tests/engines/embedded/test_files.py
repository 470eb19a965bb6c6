"""Files that are damaged, foreign, too new, read-only or on a full disk are refused in words that help."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dynalayer.engines.embedded import CannotOpen, EmbeddedConnection, NotOurFile, StorageFailed
from dynalayer.engines.embedded.storage.layout import SCHEMA_VERSION
from tests.engines.embedded.calls import call, count_up, create, read
from tests.engines.embedded.consistency import faults

ROOT = Path(__file__).parents[3]


def filled(path: Path, items: int = 200) -> Path:
    with EmbeddedConnection.file(path) as connection:
        create(connection)
        for n in range(items):
            call(connection, "PutItem", TableName="things", Item={"id": {"S": str(n)}, "a": {"S": "x" * 1000}})
    return path


def run_sql(path: Path, *statements: str) -> None:
    raw = sqlite3.connect(path)
    for statement in statements:
        raw.execute(statement)
    raw.commit()
    raw.close()


def test_a_file_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = filled(tmp_path / "engine.db", 1)
    run_sql(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(NotOurFile, match=f"has version {SCHEMA_VERSION + 1}; this release reads"):
        EmbeddedConnection.file(path)
    run_sql(path, f"PRAGMA user_version = {SCHEMA_VERSION}")
    with EmbeddedConnection.file(path) as connection:
        assert read(connection, "0") is not None


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    run_sql(path, "CREATE TABLE mine (a)")
    with pytest.raises(NotOurFile, match="is not a Dynalayer database"):
        EmbeddedConnection.file(path)
    assert not Path(f"{path}-queue").exists()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ada, " * 1000)
    with pytest.raises(NotOurFile, match="is not a Dynalayer database"):
        EmbeddedConnection.file(path)


def test_a_file_of_version_2_is_brought_to_this_one(tmp_path: Path) -> None:
    """Version 2 looked through all tokens for old ones (`layout`)."""
    path = filled(tmp_path / "engine.db", 1)
    run_sql(path, "DROP INDEX tokens_by_age", "PRAGMA user_version = 2")
    with EmbeddedConnection.file(path) as connection:
        assert read(connection, "0") is not None
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    raw.close()
    assert faults(path) == []


def test_old_tokens_are_found_without_looking_at_the_others(tmp_path: Path) -> None:
    path = filled(tmp_path / "engine.db", 1)
    raw = sqlite3.connect(path)
    (plan,) = raw.execute("EXPLAIN QUERY PLAN DELETE FROM tokens WHERE at < 7").fetchall()
    raw.close()
    assert "tokens_by_age" in plan[-1]


def test_a_file_of_version_1_is_brought_to_this_one(tmp_path: Path) -> None:
    """Version 1 kept no streams (`layout`)."""
    path = filled(tmp_path / "engine.db", 1)
    run_sql(path, "DROP TABLE streams", "DROP INDEX tokens_by_age", "PRAGMA user_version = 1")
    with EmbeddedConnection.file(path) as connection:
        assert read(connection, "0") is not None
        assert count_up(connection, "a") == 1
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    raw.close()
    assert faults(path) == []


def test_a_damaged_page_is_told_when_it_is_met(tmp_path: Path) -> None:
    path = filled(tmp_path / "engine.db")
    content = bytearray(path.read_bytes())
    for page in range(4, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    path.write_bytes(content)
    with (
        EmbeddedConnection.file(path) as connection,
        pytest.raises(StorageFailed, match="the database file is damaged; restore it from a backup") as caught,
    ):
        call(connection, "Scan", TableName="things")
    assert (caught.value.code, caught.value.status, caught.value.retryable) == ("InternalServerError", 500, False)


def test_expiry_that_meets_a_damaged_page_fails_nobody_elses_call(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection, "other")
        create(connection)
        specification = {"AttributeName": "until", "Enabled": True}
        call(connection, "UpdateTimeToLive", TableName="things", TimeToLiveSpecification=specification)
        for n in range(300):
            item = {"id": {"S": str(n)}, "until": {"N": "1000"}, "a": {"S": "x" * 1000}}
            call(connection, "PutItem", TableName="things", Item=item)
    content = bytearray(path.read_bytes())
    for page in range(30, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    path.write_bytes(content)
    with EmbeddedConnection.file(path, clock=lambda: 2000.0) as connection:
        assert count_up(connection, "a", "other") == 1
        with pytest.raises(StorageFailed, match="the database file is damaged"):
            connection.expire()


def test_a_truncated_file_is_told_when_it_is_met(tmp_path: Path) -> None:
    path = filled(tmp_path / "engine.db")
    with path.open("r+b") as file:
        file.truncate(20 * 4096)
    with pytest.raises((StorageFailed, CannotOpen)), EmbeddedConnection.file(path) as connection:
        call(connection, "Scan", TableName="things")


FULL_DISK = """
import resource, signal, sys
from dynalayer.engines.embedded import EmbeddedConnection, StorageFailed
from tests.engines.embedded.calls import call, count_up, create
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with EmbeddedConnection.file(sys.argv[1]) as connection:
    create(connection)
    count_up(connection, "before")
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))
    for n in range(10_000):
        try:
            call(connection, "PutItem", TableName="things", Item={"id": {"S": str(n)}, "a": {"S": "x" * 5000}})
        except StorageFailed as error:
            print(error)
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(count_up(connection, "after"), call(connection, "Scan", TableName="things", Select="COUNT")["Count"] == n + 2)
"""


def test_a_full_disk_refuses_the_write_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    told, after = done.stdout.splitlines()
    assert told.startswith(("the disk is full", "the disk refuses")), done
    assert after == "1 True"
    assert faults(path) == []


READ_ONLY = """
import os, sys
from dynalayer.engines.embedded import CannotOpen, EmbeddedConnection
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    EmbeddedConnection.file(sys.argv[1])
except CannotOpen as error:
    print(error)
"""


def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = filled(Path(folder) / "engine.db", 1)
        for name in os.listdir(folder):
            Path(folder, name).chmod(stat.S_IREAD | stat.S_IRGRP | stat.S_IROTH)
        Path(folder).chmod(0o555)
        try:
            command = [sys.executable, "-c", READ_ONLY, str(path)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        finally:
            Path(folder).chmod(0o755)
        assert f"{path} cannot be opened: " in done.stdout
