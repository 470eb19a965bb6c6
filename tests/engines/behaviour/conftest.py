"""The API as four engines speak it: embedded in memory, on a file, and served over HTTP, and DynamoDB Local."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.engines.remote import RemoteConnection
from dynalayer.protocol import Connection, ServiceError

PREFIX = "1 validation error detected: One or more parameter"
THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
Json = dict[str, Any]
_numbers = itertools.count()


class Api:
    """Calls an engine with dictionaries; every table of a test has a name of its own."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.name = name
        self.table = f"table-{next(_numbers)}"
        self.made: list[str] = []

    @property
    def is_local(self) -> bool:
        return self.name == "local"

    def call(self, operation: str, **members: Any) -> Json:
        answer: Json = msgspec.json.decode(self.connection.call(operation, msgspec.json.encode(members)))
        return answer

    def on(self, operation: str, **members: Any) -> Json:
        """A call on the test's table."""
        return self.call(operation, TableName=self.table, **members)

    def refused(self, operation: str, **members: Any) -> ServiceError:
        """The error that a call on the test's table ends in."""
        with pytest.raises(ServiceError) as caught:
            self.on(operation, **members)
        return caught.value

    def message(self, operation: str, **members: Any) -> str:
        """The error's text, without what the wording of 2026 puts before it and the Local of 2020 does not."""
        text = self.refused(operation, **members).message
        return text.replace(PREFIX, "One or more parameter", 1)

    def create(self, keys: str = "pk:S sk:S", table: str | None = None, **indexes: tuple[str, Any]) -> str:
        """Make a table; keys as "pk:S sk:N", indexes as name=("hash:S range:N", projection)."""
        name = table or self.table
        kinds = dict(part.split(":") for part in keys.split())
        members: Json = {}
        for index, (index_keys, projection) in indexes.items():
            kinds |= dict(part.split(":") for part in index_keys.split())
            described = {"ProjectionType": projection} if isinstance(projection, str) else projection
            members.setdefault("GlobalSecondaryIndexes", []).append(
                {
                    "IndexName": index,
                    "KeySchema": schema(index_keys),
                    "Projection": described,
                    "ProvisionedThroughput": THROUGHPUT,
                }
            )
        definitions = [{"AttributeName": n, "AttributeType": kind} for n, kind in kinds.items()]
        self.call(
            "CreateTable",
            TableName=name,
            AttributeDefinitions=definitions,
            KeySchema=schema(keys),
            ProvisionedThroughput=THROUGHPUT,
            **members,
        )
        self.made.append(name)
        return name

    def put(self, item: Json, **members: Any) -> Json:
        return self.on("PutItem", Item=item, **members)

    def get(self, key: Json, **members: Any) -> Any:
        return self.on("GetItem", Key=key, **members).get("Item")

    def update(self, key: Json, expression: str, values: Json | None = None, **members: Any) -> Json:
        if values is not None:
            members["ExpressionAttributeValues"] = values
        return self.on("UpdateItem", Key=key, UpdateExpression=expression, **members)

    def query(self, condition: str, values: Json, **members: Any) -> Json:
        return self.on("Query", KeyConditionExpression=condition, ExpressionAttributeValues=values, **members)


def schema(keys: str) -> list[Json]:
    names = [part.split(":")[0] for part in keys.split()]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def _served(connection: Connection, name: str) -> Iterator[Api]:
    api = Api(connection, name)
    try:
        yield api
        # Local looks at all its tables while it changes one, so those of earlier tests would slow it down.
        for table in api.made:
            with suppress(ServiceError):
                api.call("DeleteTable", TableName=table)
    finally:
        connection.close()


def _open(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Connection:
    if name == "memory":
        return EmbeddedConnection.memory()
    if name == "file":
        return EmbeddedConnection.file(tmp_path / "engine.db", durability="relaxed")
    return RemoteConnection(request.getfixturevalue("dynamodb_local" if name == "local" else "dynalayer_served"))


@pytest.fixture(params=["memory", "file", "served", "local"])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    """Behaviour on which all engines agree."""
    yield from _served(_open(request.param, request, tmp_path), request.param)


@pytest.fixture(params=["memory", "file", "served"])
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    """Behaviour of the service that the DynamoDB Local of 2020 does not have; each test says why."""
    yield from _served(_open(request.param, request, tmp_path), request.param)
