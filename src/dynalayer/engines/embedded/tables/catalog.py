"""The tables of a database: their definitions in the file, and what each process remembers of them.

Every row of the catalog has an id that is never used again and a generation. Both are part of the names of the
table's SQLite tables, so a process that remembers an outdated definition meets "no such table" at its next statement,
forgets, and reads again: no lock and no look at the catalog is needed before a read or a write.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from dynalayer.engines.embedded.storage.store import Storage
from dynalayer.engines.embedded.streams.capture import Capture, Clock
from dynalayer.engines.embedded.tables.keyparts import KeyPart, KeySide
from dynalayer.engines.embedded.tables.shape import Index, Table
from dynalayer.protocol import ResourceInUse, ResourceNotFound, ValidationError, messages

_ARN = re.compile(r"arn:[^:]+:dynamodb:[^:]+:\d+:table/([a-zA-Z0-9_.-]{3,255})").fullmatch
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}").fullmatch


class Definition(msgspec.Struct, kw_only=True):
    """All that is kept of a table: its description as DescribeTable gives it, and the settings beside it."""

    description: dict[str, Any]
    tags: list[dict[str, str]] = []
    ttl: str | None = None
    stream: int | None = None
    recovery_since: float | None = None
    recovery_days: int = 35
    places: dict[str, int] = {}
    """Numbers of the indexes, by name; files of the first releases have none, and number global indexes in order."""
    backfill: dict[str, str] = {}
    """How far the items that were there before an index have been copied into it: the last key, in hex."""


class StoredIndex(NamedTuple):
    """An index as it is described, and the SQLite table that holds its entries."""

    described: dict[str, Any]
    rows: str
    local: bool


class Record(msgspec.Struct, frozen=True):
    """A definition with its place in the catalog."""

    id: int
    generation: int
    definition: Definition

    @property
    def rows(self) -> str:
        """The SQLite table that holds the items."""
        return f"data_{self.id}_{self.generation}"

    @property
    def collections(self) -> str:
        """The SQLite table that holds the sizes of item collections, if the table has local indexes."""
        return f"collections_{self.id}_{self.generation}"

    @property
    def has_local(self) -> bool:
        """Whether the table has local indexes."""
        return "LocalSecondaryIndexes" in self.definition.description

    def index_rows(self, number: int) -> str:
        """The SQLite table that holds the entries of an index."""
        return f"index_{self.id}_{self.generation}_{number}"

    def indexes(self) -> Iterator[StoredIndex]:
        """All indexes, the local ones last."""
        description, places = self.definition.description, self.definition.places
        for position, described in enumerate(description.get("GlobalSecondaryIndexes", ())):
            yield StoredIndex(described, self.index_rows(places.get(described["IndexName"], position)), False)
        for described in description.get("LocalSecondaryIndexes", ()):
            yield StoredIndex(described, self.index_rows(places[described["IndexName"]]), True)

    def tables(self) -> list[str]:
        """All SQLite tables of the record."""
        return [self.rows, *(index.rows for index in self.indexes()), *([self.collections] if self.has_local else ())]


_decode_definition = msgspec.json.Decoder(Definition).decode


class Catalog:
    """Definitions of tables, remembered per process; `clock` dates the records of their streams."""

    def __init__(self, storage: Storage, clock: Clock = time.time) -> None:
        self._storage = storage
        self._clock = clock
        self._tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """The table of that name (or ARN), as last known; raises `ResourceNotFound`."""
        table = self._tables.get(name)
        if table is None:
            with self._storage.reading() as connection:
                table = table_of(record(connection, name), self._clock)
            self._tables[name] = table
        return table

    def forget(self) -> None:
        """Read definitions again when next asked."""
        self._tables = {}


def bare_name(name: str) -> str:
    """The name of a table given by name or by ARN; what is neither is given back as it is."""
    found = _ARN(name)
    return name if found is None else found[1]


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
    for index in added.indexes():
        create_index(connection, index.rows)
    if added.has_local:
        connection.execute(
            f"CREATE TABLE {added.collections} (pk BLOB NOT NULL PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID"
        )


def create_index(connection: sqlite3.Connection, rows: str) -> None:
    """Make the SQLite table that holds the entries of an index."""
    connection.execute(
        f"CREATE TABLE {rows} (hk BLOB NOT NULL, rk BLOB NOT NULL, pk BLOB NOT NULL,"
        " sk BLOB NOT NULL, PRIMARY KEY (hk, rk, pk, sk)) WITHOUT ROWID"
    )


def drop(connection: sqlite3.Connection, dropped: Record) -> None:
    """Remove a table with its items."""
    connection.execute("DELETE FROM catalog WHERE id = ?", (dropped.id,))
    for rows in dropped.tables():
        connection.execute(f"DROP TABLE {rows}")


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
    for old, new in zip(changed.tables(), renewed.tables(), strict=True):
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
    return renewed


def table_of(found: Record, clock: Clock = time.time) -> Table:
    """The working form of a table's definition; `clock` dates the records of its stream."""
    description = found.definition.description
    kinds = {part["AttributeName"]: part["AttributeType"] for part in description["AttributeDefinitions"]}
    hashes, ranges = _key_parts(description["KeySchema"], kinds)
    keys = {part.name for part in (*hashes, *ranges)}
    return Table(
        description["TableName"],
        found.rows,
        hashes[0],
        ranges[0] if ranges else None,
        tuple(_index(index, kinds, keys) for index in found.indexes()),
        found.definition.ttl,
        collections=found.collections if found.has_local else None,
        stream=_capture(found.definition, clock),
    )


def _capture(definition: Definition, clock: Clock) -> Capture | None:
    if definition.stream is None:
        return None
    return Capture(definition.stream, definition.description["StreamSpecification"]["StreamViewType"], clock)


def _index(index: StoredIndex, kinds: dict[str, str], keys: set[str]) -> Index:
    described = index.described
    hashes, ranges = _key_parts(described["KeySchema"], kinds)
    projection = described["Projection"]
    if projection["ProjectionType"] == "ALL":
        projected = None
    else:
        own = {element["AttributeName"] for element in described["KeySchema"]}
        projected = frozenset(keys | own | set(projection.get("NonKeyAttributes", ())))
    active = described.get("IndexStatus", "ACTIVE") == "ACTIVE"
    return Index(described["IndexName"], KeySide(hashes), KeySide(ranges), projected, index.rows, index.local, active)


def _key_parts(schema: list[dict[str, str]], kinds: dict[str, str]) -> tuple[tuple[KeyPart, ...], tuple[KeyPart, ...]]:
    names: dict[str, list[str]] = {"HASH": [], "RANGE": []}
    for element in schema:
        names[element["KeyType"]].append(element["AttributeName"])
    hashes = tuple(KeyPart.hash(name, kinds[name]) for name in names["HASH"])
    return hashes, tuple(KeyPart.range(name, kinds[name]) for name in names["RANGE"])
