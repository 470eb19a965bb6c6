"""Short ways to call an embedded engine."""

from __future__ import annotations

from typing import Any

import msgspec

from dynalayer.protocol import Connection

Json = dict[str, Any]


def call(connection: Connection, operation: str, **members: Any) -> Json:
    answer: Json = msgspec.json.decode(connection.call(operation, msgspec.json.encode(members)))
    return answer


def create(connection: Connection, table: str = "things", **members: Any) -> None:
    call(
        connection,
        "CreateTable",
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, *members.pop("more", ())],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **members,
    )


def count_up(connection: Connection, key: str, table: str = "things") -> int:
    answer = call(
        connection,
        "UpdateItem",
        TableName=table,
        Key={"id": {"S": key}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    return int(answer["Attributes"]["n"]["N"])


def read(connection: Connection, key: str, table: str = "things") -> Any:
    return call(connection, "GetItem", TableName=table, Key={"id": {"S": key}}).get("Item")
