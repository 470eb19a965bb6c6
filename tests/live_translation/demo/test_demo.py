"""The demo as a person starts it: a process of its own, with the real service below it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = (sys.executable, "-c", "from live_translation.cli import main; main()", "demo")
SMALL = ("--listeners", "10", "--talk-limit", "8")


def run(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*DEMO, *options), cwd=directory, capture_output=True, text=True, timeout=110, check=False)


def test_a_small_run_loses_and_doubles_nothing_and_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, *SMALL, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert (result["ok"], result["failures"]) == (True, [])
    assert (result["segments"], result["listeners"], result["languages"], result["leaves"]) == (8, 10, 5, 8)
    deliveries = result["deliveries"]
    assert deliveries["expected"] == deliveries["made"] > 50
    assert (deliveries["lost"], deliveries["doubled"]) == (0, 0)
    assert len(result["counts"]) == 7
    assert all(check["agree"] for check in result["counts"])
    assert result["fileBytes"] > 0
    assert "RATE_LIMIT_LISTENER_JOINS_PER_MIN" in done.stderr


def test_a_second_run_takes_the_place_of_the_first_and_shows_a_table(tmp_path: Path) -> None:
    for _ in range(2):
        done = run(tmp_path, "--listeners", "3", "--talk-limit", "3", "--database", "embedded:other.db")
        assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing lost, nothing doubled, all counts agree." in done.stdout
    assert "dynalayer tables embedded:other.db" in done.stdout
    assert sorted(each.name for each in tmp_path.glob("*.db")) == ["other.db"]


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo.db").write_text("precious")
    done = run(tmp_path, *SMALL)
    assert done.returncode == 2
    assert "not made by this demo" in done.stderr
    assert (tmp_path / "demo.db").read_text() == "precious"


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_everything(tmp_path: Path, wish: signal.Signals) -> None:
    with subprocess.Popen(
        (*DEMO, "--listeners", "10"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        service = _process_id(demo.stdout.readline())
        while "listening" not in demo.stdout.readline():
            pass
        demo.send_signal(wish)
        _, complaints = demo.communicate(timeout=30)
    assert (demo.returncode, complaints) == (130, "Stopped.\n")
    assert not Path(f"/proc/{service}").exists()
    assert _group(service) == []


def _process_id(line: str) -> int:
    assert line.startswith("The service runs as process "), line
    return int(line.split()[5])


def _group(leader: int) -> list[int]:
    """The processes that the service has left behind: it led a group of its own."""
    found: list[int] = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                if os.getpgid(int(each.name)) == leader:
                    found.append(int(each.name))
            except ProcessLookupError:
                continue
    return found
