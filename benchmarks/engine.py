"""CPU time of the embedded engine's operations at the seam: request bytes in, answer bytes out.

Run it with `python benchmarks/engine.py`. Data vary, because SQLite skips a page that is written again unchanged.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dynalayer.engines.embedded import EmbeddedConnection

ITEMS = 20_000
ROUNDS = 5
CREATE = (
    b'{"TableName":"app","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk",'
    b'"AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk",'
    b'"KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}'
)
ATTRIBUTES = (
    b'"name":{"S":"Ada Lovelace"},"email":{"S":"ada@example.com"},"age":{"N":"36"},"score":{"N":"12.5"},'
    b'"active":{"BOOL":true},"visits":{"N":"%d"},"tags":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]},'
    b'"address":{"M":{"city":{"S":"London"},"zip":{"S":"N1"},"n":{"N":"3"}}}}'
)
KEY = b'{"pk":{"S":"user#%06d"},"sk":{"S":"profile"}'


def put(n: int, more: bytes = b"") -> bytes:
    """A request that puts item `n`, with other data at every call for the same item."""
    item = KEY % (n * 7919 % ITEMS) + b"," + ATTRIBUTES % n
    return b'{"TableName":"app",%b"Item":%b}' % (more, item)


def row(n: int) -> bytes:
    """A request that puts item `n` of one large partition."""
    return b'{"TableName":"app","Item":{"pk":{"S":"list"},"sk":{"S":"%06d"},%b}' % (n, ATTRIBUTES % n)


def cpu(call: Callable[[int], object], times: int) -> float:
    """The least CPU time of one call over some rounds, in microseconds."""
    best, n = float("inf"), 0
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(times):
            call(n)
            n += 1
        best = min(best, (time.process_time() - begun) / times)
    return best * 1e6


def measure(connection: EmbeddedConnection, label: str) -> None:
    """Print the figures of one kind of database."""
    call = connection.call
    call("CreateTable", CREATE)
    for n in range(ITEMS):
        call("PutItem", put(n))
    for n in range(1000):
        call("PutItem", row(n))
    stream = (
        b'"TableName":"streamed","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}'
    )
    call("CreateTable", CREATE.replace(b'"TableName":"app"', stream))
    update = (
        b'{"TableName":"app","Key":%b},"UpdateExpression":"ADD visits :n","ConditionExpression":"attribute_exists(pk)",'
        b'"ExpressionAttributeValues":{":n":{"N":"1"}}}'
    ) % KEY
    query = (
        b'{"TableName":"app","Limit":25,"KeyConditionExpression":"pk = :p AND sk >= :s",'
        b'"ExpressionAttributeValues":{":p":{"S":"list"},":s":{"S":"%06d"}}}'
    )
    guard = b'"ConditionExpression":"attribute_exists(pk)",'
    get = b'{"TableName":"app","Key":%b}}' % KEY
    figures = {
        "get": cpu(lambda n: call("GetItem", get % (n % ITEMS)), ITEMS),
        "put": cpu(lambda n: call("PutItem", put(n)), ITEMS),
        "conditional put": cpu(lambda n: call("PutItem", put(n, guard)), ITEMS),
        "put with a stream": cpu(lambda n: call("PutItem", put(n).replace(b'"app"', b'"streamed"')), 5000),
        "counter": cpu(lambda n: call("UpdateItem", update % (n * 7919 % ITEMS)), ITEMS),
        "query of 25": cpu(lambda n: call("Query", query % (n % 900)), 2000),
    }
    print(label, *(f"{name} {micros:.1f}" for name, micros in figures.items()), sep=" | ")


def main() -> None:
    """Measure a database in memory and one in a file."""
    with EmbeddedConnection.memory() as connection:
        measure(connection, "memory, us")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "engine.db"
        with EmbeddedConnection.file(path, durability="relaxed") as connection:
            measure(connection, "relaxed file, us")
    begun = time.process_time()
    for _ in range(100):
        EmbeddedConnection.memory().close()
    print(f"fresh database in memory | {(time.process_time() - begun) * 1e4:.0f} us")


if __name__ == "__main__":
    main()
