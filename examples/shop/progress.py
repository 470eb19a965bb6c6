"""What a journey remembers in its folder, and how it tells where it is."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from dynalayer import Database
from dynalayer.migrate import Limits, State
from examples.shop.workload import Tally

_FILE = "journey.json"
_HOUR = 3600
_SILENT, _QUIET, _HANDOVER = 30.0, 0.2, 30.0
"""What the production's gate asks of the way back, in seconds of the day; writes are under way for a fifth of one."""
_UNDER_WAY = 5.0
"""Seconds after which a write is not taken for one that is under way any more."""


class Options(Struct, frozen=True, kw_only=True):
    """How big the shop is, who uses it, and what the gates ask for."""

    folder: Path
    users: int = 200
    seed: int = 1
    sqlite: bool = False
    customers: int = 3
    instances: int = 2
    pause: float = 0.005
    lapse: float = 60.0
    hours: float = 0.1
    least_writes: int = 100
    least_compared: int = 100
    believed: float = 1.0

    @property
    def limits(self) -> Limits:
        """What the gates ask for, in the time of the state."""
        seconds = self.hours * _HOUR
        return Limits(
            dual_write_seconds=seconds,
            compare_seconds=seconds,
            stable_seconds=seconds,
            dual_write_least=self.least_writes,
            compare_least=self.least_compared,
            silent_seconds=_SILENT * self.lapse,
            behind_seconds=_SILENT * self.lapse,
            quiet_seconds=_QUIET * self.lapse,
            handover_seconds=_HANDOVER * self.lapse,
            waiting_seconds=_UNDER_WAY * self.lapse,
        )

    def clear(self) -> None:
        """Remove what a journey left in the folder, and nothing else."""
        for name in ("mariadb", "state", "verify"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for pattern in (_FILE, "target.db*", "shop.db*"):
            for path in self.folder.glob(pattern):
                path.unlink()


class _Kept(Struct):
    users: int
    seed: int
    begun: float
    done: list[str] = []
    tally: Tally = msgspec.field(default_factory=Tally)
    lost: int = 0
    checked: int = 0
    differences: int = 0


class Memory:
    """What is done, in a file that is replaced as a whole."""

    def __init__(self, options: Options) -> None:
        self._path = options.folder / _FILE
        self._lapse = options.lapse
        options.folder.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            self._kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        else:
            self._kept = _Kept(options.users, options.seed, time.time())
        self.done, self.tally = self._kept.done, self._kept.tally
        self.lost, self.checked, self.differences = self._kept.lost, self._kept.checked, self._kept.differences
        if (self._kept.users, self._kept.seed) != (options.users, options.seed):
            raise click.ClickException(
                f"{options.folder} has a journey of {self._kept.users} users with seed {self._kept.seed}; "
                "give these, another --folder, or --new"
            )

    def clock(self) -> float:
        """The time of the state: it begins with the journey and goes faster, so that a minute is soon over."""
        return self._kept.begun + (time.time() - self._kept.begun) * self._lapse

    def state(self, database: Database, believed: float = 0.0) -> State:
        """The state; looked at anew each time, unless it is believed for some seconds."""
        return State(database, clock=self.clock, cache=believed * self._lapse)

    def compared(self, database: Database) -> tuple[int, int]:
        """How many comparisons were equal, and how many not, in all phases."""
        figures = self.state(database).journal()
        ok = sum(int(line.figures["compared_ok"]) for line in figures)
        return ok, sum(int(line.figures["compared_failed"]) for line in figures)

    def remember(self, step: str, tally: Tally) -> None:
        """A step is done."""
        self.done.append(step)
        self._kept.tally = tally
        self._kept.lost, self._kept.checked, self._kept.differences = self.lost, self.checked, self.differences
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(self._kept))
        os.replace(new, self._path)


class Teller:
    """One line that is written over for a person, plain lines for a pipe."""

    def __init__(self) -> None:
        self._is_person = sys.stderr.isatty()
        self._now = ""

    def step(self, name: str) -> None:
        """A step begins."""
        self.line("")
        self.line(name)

    def line(self, text: str) -> None:
        """Something that stays."""
        self.now("")
        click.echo(text)

    def now(self, text: str) -> None:
        """How it is now, for a person."""
        if self._is_person:
            width = shutil.get_terminal_size().columns - 1
            click.echo(f"\r\033[K{text[:width]}", nl=False, err=True)

    def rows(self, what: str, rows: int, total: int | None, seen: str = "") -> None:
        """How many rows are done."""
        of = f" of {total:,}" if total else ""
        self.now(f"{what}: {rows:,}{of}" + (f"; {seen}" if seen else ""))

    def wait_until(self, ready: Callable[[], bool], seen: Callable[[], str], every: float = 0.05) -> None:
        """Look again and again."""
        while not ready():
            time.sleep(every)
            self.now(seen())

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def table(self, lines: Sequence[tuple[str, str]]) -> None:
        """What came of it."""
        self.line("")
        width = max(len(name) for name, _ in lines)
        for name, value in lines:
            self.line(f"{name:<{width}}  {value}")
