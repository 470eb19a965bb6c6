"""What observing costs: CPU microseconds of a call with each observer and with all, over HTTP and in process.

Run with `python benchmarks/telemetry.py [rounds]`. The server is `dynalayer serve memory:`, a process of its own, so
the times are the client's alone: of its whole process, with the thread that tells observers later, until the last of
them is told. Every round measures each set of observers once, so that a busy machine slows all of them; what is shown
is the median of the rounds, and of the differences to nobody observing within a round. Lines are written to the null
device. At the end, without a clock: how many instructions of the interpreter one call takes, without what is put off.
"""

from __future__ import annotations

import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry

from dynalayer import (
    Attr,
    Costs,
    Database,
    Emf,
    Entity,
    Hooks,
    JsonFormatter,
    JsonLog,
    Metrics,
    Observer,
    Prometheus,
    Spans,
    Table,
    attr,
    primary,
)
from dynalayer.telemetry import gatherer

TraceFunction = Any
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
CALLS = {"get": 1500, "put": 1500, "query of 25": 700}
KEYS = 1000

watched = Table("watched", pk="PK", sk="SK")


class Person(Entity, table=watched):
    group: Attr[str] = attr()
    id: Attr[str] = attr()
    name: Attr[str] = attr(default="Ada Lovelace")
    email: Attr[str] = attr(default="ada@example.com")
    age: Attr[int] = attr(default=36)
    visits: Attr[int] = attr(default=0)
    tags: Attr[list[str]] = attr(factory=lambda: ["a", "b", "c"])
    key = primary(group, id, pk="GROUP#{group}", sk="PERSON#{id}")


def silent() -> Callable[[str], object]:
    """Writes each batch of lines to the null device at once, as to a file of a line's buffer."""
    return open(os.devnull, "w", buffering=1).write


def logger() -> logging.Logger:
    made = logging.Logger("calls", logging.INFO)
    handler = logging.StreamHandler(open(os.devnull, "w"))  # noqa: SIM115 (open as long as the program)
    handler.setFormatter(JsonFormatter())
    made.addHandler(handler)
    return made


def observers() -> dict[str, list[Observer]]:
    return {
        "nobody": [],
        "hooks (one, empty)": [Hooks(on_end=lambda event: None)],
        "costs without lines": [Costs(sites=False)],
        "costs": [Costs()],
        "metrics, Prometheus": [Metrics(Prometheus(CollectorRegistry()))],
        "metrics, EMF": [Metrics(Emf(write=silent()))],
        "log": [JsonLog(write=silent())],
        "log by the standard library": [JsonLog(logger())],
        "spans without an SDK": [Spans()],
        "spans by OpenTelemetry's SDK": [Spans(TracerProvider())],
        "metrics + costs": [Metrics(Prometheus(CollectorRegistry())), Costs(sites=False)],
        "log of 1 % + metrics + costs": [
            JsonLog(write=silent(), sample=0.01),
            Metrics(Prometheus(CollectorRegistry())),
            Costs(sites=False),
        ],
        "log + metrics + costs": [
            JsonLog(write=silent()),
            Metrics(Prometheus(CollectorRegistry())),
            Costs(sites=False),
        ],
        "the same, with lines and spans": [
            JsonLog(write=silent(), sites=True),
            Metrics(Prometheus(CollectorRegistry())),
            Costs(),
            Spans(),
        ],
    }


def operations(db: Database) -> dict[str, Callable[[int], object]]:
    keys = [Person.key(f"g{n // 100}", f"{n:06d}") for n in range(KEYS)]
    page = Person.key.partition("g7").limit(25)
    return {
        "get": lambda n: db.get(keys[n * 7919 % KEYS]),
        "put": lambda n: db.put(Person(group=f"g{n % 10}", id=f"{n * 7919 % KEYS:06d}", visits=n)),
        "query of 25": lambda n: list(db.query(page)),
    }


def cpu(operation: Callable[[int], object], count: int) -> float:
    start = time.process_time()
    for n in range(count):
        operation(n)
    gatherer.drain()
    return (time.process_time() - start) / count * 1e6


def opcodes(operation: Callable[[int], object]) -> int:
    """How many instructions of the interpreter a call takes, without what is written in C."""
    seen = 0

    def trace(frame: FrameType, event: str, argument: object) -> TraceFunction:
        nonlocal seen
        frame.f_trace_opcodes = True
        seen += event == "opcode"
        return trace

    operation(7)
    sys.settrace(trace)
    operation(7)
    sys.settrace(None)
    return seen


def count() -> None:
    with Database("memory:") as first:
        first.create_tables(watched)
        first.batch_write(put=[Person(group=f"g{n // 100}", id=f"{n:06d}") for n in range(KEYS)])
        for name, each in observers().items():
            made = operations(Database(first.connection, observers=each))
            print(f"  {name:32}" + "".join(f"{opcodes(operation):>9,}" for operation in made.values()))


def measure(url: str) -> None:
    with Database(url) as first:
        first.create_tables(watched)
        first.batch_write(put=[Person(group=f"g{n // 100}", id=f"{n:06d}") for n in range(KEYS)])
        # One connection for all: what differs is who observes.
        ways = {name: operations(Database(first.connection, observers=each)) for name, each in observers().items()}
        for way in ways.values():
            for name, operation in way.items():
                cpu(operation, CALLS[name])
        found: dict[str, dict[str, list[float]]] = {name: {} for name in ways}
        for number in range(ROUNDS):
            order = list(ways) if number % 2 else list(reversed(ways))
            for operation_name, count in CALLS.items():
                for name in order:
                    taken = cpu(ways[name][operation_name], count)
                    found[name].setdefault(operation_name, []).append(taken)
        report(found)


def report(found: dict[str, dict[str, list[float]]]) -> None:
    bare = found["nobody"]
    for name, figures in found.items():
        cells: list[str] = []
        for operation, times in figures.items():
            more = [taken - alone for taken, alone in zip(times, bare[operation], strict=True)]
            share = statistics.median(more) / statistics.median(bare[operation])
            cells.append(f"{statistics.median(times):9.1f} {statistics.median(more):+7.1f} {share:+6.1%}")
        print(f"  {name:32}" + "   ".join(cells))


def main() -> None:
    print(f"{'CPU us of a call':34}" + "   ".join(f"{name:>24}" for name in CALLS))
    print("over HTTP, `dynalayer serve`")
    command = [sys.executable, "-c", "from dynalayer.cli import main; main()", "serve", "memory:", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            words = server.stdout.readline().split()
            measure(next(word for word in words if word.startswith("http://")).rstrip(",.;"))
        finally:
            server.terminate()
    print("in process, memory")
    measure("memory:")
    print("instructions of the interpreter, in process")
    count()


if __name__ == "__main__":
    main()
