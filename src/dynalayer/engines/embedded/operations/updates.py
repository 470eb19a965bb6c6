"""UpdateTable: what can be changed of a table that is in use."""

from __future__ import annotations

import sqlite3
from typing import Any

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.requests.decoding import decode, encode
from dynalayer.engines.embedded.requests.structs import GlobalIndex
from dynalayer.engines.embedded.requests.tablerequests import UpdateTable
from dynalayer.engines.embedded.streams import records as streams
from dynalayer.engines.embedded.tables import backfill, catalog, tablechanges, tableupdates
from dynalayer.engines.embedded.tables.catalog import Record
from dynalayer.protocol import messages

Description = dict[str, Any]


def update_table(engine: Engine, body: bytes) -> bytes:
    """UpdateTable: settings change at once, and a new index is complete when the answer comes.

    The answer says UPDATING, as the service's does and programs expect; DescribeTable then says ACTIVE, since nothing
    is left to wait for. The items of a large table are copied into a new index in many short transactions, so other
    writers go on meanwhile; until then the index is described as CREATING and cannot be read.
    """
    request = decode(UpdateTable, body)
    tableupdates.check(request)
    with engine.storage.writing as connection:
        found = catalog.record(connection, request.table_name, messages.NAMED_TABLE_MISSING)
        tableupdates.check_against(request, found.definition)
        answer = _changed(connection, found, request, engine.clock())
    engine.catalog.forget()
    if tableupdates.created(request) is not None:
        backfill.finish(engine, request.table_name)
        engine.catalog.forget()
    return encode({"TableDescription": answer})


def _changed(connection: sqlite3.Connection, found: Record, request: UpdateTable, now: float) -> Description:
    """Make the change, and return the description as it is while the service makes it."""
    definition = found.definition
    tablechanges.change_settings(definition, request, now)
    index, gone = tableupdates.created(request), tableupdates.deleted(request)
    if request.stream_specification is not None:
        streams.switch(connection, definition, request.stream_specification, now)
    answer = _in_progress(definition.description, request)
    if gone is not None:
        _remove_index(connection, found, gone)
    if index is None and gone is None and request.stream_specification is None:
        catalog.save(connection, found)
    else:
        found = catalog.renew(connection, found)
    if index is not None:
        _add_index(connection, found, request, index)
        (made,) = (
            one for one in definition.description["GlobalSecondaryIndexes"] if one["IndexName"] == index.index_name
        )
        answer.setdefault("GlobalSecondaryIndexes", []).append(
            {**made, "IndexStatus": "CREATING", "Backfilling": False}
        )
        answer["AttributeDefinitions"] = definition.description["AttributeDefinitions"]
    return answer


def _add_index(connection: sqlite3.Connection, found: Record, request: UpdateTable, index: GlobalIndex) -> None:
    number = tablechanges.add_index(found.definition, index, request.attribute_definitions)
    catalog.create_index(connection, found.index_rows(number))
    # A table that one step can copy is done before anybody sees it.
    backfill.advance(connection, found, index.index_name)
    catalog.save(connection, found)


def _remove_index(connection: sqlite3.Connection, found: Record, name: str) -> None:
    numbers = tablechanges.number_indexes(found.definition)
    connection.execute(f"DROP TABLE {found.index_rows(numbers[name])}")
    tablechanges.remove_index(found.definition, name)


def _in_progress(description: Description, request: UpdateTable) -> Description:
    states = {}
    for update in request.global_secondary_index_updates or ():
        if update.update is not None:
            states[update.update.index_name] = "UPDATING"
        if update.delete is not None:
            states[update.delete.index_name] = "DELETING"
    answer = {**description, "TableStatus": "UPDATING"}
    if "GlobalSecondaryIndexes" in description:
        answer["GlobalSecondaryIndexes"] = [
            {**index, "IndexStatus": states.get(index["IndexName"], index["IndexStatus"])}
            for index in description["GlobalSecondaryIndexes"]
        ]
    return answer
