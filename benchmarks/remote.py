"""CPU time and rate of calls over HTTP: Dynalayer beside every Python client of DynamoDB, against one server.

Run with `make bench-remote`, or `python benchmarks/remote.py [--rounds N] [--core N] [--only WORD]`. The server is
`dynalayer serve memory:`, a process of its own, and so is each client; short cells go round all clients, the other way
round every other time. Times are of the whole client process, all threads: the lower quartile of the rounds. Ratios are
medians of those within a round. All are pinned to one processor (`--core -1` leaves that out): waking a sleeping one
costs a virtual machine more than many calls do. What is not installed is left out; aioboto3 runs in an environment of
its own (`--aioboto3`), for it wants an older botocore.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from remote_clients import ASYNC, KEYS, OPERATIONS, REGION, SYNC, dynalayer, values

HERE = Path(__file__).resolve().parent
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONDONT"))},
    "AWS_ACCESS_KEY_ID": KEYS[0],
    "AWS_SECRET_ACCESS_KEY": KEYS[1],
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
CELL_SECONDS = 0.12
COLD = {
    "(the interpreter alone)": "pass",
    "Dynalayer": "from remote_clients import *; dynalayer_sync(url)['GetItem'](0)",
    "Dynalayer async": "import asyncio\nfrom remote_clients import *\n"
    "async def main():\n o = await dynalayer_async(url); await o['GetItem'](0)\nasyncio.run(main())",
    "boto3 client": "from remote_clients import *; boto3_client(url)['GetItem'](0)",
    "boto3 resource": "from remote_clients import *; boto3_resource(url)['GetItem'](0)",
    "PynamoDB": "from remote_clients import *; pynamodb(url)['GetItem'](0)",
    "pydynox": "from remote_clients import *; pydynox(url)['GetItem'](0)",
    "aioboto3": "import asyncio\nfrom remote_clients import *\n"
    "async def main():\n o = await aioboto3(url); await o['GetItem'](0); await o['close'](0)\nasyncio.run(main())",
    "aiodynamo": "import asyncio\nfrom remote_clients import *\n"
    "async def main():\n o = await aiodynamo(url); await o['GetItem'](0); await o['close'](0)\nasyncio.run(main())",
}


class Client:
    """A client in a process of its own."""

    def __init__(self, name: str, url: str, python: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, str(HERE / "remote_clients.py"), name, url],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._written = 0
        self.counts: dict[tuple[str, int], int] = {}

    def ready(self) -> bool:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        if self._process.stdout.readline() == "ready\n":
            return True
        print(f"({self.name} is left out: {self._process.stderr.read().strip().splitlines()[-1:]})", file=sys.stderr)
        return False

    def cell(self, operation: str, flight: int, count: int) -> tuple[float, float]:
        """CPU and wall seconds of so many calls."""
        asked = {"operation": operation, "count": count, "first": self._written, "flight": flight}
        self._written += count
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        cpu, wall = json.loads(self._process.stdout.readline())
        return cpu, wall

    def calibrate(self, operation: str, flight: int) -> None:
        """Warm up, and find how many calls make a cell."""
        self.cell(operation, flight, 4 * flight)
        count = 8 * flight
        _, wall = self.cell(operation, flight, count)
        self.counts[operation, flight] = max(2 * flight, int(CELL_SECONDS * count / wall))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()


def python_of(name: str, aioboto3: str) -> str:
    return aioboto3 if name == "aioboto3" else sys.executable


def started(stack: ExitStack) -> str:
    """The server's address, with the table and its items made."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from dynalayer.cli import main; main()", "serve", "memory:", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    assert process.stdout is not None
    url = process.stdout.readline().split()[0]
    from dynalayer import Table

    person, database, _ = dynalayer(url)
    with database(url) as db:
        db.create_tables(Table("bench", pk="pk", sk="sk"))
        for partition, count in (("q25", 25), ("q100", 100), ("w", 100)):
            db.batch_write(put=[person(**values(partition, n, 0)) for n in range(count)])
    return url


