"""CPU time of typed operations on the embedded engine: median of rounds, in microseconds.

Run with `make bench`, or `python benchmarks/embedded.py [rounds]`. Values differ at every write, because SQLite skips
the page when the bytes do not change.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from dynalayer import Attr, Database, Entity, Table, attr, primary

ITEMS = 20_000
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7

bench = Table("bench", pk="PK", sk="SK")


class Person(Entity, table=bench):
    """Ten attributes: texts, numbers, a truth value, a list and a map."""

    group: Attr[str] = attr()
    id: Attr[str] = attr()
    name: Attr[str] = attr(default="Ada Lovelace")
    email: Attr[str] = attr(default="ada@example.com")
    age: Attr[int] = attr(default=36)
    score: Attr[Decimal] = attr(default=Decimal("12.5"))
    active: Attr[bool] = attr(default=True)
    visits: Attr[int] = attr(default=0)
    tags: Attr[list[str]] = attr(factory=lambda: ["a", "b", "c"])
    address: Attr[dict[str, str]] = attr(factory=lambda: {"city": "London", "zip": "N1", "floor": "3"})
    key = primary(group, id, pk="GROUP#{group}", sk="PERSON#{id}")


def person(n: int, visits: int = 0) -> Person:
    return Person(group=f"g{n // 1000}", id=f"{n:06d}", visits=visits)


def measure(operation: Callable[[int], object], count: int) -> float:
    """Median CPU microseconds per operation."""
    found: list[float] = []
    for round_number in range(ROUNDS):
        start = time.process_time()
        for n in range(count):
            operation(round_number * count + n)
        found.append((time.process_time() - start) / count * 1e6)
    return statistics.median(found)


def report(url: str, name: str) -> None:
    with Database(url) as db:
        db.create_tables(bench)
        db.batch_write(put=[person(n) for n in range(ITEMS)])
        keys = [Person.key(f"g{n // 1000}", f"{n:06d}") for n in range(ITEMS)]

        def query(n: int) -> None:
            found = list(db.query(Person.key.partition("g7").at_least(f"{7000 + n % 900:06d}").limit(25)))
            assert len(found) == 25

        figures = {
            "get": measure(lambda n: db.get(keys[n * 7919 % ITEMS]), 5000),
            "put": measure(lambda n: db.put(person(n * 7919 % ITEMS, n + 1)), 2000),
            "counter update": measure(lambda n: db.update(keys[n * 7919 % ITEMS], Person.visits.add(1)), 2000),
            "query of 25": measure(query, 500),
        }
    print(f"{name:24}" + "".join(f"{figures[each]:>16.1f}" for each in figures))


def main() -> None:
    print(f"{'CPU us per operation':24}" + "".join(f"{n:>16}" for n in ("get", "put", "counter update", "query of 25")))
    report("memory:", "memory")
    with tempfile.TemporaryDirectory() as folder:
        report(f"embedded:{Path(folder) / 'r.db'}?durability=relaxed", "file, relaxed")
        report(f"embedded:{Path(folder) / 'f.db'}", "file, full (fsync)")


if __name__ == "__main__":
    main()
