"""CreateTable, DescribeTable, ListTables, DeleteTable."""

from __future__ import annotations

from typing import Any

import msgspec

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.requests.decoding import decode, encode
from dynalayer.engines.embedded.requests.structs import CreateTable, ListTables, OfTable
from dynalayer.engines.embedded.streams import records as streams
from dynalayer.engines.embedded.tables import catalog, definitions
from dynalayer.protocol import ValidationError, messages
from dynalayer.protocol.limits import TABLES_PER_LIST


def create_table(engine: Engine, body: bytes) -> bytes:
    """CreateTable: the table can be used at once, the answer says CREATING as the service's does."""
    request, now = decode(CreateTable, _with_bare_name(body)), engine.clock()
    definition = definitions.definition(request, now)
    wanted = request.stream_specification
    with engine.storage.writing as connection:
        if wanted is not None and wanted.stream_enabled:
            streams.start(connection, definition, wanted, now)
        catalog.create(connection, definition)
    answer: dict[str, Any] = {**definition.description, "TableStatus": "CREATING"}
    indexes: list[dict[str, Any]] = answer.get("GlobalSecondaryIndexes", [])
    if indexes:
        answer["GlobalSecondaryIndexes"] = [{**index, "IndexStatus": "CREATING"} for index in indexes]
    return encode({"TableDescription": answer})


def _with_bare_name(body: bytes) -> bytes:
    """The request with its table named by its name, if it is named by an ARN; what is unsound is told later."""
    if b"arn:" not in body:
        return body
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
    if not isinstance(document, dict):
        return body
    request: dict[str, Any] = document
    name = request.get("TableName")
    return encode({**request, "TableName": catalog.bare_name(name)}) if isinstance(name, str) else body


def describe_table(engine: Engine, body: bytes) -> bytes:
    """DescribeTable; counts and sizes are of this moment, or of a little earlier if the table is large."""
    request = decode(OfTable, body)
    with engine.storage.reading() as connection:
        found = catalog.record(connection, request.table_name, messages.NAMED_TABLE_MISSING)
        description = engine.counts.describe(connection, found)
    return encode({"Table": description})


def list_tables(engine: Engine, body: bytes) -> bytes:
    """ListTables: names in order, up to 100 a page."""
    request = decode(ListTables, body)
    limit = request.limit or TABLES_PER_LIST
    with engine.storage.reading() as connection:
        names = catalog.names(connection, request.exclusive_start_table_name or "", limit + 1)
    answer: dict[str, Any] = {"TableNames": names[:limit]}
    if len(names) > limit:
        answer["LastEvaluatedTableName"] = names[limit - 1]
    return encode(answer)


def delete_table(engine: Engine, body: bytes) -> bytes:
    """DeleteTable: the table and its items are gone when the answer comes."""
    request = decode(OfTable, body)
    with engine.storage.writing as connection:
        found = catalog.record(connection, request.table_name, messages.NAMED_TABLE_MISSING)
        description = found.definition.description
        if description["DeletionProtectionEnabled"]:
            raise ValidationError(messages.TABLE_PROTECTED)
        streams.end(connection, found.definition, engine.clock())
        catalog.drop(connection, found)
    engine.catalog.forget()
    kept = ("TableName", "ProvisionedThroughput", "TableArn", "TableId", "BillingModeSummary")
    shown = {name: description[name] for name in kept if name in description}
    return encode({"TableDescription": {**shown, "TableStatus": "DELETING", "ItemCount": 0, "TableSizeBytes": 0}})
