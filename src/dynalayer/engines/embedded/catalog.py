"""The tables of a database: their definitions in the file, and what each process remembers of them.

Every row of the catalog has an id that is never used again and a generation. Both are part of the names of the
table's SQLite tables, so a process that remembers an outdated definition meets "no such table" at its next statement,
forgets, and reads again: no lock and no look at the catalog is needed before a read or a write.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import msgspec

from dynalayer.engines.embedded.schema import Index, KeyPart, Table
from dynalayer.engines.embedded.storage import Storage
from dynalayer.protocol import ResourceInUse, ResourceNotFound, ValidationError, messages

_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}").fullmatch


class Definition(msgspec.Struct, kw_only=True):
    """All that is kept of a table: its description as DescribeTable gives it, and the settings beside it."""

    description: dict[str, Any]
    tags: list[dict[str, str]] = []
    ttl: str | None = None
    recovery_since: float | None = None
    recovery_days: int = 35


class Record(msgspec.Struct, frozen=True):
    """A definition with its place in the catalog."""

    id: int
    generation: int
    definition: Definition

    @property
    def rows(self) -> str:
        """The SQLite table that holds the items."""
        return f"data_{self.id}_{self.generation}"

    def index_rows(self, number: int) -> str:
        """The SQLite table that holds the entries of an index."""
        return f"index_{self.id}_{self.generation}_{number}"


_decode_definition = msgspec.json.Decoder(Definition).decode


class Catalog:
    """Definitions of tables, remembered per process."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """The table of that name (or ARN), as last known; raises `ResourceNotFound`."""
        table = self._tables.get(name)
        if table is None:
            with self._storage.reading() as connection:
                table = table_of(record(connection, name))
            self._tables[name] = table
        return table

    def forget(self) -> None:
        """Read definitions again when next asked."""
        self._tables = {}


def bare_name(name: str) -> str:
    """The name of a table given by name or by ARN."""
    return name.rpartition("table/")[2] if name.startswith("arn:") else name


def record(connection: sqlite3.Connection, name: str, missing: str = messages.TABLE_MISSING) -> Record:
    """What the catalog has of a table; raises `ResourceNotFound` with the message given."""
    bare = bare_name(name)
    row = connection.execute("SELECT id, generation, definition FROM catalog WHERE name = ?", (bare,)).fetchone()
    if row is None:
        if not _NAME(bare):
            raise ValidationError(messages.TABLE_NAME)
        raise ResourceNotFound(missing.format(bare))
    return Record(row[0], row[1], _decode_definition(row[2]))


def records(connection: sqlite3.Connection) -> list[Record]:
    """All tables, by name."""
    rows = connection.execute("SELECT id, generation, definition FROM catalog ORDER BY name").fetchall()
    return [Record(row[0], row[1], _decode_definition(row[2])) for row in rows]


def names(connection: sqlite3.Connection, after: str, limit: int) -> list[str]:
    """Up to `limit` names of tables that sort behind `after`."""
    rows = connection.execute("SELECT name FROM catalog WHERE name > ? ORDER BY name LIMIT ?", (after, limit))
    return [row[0] for row in rows.fetchall()]


def create(connection: sqlite3.Connection, definition: Definition) -> None:
    """Add a table and make its SQLite tables; raises `ResourceInUse` if the name is taken."""
    name = definition.description["TableName"]
    try:
        cursor = connection.execute(
            "INSERT INTO catalog (name, generation, definition) VALUES (?, 1, ?)",
            (name, msgspec.json.encode(definition)),
        )
    except sqlite3.IntegrityError:
        raise ResourceInUse(messages.TABLE_EXISTS.format(name)) from None
    added = Record(int(cursor.lastrowid or 0), 1, definition)
    connection.execute(
        f"CREATE TABLE {added.rows} (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, expires INTEGER,"
        " item BLOB NOT NULL, PRIMARY KEY (pk, sk)) WITHOUT ROWID"
    )
    for number, _ in enumerate(definition.description.get("GlobalSecondaryIndexes", ())):
        connection.execute(
            f"CREATE TABLE {added.index_rows(number)} (hk BLOB NOT NULL, rk BLOB NOT NULL, pk BLOB NOT NULL,"
            " sk BLOB NOT NULL, PRIMARY KEY (hk, rk, pk, sk)) WITHOUT ROWID"
        )


def drop(connection: sqlite3.Connection, dropped: Record) -> None:
    """Remove a table with its items."""
    connection.execute("DELETE FROM catalog WHERE id = ?", (dropped.id,))
    connection.execute(f"DROP TABLE {dropped.rows}")
    for number, _ in enumerate(dropped.definition.description.get("GlobalSecondaryIndexes", ())):
        connection.execute(f"DROP TABLE {dropped.index_rows(number)}")


def save(connection: sqlite3.Connection, changed: Record) -> None:
    """Keep a definition that was changed in a way that readers and writers of items need not know of."""
    connection.execute(
        "UPDATE catalog SET definition = ? WHERE id = ?", (msgspec.json.encode(changed.definition), changed.id)
    )


def renew(connection: sqlite3.Connection, changed: Record) -> Record:
    """Keep a changed definition under a new generation, so that every process reads it before it goes on."""
    renewed = Record(changed.id, changed.generation + 1, changed.definition)
    save(connection, changed)
    connection.execute("UPDATE catalog SET generation = ? WHERE id = ?", (renewed.generation, changed.id))
    connection.execute(f"ALTER TABLE {changed.rows} RENAME TO {renewed.rows}")
    for number, _ in enumerate(changed.definition.description.get("GlobalSecondaryIndexes", ())):
        connection.execute(f"ALTER TABLE {changed.index_rows(number)} RENAME TO {renewed.index_rows(number)}")
    return renewed


def table_of(found: Record) -> Table:
    """The working form of a table's definition."""
    description = found.definition.description
    kinds = {part["AttributeName"]: part["AttributeType"] for part in description["AttributeDefinitions"]}
    hash_part, range_part = _key_parts(description["KeySchema"], kinds)
    indexes = tuple(
        _index(index, kinds, {hash_part.name} | ({range_part.name} if range_part else set()), found.index_rows(number))
        for number, index in enumerate(description.get("GlobalSecondaryIndexes", ()))
    )
    return Table(description["TableName"], found.rows, hash_part, range_part, indexes, found.definition.ttl)


def _index(described: dict[str, Any], kinds: dict[str, str], keys: set[str], rows: str) -> Index:
    hash_part, range_part = _key_parts(described["KeySchema"], kinds)
    projection = described["Projection"]
    if projection["ProjectionType"] == "ALL":
        projected = None
    else:
        own = {element["AttributeName"] for element in described["KeySchema"]}
        projected = frozenset(keys | own | set(projection.get("NonKeyAttributes", ())))
    return Index(described["IndexName"], hash_part, range_part, projected, rows)


def _key_parts(schema: list[dict[str, str]], kinds: dict[str, str]) -> tuple[KeyPart, KeyPart | None]:
    names = [element["AttributeName"] for element in schema]
    hash_part = KeyPart.hash(names[0], kinds[names[0]])
    return hash_part, KeyPart.range(names[1], kinds[names[1]]) if len(names) > 1 else None
