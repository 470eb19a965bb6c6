"""The real command in a process of its own, killed or left to end, and the table that it leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from dynalayer import Database
from dynalayer.statements import Raw

COMMAND = "from dynalayer.cli import main; main()"
RUN_SECONDS = 240


def command(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """`dynalayer migrate` with these words, started in a folder."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "migrate", *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def killed(process: subprocess.Popen[bytes], lines: IO[bytes] | None, count: int, seconds: float) -> bool:
    """Kill a process when it has told so much, and a little later; False if it had ended by itself."""
    assert lines is not None
    with process:
        for _ in range(count):
            if not lines.readline():
                break
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=RUN_SECONDS)
    return process.returncode == -signal.SIGKILL


def contents(database: Database | str, table: str) -> dict[tuple[str, str], Any]:
    """All items of a table by their keys."""
    if isinstance(database, str):
        with Database(database) as opened:
            return contents(opened, table)
    found: dict[tuple[str, str], Any] = {}
    request: dict[str, Any] = {"TableName": table}
    while True:
        answer = database.run(Raw("Scan", request))
        found |= {(item["PK"]["S"], item["SK"]["S"]): item for item in answer["Items"]}
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
