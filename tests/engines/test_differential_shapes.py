"""Two engines, one history, on tables of every shape: whatever is called, both answer the same, errors included.

`shapes` makes the tables and the calls up, `differences` lists where DynamoDB Local (2020) is not the service.
"""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.engines.remote import RemoteConnection
from dynalayer.protocol import Connection, ServiceError
from tests.engines.differences import same, unordered
from tests.engines.shapes import HISTORIES, Call, Json, Shape

_tables = itertools.count()
_PAGES = 200


def outcome(connection: Connection, operation: str, members: Json) -> Any:
    """The answer, or the code of the error in a list."""
    try:
        return msgspec.json.decode(connection.call(operation, msgspec.json.encode(members)))
    except ServiceError as error:
        return [error.code]


def answer(connection: Connection, table: str, call: Call) -> Any:
    """What both engines must agree on."""
    operation, members = call
    if operation == "BatchWriteItem":
        return outcome(connection, operation, {"RequestItems": {table: members["writes"]}})
    if operation == "BatchGetItem":
        found = outcome(connection, operation, {"RequestItems": {table: members}})
        return found if isinstance(found, list) else unordered(found["Responses"][table])
    if operation == "TransactGetItems":
        gets = [{"Get": {"TableName": table, "Key": key}} for key in members["Keys"]]
        return outcome(connection, operation, {"TransactItems": gets})
    members = {**members, "TableName": table}
    if operation == "Scan":
        return scanned(connection, members)
    if operation == "Query":
        return queried(connection, members)
    found = outcome(connection, operation, members)
    return found if isinstance(found, list) else [found.get("Attributes"), found.get("Item")]


def scanned(connection: Connection, members: Json) -> Any:
    """All items of all segments, and how many were read for them."""
    total = members.get("TotalSegments")
    items: list[Any] = []
    read = 0
    for segment in range(total or 1):
        own = members if total is None else {**members, "Segment": segment}
        for page in pages(connection, "Scan", own):
            if isinstance(page, list):
                return page
            items += page["Items"]
            read += page["ScannedCount"]
    return [read, unordered(items)]


def queried(connection: Connection, members: Json) -> Any:
    found = list(pages(connection, "Query", members))
    if isinstance(found[-1], list):
        return found[-1]
    items = [item for page in found for item in page["Items"]]
    counts = [[page["Count"], page["ScannedCount"]] for page in found]
    if "IndexName" not in members:
        return [counts, items]
    # Items with equal keys of an index come in any order, and so does what a filter leaves of each page.
    return [sum(read for _, read in counts), unordered(items)]


def pages(connection: Connection, operation: str, members: Json) -> Any:
    for _ in range(_PAGES):
        page = outcome(connection, operation, members)
        yield page
        if isinstance(page, list) or "LastEvaluatedKey" not in page:
            return
        members = {**members, "ExclusiveStartKey": page["LastEvaluatedKey"]}
    raise AssertionError("the pages never end")


@settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(HISTORIES)
def test_both_engines_agree_on_tables_of_every_shape(dynamodb_local: str, history: tuple[Shape, list[Call]]) -> None:
    shape, calls = history
    table = f"shapes-{next(_tables)}"
    with EmbeddedConnection.memory() as ours, RemoteConnection(dynamodb_local) as local:
        for connection in (ours, local):
            assert isinstance(outcome(connection, "CreateTable", shape.creation(table)), dict)
        try:
            for call in calls:
                own, judged = (answer(connection, table, call) for connection in (ours, local))
                assert same(own, judged), (shape, call, own, judged)
            own, judged = (scanned(connection, {"TableName": table}) for connection in (ours, local))
            assert same(own, judged), (shape, calls)
        finally:
            outcome(local, "DeleteTable", {"TableName": table})
