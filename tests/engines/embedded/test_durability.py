"""What was acknowledged is on the disk, whatever happens to the process; processes share a file."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import count_up, create, read

WRITER = """
import sys
from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import count_up, call
connection = EmbeddedConnection.file(sys.argv[1])
while True:
    n = count_up(connection, "counter")
    pair = [{"Put": {"TableName": "things", "Item": {"id": {"S": f"{side}{n}"}}}} for side in "lr"]
    call(connection, "TransactWriteItems", TransactItems=pair)
    print(n, flush=True)
"""
COUNTER = """
import sys
from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import count_up
with EmbeddedConnection.file(sys.argv[1], durability="relaxed") as connection:
    for _ in range(int(sys.argv[2])):
        count_up(connection, "counter")
"""


def run(program: str, *arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def test_every_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection)
    draw = random.Random(9)
    acknowledged: set[int] = set()
    for _ in range(5):
        with run(WRITER, str(path)) as process:
            assert process.stdout is not None
            for _ in range(draw.randrange(1, 60)):
                acknowledged.add(int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
            acknowledged.update(map(int, process.stdout))
        with EmbeddedConnection.file(path) as connection:
            last = int(read(connection, "counter")["n"]["N"])
            assert last >= max(acknowledged)
            for n in range(1, last + 1):
                halves = [read(connection, f"{side}{n}") is not None for side in "lr"]
                assert halves[0] == halves[1], "a transaction is whole or not there"
                assert halves[0] or n not in acknowledged


def test_two_processes_increment_one_counter_and_no_increment_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection)
    processes = [run(COUNTER, str(path), "5000") for _ in range(2)]
    for process in processes:
        with process:
            assert process.wait(timeout=100) == 0
    with EmbeddedConnection.file(path) as connection:
        assert read(connection, "counter")["n"] == {"N": "10000"}


@pytest.mark.parametrize("durability", ["full", "relaxed"])
def test_a_file_keeps_its_tables_and_items(tmp_path: Path, durability: str) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection(f"embedded:{path}", durability=durability) as connection:  # type: ignore[arg-type]
        create(connection)
        count_up(connection, "a")
    with EmbeddedConnection.file(path) as connection:
        assert read(connection, "a")["n"] == {"N": "1"}
