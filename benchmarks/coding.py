"""What it costs to have a typed layer, beside others: coding, import, and a fresh database for a test.

Run with `make bench`, or `python benchmarks/coding.py [--json] [rounds]`. Times of coding are CPU time, the least of
the rounds, which take the libraries in turn; imports are measured in fresh interpreters.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from coders import CODERS, VALUES, answer

ITEMS = 100
IMPORTS = {
    "dynalayer": "from dynalayer import Database",
    "pydynox": "from pydynox import Model",
    "boto3 serializer": "import boto3.dynamodb.types",
    "boto3 client": "import boto3; boto3.client('dynamodb', region_name='us-east-1')",
    "PynamoDB": "from pynamodb.models import Model",
    "dyntastic": "from dyntastic import Dyntastic",
}
TIMED = """
import sys, time
before, wall, cpu = len(sys.modules), time.perf_counter(), time.process_time()
{statement}
print((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3, len(sys.modules) - before)
ours = {{"__main__", "__mp_main__", "_distutils_hack"}} | set(sys.stdlib_module_names)
print(*sorted({{name.partition(".")[0] for name in sys.modules}} - ours))
"""


def least(rounds: int, measures: dict[str, Callable[[], object]], clock: Callable[[], float]) -> dict[str, float]:
    """The least time of each in microseconds, the measures taking turns."""
    found = dict.fromkeys(measures, float("inf"))
    for _ in range(rounds):
        for name, run in measures.items():
            start = clock()
            run()
            found[name] = min(found[name], (clock() - start) * 1e6)
    return found


def coding(rounds: int) -> dict[str, dict[str, float]]:
    """CPU microseconds to encode and to decode 100 items of 12 attributes."""
    body = answer(ITEMS)
    made = {name: make() for name, make in CODERS.items()}
    for name, (encode, decode) in made.items():
        _check(name, encode(1)[0], decode(body)[0])
    encoded = least(rounds, {name: lambda e=e: e(ITEMS) for name, (e, _) in made.items()}, time.process_time)
    decoded = least(rounds, {name: lambda d=d: d(body) for name, (_, d) in made.items()}, time.process_time)
    return {name: {"encode": encoded[name], "decode": decoded[name]} for name in made}


def _check(name: str, request: bytes, found: Any) -> None:
    """Every library must have made and read the same values."""
    item = json.loads(request)["Item"]
    assert Decimal(item["balance"]["N"]) == VALUES["balance"], (name, item["balance"])
    assert item["token"] == {"S": str(VALUES["token"])}, (name, item["token"])
    assert len(item) == len(VALUES), (name, item)
    for attribute in ("balance", "created", "tags", "token", "role", "age", "notes"):
        value = found[attribute] if isinstance(found, dict) else getattr(found, attribute)
        assert value == VALUES[attribute], (name, attribute, value)


def imports(rounds: int) -> dict[str, dict[str, Any]]:
    """Milliseconds to import in a fresh interpreter, the modules that come with it, and whose they are."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        # Compiled code is kept, as it is where a program is installed; the first round makes it and does not count.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "PYTHONPYCACHEPREFIX": folder}
        for number in range(rounds + 1):
            for name, statement in IMPORTS.items():
                command = [sys.executable, "-c", TIMED.format(statement=statement)]
                run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                if number:
                    _take_best(found.setdefault(name, {}), run.stdout)
    return found


def _take_best(best: dict[str, Any], output: str) -> None:
    first, packages = output.splitlines()
    wall, cpu, modules = (float(part) for part in first.split())
    best["wall ms"], best["CPU ms"] = min(best.get("wall ms", wall), wall), min(best.get("CPU ms", cpu), cpu)
    best["modules"], best["packages"] = int(modules), packages.split()


def fresh(rounds: int) -> dict[str, float]:
    """Microseconds until a database in memory with two tables and three indexes can be used."""
    from dynalayer import Database, Index, Table
    from dynalayer.testing import fresh_database

    tables = [
        Table(name, pk="PK", sk="SK", indexes=[Index(f"GSI{n}", pk=f"GSI{n}PK", sk=f"GSI{n}SK") for n in range(count)])
        for name, count in (("shop", 2), ("sessions", 1))
    ]

    def created() -> None:
        with Database("memory:") as db:
            db.create_tables(*tables)
            db.describe("shop")

    def copied() -> None:
        with fresh_database(*tables) as db:
            db.describe("shop")

    copied()
    return least(
        rounds * 20, {"created by create_tables": created, "copied by fresh_database": copied}, time.perf_counter
    )


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    rounds = numbers[0] if numbers else 30
    figures = {"coding": coding(rounds), "imports": imports(max(3, rounds // 6)), "fresh": fresh(rounds)}
    if "--json" in sys.argv:
        print(json.dumps({**figures, "python": sys.version.split()[0]}, indent=2))
    else:
        show(figures)


def show(figures: dict[str, Any]) -> None:
    ours = figures["coding"]["dynalayer"]
    print(f"{f'CPU us for {ITEMS} items of 12':28}{'encode':>10}{'x':>7}{'decode':>10}{'x':>7}")
    for name, each in figures["coding"].items():
        times = (f"{each[way]:>10.0f}{each[way] / ours[way]:>7.1f}" for way in ("encode", "decode"))
        print(f"{name:28}" + "".join(times))
    base = figures["imports"]["dynalayer"]["CPU ms"]
    print(f"\n{'import in a new interpreter':28}{'CPU ms':>10}{'x':>7}{'modules':>10}  packages")
    for name, each in figures["imports"].items():
        shown = " ".join(each["packages"][:12])
        print(f"{name:28}{each['CPU ms']:>10.1f}{each['CPU ms'] / base:>7.1f}{each['modules']:>10}  {shown}")
    print(f"\n{'fresh database in memory':28}{'us':>10}")
    for name, microseconds in figures["fresh"].items():
        print(f"{name:28}{microseconds:>10.0f}")
    print("\n" + ", ".join(f"{name} {version(name)}" for name in ("pydynox", "boto3", "pynamodb", "dyntastic")))


if __name__ == "__main__":
    main()
