"""Items that were there before an index, copied into it a bounded number at a time.

While items are copied, writers keep the new index already and nobody can read it. How far the copying has come is kept
in the catalog: if the process that began it dies, whichever process next writes to the file goes on with it.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.requests.decoding import decode_item
from dynalayer.engines.embedded.tables import catalog
from dynalayer.engines.embedded.tables.catalog import Definition, Record
from dynalayer.protocol import ResourceNotFound

STEP: Final = 1000
"""Items copied in one transaction, so that other writers wait some milliseconds at most."""

_START: Final = "/"


def begin(definition: Definition, name: str) -> None:
    """Note that an index of the definition has yet to be filled."""
    definition.backfill[name] = _START
    described = _described(definition, name)
    described["IndexStatus"], described["Backfilling"] = "CREATING", True


def advance(connection: sqlite3.Connection, found: Record, name: str) -> None:
    """Copy the next items into an index, and note it as complete if these were the last.

    Changes the definition, which the caller keeps: no new generation is needed when an index is complete, as writers
    have kept it all the while, and readers look again before they are refused.

    Items whose attributes do not fit the index are left out of it, as the service does (guide, "Detecting and
    correcting index key violations").
    """
    definition = found.definition
    table = catalog.table_of(found)
    index = table.by_name[name]
    pk, _, sk = definition.backfill[name].partition("/")
    rows = connection.execute(
        f"SELECT pk, sk, item FROM {table.rows} WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?",
        (bytes.fromhex(pk), bytes.fromhex(sk), STEP),
    ).fetchall()
    places = ((index.place(decode_item(item)), pk, sk) for pk, sk, item in rows)
    connection.executemany(index.insert, [(*place, pk, sk) for place, pk, sk in places if place is not None])
    if len(rows) == STEP:
        definition.backfill[name] = f"{rows[-1][0].hex()}/{rows[-1][1].hex()}"
        return
    del definition.backfill[name]
    described = _described(definition, name)
    described["IndexStatus"] = "ACTIVE"
    del described["Backfilling"]


def _described(definition: Definition, name: str) -> dict[str, object]:
    indexes = definition.description["GlobalSecondaryIndexes"]
    return next(index for index in indexes if index["IndexName"] == name)


def finish(engine: Engine, table: str) -> None:
    """Copy what is left to copy of a table, in as many transactions as it takes."""
    while True:
        with engine.storage.writing as connection:
            try:
                found = catalog.record(connection, table)
            except ResourceNotFound:
                return
            if not _step(connection, found):
                return


def step(engine: Engine) -> bool:
    """Copy some items for some index, if a process that began it has left it; whether there may be more."""
    with engine.storage.reading() as connection:
        unfilled = [found for found in catalog.records(connection) if found.definition.backfill]
    if not unfilled:
        return False
    with engine.storage.writing as connection:
        return any(_step(connection, found) for found in catalog.records(connection))


def _step(connection: sqlite3.Connection, found: Record) -> bool:
    name = next(iter(found.definition.backfill), None)
    if name is None:
        return False
    advance(connection, found, name)
    catalog.save(connection, found)
    return True
