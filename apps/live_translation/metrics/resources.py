"""How much of the machine this process and its children take, as Linux tells it; nothing where there is no /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")


def usage(process_id: int | None = None) -> tuple[float, int]:
    """CPU seconds so far and bytes of memory now, of a process (this one) and all its children that are alive.

    Pages that several of them share are counted for each.
    """
    each = family(os.getpid() if process_id is None else process_id).values()
    return sum(seconds for seconds, _ in each), sum(memory for _, memory in each)


def family(process_id: int) -> dict[int, tuple[float, int]]:
    """The same for the process and each of its children, by their ids."""
    found: dict[int, tuple[float, int]] = {}
    for each in _family(process_id):
        try:
            found[each] = _cpu_seconds(each), resident(each)
        except (OSError, ValueError, IndexError):
            continue
    return found


class CpuMeter:
    """The share of one processor since it was last asked, in per cent; two busy processors are 200."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._seconds = usage()[0]

    def read(self, now: float) -> tuple[float, int]:
        """Per cent and bytes."""
        seconds, memory = usage()
        spent, passed = seconds - self._seconds, now - self._at
        self._at, self._seconds = now, seconds
        # A child that has ended takes its seconds with it.
        return (max(0.0, 100 * spent / passed) if passed > 0 else 0.0), memory


def _family(process_id: int) -> Iterator[int]:
    yield process_id
    for task in _tasks(process_id):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _tasks(process_id: int) -> list[Path]:
    try:
        return list((_PROC / str(process_id) / "task").iterdir())
    except OSError:
        return []


def _cpu_seconds(process_id: int) -> float:
    # The name in the second field may hold spaces and brackets.
    fields = (_PROC / str(process_id) / "stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def resident(process_id: int) -> int:
    """Bytes of memory of one process; raises `OSError` if it is gone."""
    return int((_PROC / str(process_id) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
