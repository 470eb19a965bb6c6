"""The journey of the shop: small, with everything in it; killed, and gone on with."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from examples.shop.journey import Journey
from examples.shop.progress import Options, Teller
from tests.services.private import NotHere, mariadb_server
from tests.services.sql import REQUIRED

ROOT = Path(__file__).resolve().parents[2]
SMALL = {
    "users": 10,
    "customers": 2,
    "believed": 0.1,
    "least_writes": 10,
    "least_compared": 10,
    "lapse": 300.0,
    "hours": 0.15,
}
_SECONDS = 240


def test_a_shop_moves_from_mariadb_while_it_is_used_and_loses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        with mariadb_server(tmp_path / "mariadb"):
            pass
    except NotHere as error:
        if REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))
    journey = Journey(Options(folder=tmp_path, **SMALL), Teller())  # type: ignore[arg-type]
    assert journey.run(), capsys.readouterr().out
    printed = capsys.readouterr().out
    assert "phase 4 is entered on" in printed
    assert "phase 4: 0 of them are not in SQL" in printed
    assert "of them stale                    0\n" in printed
    assert " rows, 0 lost\n" in printed
    assert journey.memory.tally.writes > 100
    assert journey.memory.checked > 50


def test_a_journey_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    options = [word for name, value in SMALL.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, str(ROOT / "examples" / "shop" / "journey.py"), "--sqlite", "--folder", str(tmp_path)]
    chance, steps, kills = random.Random(5), list[str](), 0
    for lines in (chance.randint(22, 30), chance.randint(6, 12), None):
        with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for number, line in enumerate(process.stdout, 1):
                steps.append(line.strip())
                if number == lines:
                    process.send_signal(signal.SIGKILL)
                    break
            process.wait(_SECONDS)
            kills += process.returncode == -signal.SIGKILL
    assert process.returncode == 0, "\n".join(steps)
    assert kills == 2
    assert steps.count("plan") == 1
    assert steps.count("back to SQL alone") >= 1
    assert "of them stale                    0" in steps
