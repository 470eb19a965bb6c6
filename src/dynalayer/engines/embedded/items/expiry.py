"""Time to live: items whose time has come are deleted, some time later and a bounded number at once.

The deletions appear in the table's stream as the service's own. Records of streams that are older than a day are
trimmed along with them.

Reads may still see an expired item, as with the service (guide, "Time to Live"); nothing hides it here.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.items import writes
from dynalayer.engines.embedded.requests.decoding import decode_item
from dynalayer.engines.embedded.streams import changes
from dynalayer.engines.embedded.streams import records as streams
from dynalayer.engines.embedded.streams.changes import Image
from dynalayer.engines.embedded.tables import backfill, catalog
from dynalayer.engines.embedded.tables.shape import Table
from dynalayer.protocol import Throttled
from dynalayer.protocol.limits import TTL_PAST_SECONDS

EVERY_SECONDS: Final = 60
BATCH: Final = 100
"""Items deleted in one transaction, so that other writers never wait long."""
TRIMMED: Final = 250
"""Records of streams trimmed in one transaction."""


def rebuild(connection: sqlite3.Connection, table: Table) -> None:
    """Note the times of expiry of all items anew, after the table's setting has changed."""
    connection.execute(f"DROP INDEX IF EXISTS {_index(table)}")
    connection.execute(f"UPDATE {table.rows} SET expires = NULL WHERE expires IS NOT NULL")
    if table.ttl is None:
        return
    rows = connection.execute(f"SELECT pk, sk, item FROM {table.rows}")
    times = [(table.expiry_of(decode_item(item)), pk, sk) for pk, sk, item in rows]
    connection.executemany(
        f"UPDATE {table.rows} SET expires = ? WHERE pk = ? AND sk = ?",
        [row for row in times if row[0] is not None],
    )
    connection.execute(f"CREATE INDEX {_index(table)} ON {table.rows} (expires) WHERE expires IS NOT NULL")


def _index(table: Table) -> str:
    # The table's SQLite name changes with its definition, the index keeps the one it was made under.
    return f"expires_{table.rows.split('_')[1]}"


def expire(engine: Engine, now: float) -> int:
    """Delete every item that has expired by `now` (seconds since 1970), and trim streams; returns the items' number."""
    while _trim_batch(engine, now) == TRIMMED:
        pass
    deleted = 0
    while True:
        batch = expire_batch(engine, now)
        deleted += batch
        if batch < BATCH:
            return deleted


def expire_batch(engine: Engine, now: float) -> int:
    """Delete up to a hundred expired items in one transaction; returns how many it were."""
    deleted = 0
    with engine.storage.writing as connection:
        for found in catalog.records(connection):
            if found.definition.ttl is not None:
                table = catalog.table_of(found, engine.clock)
                for key in _expired(connection, table, now, BATCH - deleted):
                    _delete(connection, table, key)
                    deleted += 1
    return deleted


def _trim_batch(engine: Engine, now: float) -> int:
    with engine.storage.writing as connection:
        return streams.trim(connection, now, TRIMMED)


def now_and_then(engine: Engine) -> None:
    """Delete some expired items and old records, and go on filling indexes that a process which died has left.

    That is done if a minute has passed since the last time, or if more was left to do.
    """
    now = engine.clock()
    if now < engine.next_expiry:
        return
    engine.next_expiry = now + EVERY_SECONDS
    try:
        expired, trimmed = expire_batch(engine, now), _trim_batch(engine, now)
        unfilled = backfill.step(engine)
        if expired == BATCH or trimmed == TRIMMED or unfilled:
            engine.next_expiry = now
    except (Throttled, sqlite3.Error):
        # The call that came by has been answered; expiry finds its time when the database is less busy, and what is
        # wrong with the file is told to those whose calls meet it.
        return


def _expired(connection: sqlite3.Connection, table: Table, now: float, limit: int) -> list[tuple[bytes, bytes]]:
    return connection.execute(
        f"SELECT pk, sk FROM {table.rows} WHERE expires IS NOT NULL AND expires <= ? AND expires >= ?"
        " ORDER BY expires LIMIT ?",
        (now, now - TTL_PAST_SECONDS, limit),
    ).fetchall()


def _delete(connection: sqlite3.Connection, table: Table, key: tuple[bytes, bytes]) -> None:
    stored, size = connection.execute(table.select, key).fetchone()
    item = decode_item(stored)
    connection.execute(table.delete, key)
    writes.move(connection, table, key, item, None)
    changes.note(connection, table, Image(item, stored, size), None, expired=True)
