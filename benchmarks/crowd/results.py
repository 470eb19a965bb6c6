"""What each scenario came to, as a table for people and as JSON lines for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Result:
    """One row; times in milliseconds unless the name says otherwise."""

    scenario: str
    listeners: int = 0
    heard: int = 0
    lost: int = 0
    doubled: int = 0
    misordered: int = 0
    wrong_text: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    engine_mb: float = 0.0
    microseconds_each: float | None = None
    client_cpu_percent: float = 0.0
    client_lag_p99: float | None = None
    seconds: float = 0.0
    tables: str = ""
    notes: list[str] = field(default_factory=list[str])
    failures: list[str] = field(default_factory=list[str])

    @property
    def is_good(self) -> bool:
        wrong = self.lost or self.doubled or self.misordered or self.wrong_text
        return not (wrong or self.failures) and self.tables in ("", "right")


_COLUMNS: Sequence[tuple[str, str, str]] = (
    ("scenario", "scenario", "s"),
    ("listeners", "listeners", "d"),
    ("heard", "heard", ",d"),
    ("lost", "lost", "d"),
    ("doubled", "doubled", "d"),
    ("disorder", "misordered", "d"),
    ("wrong", "wrong_text", "d"),
    ("p50 ms", "p50", ".0f"),
    ("p95 ms", "p95", ".0f"),
    ("p99 ms", "p99", ".0f"),
    ("CPU s", "cpu_seconds", ".1f"),
    ("peak MB", "peak_mb", ".0f"),
    ("engines", "engine_mb", ".0f"),
    ("us each", "microseconds_each", ".0f"),
    ("client CPU %", "client_cpu_percent", ".0f"),
    ("client lag", "client_lag_p99", ".1f"),
    ("s", "seconds", ".0f"),
    ("tables", "tables", "s"),
)


def table(results: Sequence[Result]) -> str:
    """All rows, and below them what is to be said of some."""
    rows = [[title for title, _, _ in _COLUMNS]]
    rows += [[_cell(getattr(result, name), form) for _, name, form in _COLUMNS] for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [
        "  ".join(_aligned(cell, width, n == 0) for n, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    for result in results:
        lines += [f"{result.scenario}: {note}" for note in result.notes]
        lines += [f"{result.scenario}: WRONG: {failure}" for failure in result.failures]
    return "\n".join(lines)


def _cell(value: Any, form: str) -> str:
    return "-" if value is None or value == "" else format(value, form)


def _aligned(cell: str, width: int, is_first: bool) -> str:
    return cell.ljust(width) if is_first else cell.rjust(width)


class Progress:
    """One line that is written over at a terminal, plain lines elsewhere; JSON lines if that is asked for."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._overwrites = not as_json and sys.stderr.isatty()

    def say(self, scenario: str, doing: str, **numbers: Any) -> None:
        if self._as_json:
            print(json.dumps({"scenario": scenario, "doing": doing, **numbers}), flush=True)
            return
        told = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in numbers.items())
        line = f"{scenario}: {doing}" + (f", {told}" if told else "")
        if self._overwrites:
            print(f"\r\x1b[K{line[:150]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def done(self, result: Result) -> None:
        if self._as_json:
            print(json.dumps({"result": asdict(result), "ok": result.is_good}), flush=True)
        elif self._overwrites:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