def measure(clients: list[Client], flights: tuple[int, ...], rounds: int) -> None:
    """One table for each number of calls in flight."""
    for flight in flights:
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for client in clients:
            for operation in OPERATIONS:
                client.calibrate(operation, flight)
        for round_number in range(rounds):
            for operation in OPERATIONS:
                for client in clients if round_number % 2 else reversed(clients):
                    count = client.counts[operation, flight]
                    cpu, wall = client.cell(operation, flight, count)
                    found.setdefault((client.name, operation), []).append((cpu / count, count / wall))
        report(clients, flight, found)


def report(clients: list[Client], flight: int, found: dict[tuple[str, str], list[tuple[float, float]]]) -> None:
    print(f"\n{flight} in flight: CPU us per call (times ours), calls a second")
    print("| client | " + " | ".join(OPERATIONS) + " |\n|---" + "|---" * len(OPERATIONS) + "|")
    ours = clients[0].name
    for client in clients:
        texts = []
        for operation in OPERATIONS:
            cells, base = found[client.name, operation], found[ours, operation]
            cpu = statistics.quantiles([each[0] for each in cells], n=4)[0] * 1e6
            ratio = statistics.median([each[0] / other[0] for each, other in zip(cells, base, strict=True)])
            rate = statistics.median([each[1] for each in cells])
            texts.append(f"{cpu:,.0f} ({ratio:.1f}x), {rate:,.0f}/s")
        print(f"| {client.name} | " + " | ".join(texts) + " |", flush=True)


ENDING = """
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")), flush=True)
os._exit(0)
"""
"""A process tells its greatest memory itself: what the system tells the parent includes the parent's own."""


def cold(url: str, aioboto3: str, rounds: int) -> None:
    """From starting Python to the first answer: CPU, wall time and memory of the whole process."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as compiled:
        paths = {"PYTHONPATH": f"{HERE}:{os.environ.get('PYTHONPATH', '')}", "PYTHONPYCACHEPREFIX": compiled}
        for round_number in range(rounds + 1):
            for name, program in COLD.items():
                begun = time.perf_counter()
                process = subprocess.Popen(
                    [python_of(name, aioboto3), "-c", f"import os; url = {url!r}\n{program}\n{ENDING}"],
                    env=ENVIRONMENT | paths,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
                assert process.stdout is not None
                told = process.stdout.read().split()
                _, process.returncode, used = os.wait4(process.pid, 0)
                # The first round compiles what is not compiled yet.
                if told and round_number:
                    cpu, wall = used.ru_utime + used.ru_stime, time.perf_counter() - begun
                    found.setdefault(name, []).append((cpu * 1e3, wall * 1e3, int(told[1]) / 1024))
    print("\ncold start to the first GetItem\n| client | CPU ms | wall ms | resident MB |\n|---|---|---|---|")
    for name, cells in found.items():
        figures = [f"{statistics.median(column):.0f}" for column in zip(*cells, strict=True)]
        print(f"| {name} | " + " | ".join(figures) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--only", default="", help="clients whose names have this word")
    parser.add_argument("--cold", action="store_true", help="the cold start alone")
    parser.add_argument("--aioboto3", default=str(HERE.parent / ".venv" / "aioboto3" / "bin" / "python"))
    options = parser.parse_args()
    if options.core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.core})
    if not Path(options.aioboto3).exists():
        options.aioboto3 = sys.executable
    with ExitStack() as stack:
        url = started(stack)
        for names, flights in () if options.cold else ((SYNC, (1,)), (ASYNC, (1, 64))):
            chosen = [name for name in names if options.only in name or name.startswith("Dynalayer")]
            with ExitStack() as running:
                clients = [running.enter_context(Client(n, url, python_of(n, options.aioboto3))) for n in chosen]
                measure([client for client in clients if client.ready()], flights, options.rounds)
        if not options.only:
            cold(url, options.aioboto3, max(3, options.rounds // 2))


if __name__ == "__main__":
    main()
