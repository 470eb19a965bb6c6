"""A hundred thousand calls of which every second meets a fault: their pace, memory, sockets and outcomes.

Run it with `python benchmarks/faults.py [calls]`. The engine's server and the proxy of the tests, which mistreats
requests by a seed, run in a process of their own, so the memory is that of the calling side alone. Every put has an
item of its own; in the end the items that are there are held against what was told of each.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dynalayer import AsyncDatabase, Attr, Database, Entity, RetryPolicy, Table, attr, primary, scan  # noqa: E402
from dynalayer.engines.remote import AsyncRemoteConnection, ConnectionLimits, RemoteConnection  # noqa: E402
from dynalayer.testing.serving import serving  # noqa: E402
from tests.faults.truth import done  # noqa: E402
from tests.services.faulty_proxy import KINDS, SLOW, Fault, FaultyProxy  # noqa: E402

AT_A_TIME = 16
TIMEOUT = 0.1
SEED = 5
table = Table("faults", pk="PK")


class Note(Entity, table=table):
    id: Attr[str] = attr()
    text: Attr[str] = attr()
    key = primary(id, pk="NOTE#{id}")


def faults() -> Iterator[Fault]:
    """Half of the requests go well; of the others one in fifty makes the caller wait for as long as it may."""
    choose = random.Random(SEED)
    quick = [kind for kind in KINDS if kind not in (*SLOW, "late", "corrupt head")]
    while True:
        kinds = KINDS if choose.random() < 0.02 else quick
        fault = Fault(choose.choice(kinds), choose.randrange(1000))
        yield fault if choose.random() < 0.5 else Fault("fine")


def serve() -> None:
    """Print where the service is and where it is mistreated; end with the standard input."""
    with serving() as url, FaultyProxy(url, faults()) as proxy:
        print(url, proxy.endpoint, flush=True)
        sys.stdin.read()
        print(sum(proxy.met.values()), flush=True)


def resident() -> float:
    """MB of memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def sockets() -> int:
    found = 0
    for each in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{each}").startswith("socket:")
        except OSError:
            continue
    return found


class Tally:
    """What was told of each call; memory and sockets on the way."""

    def __init__(self, name: str, calls: int) -> None:
        self.name, self.calls = name, calls
        self.outcomes: Counter[str] = Counter()
        # One byte for each put, so that the list of them does not count as growth.
        self.told = bytearray(calls)
        self.memory: list[float] = []
        self.most_sockets = 0
        self._before = (0, 0)
        self.left = (0, 0)
        self._begun = 0.0

    def begin(self) -> None:
        self._before = self._held()

    def end(self) -> None:
        self.left = (self._held()[0] - self._before[0], self._held()[1] - self._before[1])

    def _held(self) -> tuple[int, int]:
        return sockets(), threading.active_count()

    def note(self, n: int, outcome: Any) -> None:
        self.outcomes[type(outcome).__name__ if isinstance(outcome, BaseException) else "done"] += 1
        if n % 2 == 0:
            self.told[n] = {"done": 1, "not done": 2, "unknown": 3}[done(outcome)]
        elif outcome is not None and not isinstance(outcome, BaseException):
            assert outcome.id == str(n - 1), "another's answer"
        if n % 500 == 0:
            self.most_sockets = max(self.most_sockets, sockets() - self._before[0])
        if n == self.calls // 10:
            self._begun = time.perf_counter()
        if n in (self.calls // 10, self.calls // 2, self.calls - 1):
            gc.collect()
            self.memory.append(resident())

    def print(self, direct: Database) -> None:
        seconds = time.perf_counter() - self._begun
        there = {note.id for note in direct.scan(scan(Note))}
        wrong = 0
        for n in range(0, self.calls, 2):
            told = self.told[n]
            wrong += (told == 1 and str(n) not in there) or (told == 2 and str(n) in there)
        print(f"{self.name}: {self.calls} calls, {self.calls * 0.9 / seconds:,.0f} calls/s")
        print("  MB resident at a tenth, half and end:", *(f"{each:.1f}" for each in self.memory))
        print(f"  sockets at most {self.most_sockets}, left {self.left[0]}; threads left {self.left[1]}")
        print(f"  told the untruth: {wrong}; outcomes:", *(f"{name} {n}" for name, n in self.outcomes.most_common()))


def note(n: int) -> Note:
    return Note(id=str(n), text="x" * 200)


def by_threads(endpoint: str, tally: Tally) -> None:
    tally.begin()
    limits = ConnectionLimits(connections=AT_A_TIME)
    with Database(RemoteConnection(endpoint, timeout=TIMEOUT, limits=limits), retry=RetryPolicy(base=0.0)) as db:

        def one(n: int) -> None:
            try:
                outcome = db.create(note(n)) if n % 2 == 0 else db.get(Note.key(str(n - 1)))
            except Exception as error:
                outcome = error
            tally.note(n, outcome)

        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for first in range(0, tally.calls, 1000):
                list(pool.map(one, range(first, min(first + 1000, tally.calls))))
    tally.end()


async def by_tasks(endpoint: str, tally: Tally) -> None:
    tally.begin()
    limits = ConnectionLimits(connections=AT_A_TIME)
    connection = AsyncRemoteConnection(endpoint, timeout=TIMEOUT, limits=limits)
    numbers = iter(range(tally.calls))
    async with AsyncDatabase(connection, retry=RetryPolicy(base=0.0)) as db:

        async def work() -> None:
            for n in numbers:
                try:
                    outcome = await (db.create(note(n)) if n % 2 == 0 else db.get(Note.key(str(n - 1))))
                except Exception as error:
                    outcome = error
                tally.note(n, outcome)

        await asyncio.gather(*[work() for _ in range(AT_A_TIME)])
    tally.end()
    print(f"tasks left when closed: {len(asyncio.all_tasks()) - 1}")


def main(calls: int) -> None:
    ways: dict[str, Callable[[str, Tally], None]] = {
        "threads": by_threads,
        "tasks": lambda endpoint, tally: asyncio.run(by_tasks(endpoint, tally)),
    }
    for name, way in ways.items():
        command = [sys.executable, __file__, "serve"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
            assert served.stdin is not None
            assert served.stdout is not None
            url, endpoint = served.stdout.readline().split()
            tally = Tally(name, calls)
            with Database(RemoteConnection(url)) as direct:
                direct.create_tables(table)
                way(endpoint, tally)
                tally.print(direct)
            served.stdin.close()
            print("  requests with retries:", served.stdout.readline().strip())


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
