"""Writers take turns: nobody waits for long while others write without pause, and nobody sees a lock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.engines.embedded.storage.store import FileStorage
from dynalayer.protocol import Throttled
from tests.engines.embedded.calls import call, count_up, create, read

ROOT = Path(__file__).parents[3]
WRITER = """
import sys, time
from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import call, count_up
with EmbeddedConnection.file(sys.argv[1], durability=sys.argv[2]) as connection:
    print("ready", flush=True)
    sys.stdin.readline()
    waits = []
    for n in range(500):
        begun = time.perf_counter()
        if n % 2:
            count_up(connection, "counter")
        else:
            call(connection, "PutItem", TableName="things", Item={"id": {"S": f"{sys.argv[3]}-{n}"}})
        waits.append(time.perf_counter() - begun)
    print(max(waits))
"""


def started(path: Path, durability: str, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), durability, name]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("durability", ["full", "relaxed"])
def test_four_processes_write_and_none_is_shut_out(tmp_path: Path, durability: str) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection)
    processes = [started(path, durability, str(n)) for n in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    waits = [float(process.communicate(timeout=60)[0]) for process in processes]
    # Some milliseconds on an idle machine; SQLite's own waiting left writers out for nearly the whole run.
    assert max(waits) < 2
    with EmbeddedConnection.file(path) as connection:
        assert read(connection, "counter")["n"] == {"N": "1000"}
        assert call(connection, "Scan", TableName="things", Select="COUNT")["Count"] == 1001


def test_threads_take_turns(tmp_path: Path) -> None:
    """A thread that writes without pause does not keep another one waiting."""
    with EmbeddedConnection.file(tmp_path / "engine.db", durability="relaxed") as connection:
        create(connection)
        done = threading.Event()

        def busy() -> int:
            written = 0
            while not done.is_set():
                written = count_up(connection, "busy")
            return written

        with ThreadPoolExecutor() as pool:
            others = [pool.submit(busy) for _ in range(3)]
            waits = []
            for _ in range(50):
                begun = time.perf_counter()
                count_up(connection, "patient")
                waits.append(time.perf_counter() - begun)
            done.set()
            assert all(other.result() for other in others)
    assert max(waits) < 2


def test_two_connections_of_one_process_do_not_shut_each_other_out(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path, durability="relaxed") as one, EmbeddedConnection.file(path) as other:
        create(one)
        with ThreadPoolExecutor() as pool:
            for result in [pool.submit(count_up, side, "a") for _ in range(50) for side in (one, other)]:
                result.result()
        assert read(one, "a")["n"] == {"N": "100"}


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection, EmbeddedConnection.file(path) as other:
        create(connection)
        count_up(connection, "a")
        storage = FileStorage(path, "full")
        with storage.writing as writer:
            writer.execute("UPDATE catalog SET generation = generation")
            for side in (connection, other):
                assert read(side, "a")["n"] == {"N": "1"}
                assert call(side, "Scan", TableName="things", Select="COUNT")["Count"] == 1
        storage.close()


def test_a_wait_that_is_too_long_ends_as_throttling(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    statement = "UPDATE catalog SET generation = generation"
    with EmbeddedConnection.file(path) as connection:
        patient = FileStorage(path, "full", wait=0.2)
        with connection.engine.storage.writing:
            begun = time.perf_counter()
            with pytest.raises(Throttled, match=r"another process has kept the database locked for 0\.2 seconds"):
                patient.write(statement, ())
            assert time.perf_counter() - begun >= 0.2
        patient.write(statement, ())
        patient.close()


def test_a_dead_writer_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection)
        program = f"""
import os, signal
from dynalayer.engines.embedded.storage.store import FileStorage
storage = FileStorage({str(path)!r}, "full")
storage._turns._queue()
storage._connection.execute("BEGIN IMMEDIATE")
os.kill(os.getpid(), signal.SIGKILL)
"""
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
        assert count_up(connection, "a") == 1
