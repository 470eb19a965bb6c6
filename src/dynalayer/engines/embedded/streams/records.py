"""The streams of tables: begun, ended, found, and forgotten after a day (guide, "Change data capture for Streams").

Every stream has a row in `streams` and a SQLite table of its own for its records, whose numbers have no gaps. A stream
is one shard: all processes that write a table queue for the same file, so there is one order of its changes. A stream
that has ended, because it was disabled or its table deleted, can be read for another day.
"""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from dynalayer.engines.embedded.requests.structs import StreamSpecification
from dynalayer.engines.embedded.streams.capture import stream_rows
from dynalayer.engines.embedded.tables.catalog import Definition
from dynalayer.protocol import ResourceNotFound, ValidationError, messages
from dynalayer.protocol.limits import STREAM_SECONDS

_NUMBERS: Final = 10**14
"""Sequence numbers are the time of the stream's beginning, in milliseconds, and the number of the record."""
_COLUMNS: Final = "id, arn, table_name, started, ended, view, key_schema"


class Stream(msgspec.Struct, frozen=True):
    """A stream as the file knows it; `started` is in milliseconds since 1970, `ended` in seconds."""

    id: int
    arn: str
    table_name: str
    started: int
    ended: float | None
    view: str
    key_schema: bytes

    @property
    def label(self) -> str:
        """The time of its beginning, which is the last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def rows(self) -> str:
        """The SQLite table that holds the records."""
        return stream_rows(self.id)

    @property
    def shard(self) -> str:
        """The name of its one shard."""
        return f"shardId-{self.started:020d}-{hashlib.sha256(self.arn.encode()).hexdigest()[:8]}"

    def sequence_number(self, number: int) -> str:
        """The sequence number of a record: at least 27 digits, growing with the record's number."""
        return f"{self.started * _NUMBERS + number:027d}"

    def number(self, sequence_number: str) -> int:
        """The number of the record that has this sequence number; what is no record's is below 1 or very large."""
        if not (sequence_number.isascii() and sequence_number.isdigit()):
            raise ValidationError(messages.SEQUENCE_NUMBER)
        return int(sequence_number) - self.started * _NUMBERS


def check(wanted: StreamSpecification | None) -> None:
    """Refuse a stream without a view type, and a view type without a stream (API reference, "StreamSpecification")."""
    if wanted is None:
        return
    if wanted.stream_enabled and wanted.stream_view_type is None:
        raise ValidationError(messages.STREAM_VIEW_MISSING)
    if not wanted.stream_enabled and wanted.stream_view_type is not None:
        raise ValidationError(messages.STREAM_VIEW_UNASKED)


def switch(connection: sqlite3.Connection, definition: Definition, wanted: StreamSpecification, now: float) -> None:
    """Begin or end a table's stream as UpdateTable asks; the definition must then be kept under a new generation.

    Raises `ValidationError` for a second stream, and when there is none to end (API reference, "UpdateTable").
    """
    check(wanted)
    if wanted.stream_enabled:
        if definition.stream is not None:
            raise ValidationError(messages.STREAM_ENABLED.format(definition.description["LatestStreamArn"]))
        start(connection, definition, wanted, now)
    else:
        if definition.stream is None:
            raise ValidationError(messages.STREAM_NONE)
        end(connection, definition, now)


def start(connection: sqlite3.Connection, definition: Definition, wanted: StreamSpecification, now: float) -> None:
    """Begin a stream for the table, and tell of it in the table's description."""
    description = definition.description
    name = description["TableName"]
    (latest,) = connection.execute("SELECT max(started) FROM streams WHERE table_name = ?", (name,)).fetchone()
    started = max(round(now * 1000), (latest or 0) + 1)
    moment = datetime.fromtimestamp(started // 1000, UTC)
    label = f"{moment:%Y-%m-%dT%H:%M:%S}.{started % 1000:03d}"
    arn = f"{description['TableArn']}/stream/{label}"
    cursor = connection.execute(
        "INSERT INTO streams (arn, table_name, started, view, key_schema) VALUES (?, ?, ?, ?, ?)",
        (arn, name, started, wanted.stream_view_type, msgspec.json.encode(description["KeySchema"])),
    )
    definition.stream = int(cursor.lastrowid or 0)
    description["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": wanted.stream_view_type}
    description["LatestStreamLabel"] = label
    description["LatestStreamArn"] = arn
    connection.execute(
        f"CREATE TABLE {stream_rows(definition.stream)} (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
        " event TEXT NOT NULL, expired INTEGER NOT NULL, size INTEGER NOT NULL, keys BLOB NOT NULL, new BLOB, old BLOB)"
    )


def end(connection: sqlite3.Connection, definition: Definition, now: float) -> None:
    """End the table's stream, if it has one; its records stay for a day."""
    if definition.stream is not None:
        connection.execute("UPDATE streams SET ended = ? WHERE id = ?", (now, definition.stream))
        definition.stream = None
        definition.description.pop("StreamSpecification", None)


def find(connection: sqlite3.Connection, arn: str, now: float, missing: str = messages.STREAM_MISSING) -> Stream:
    """The stream of that ARN; raises `ResourceNotFound` with the message given."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM streams WHERE arn = ? AND (ended IS NULL OR ended >= ?)", (arn, now - STREAM_SECONDS)
    ).fetchone()
    if row is None:
        raise ResourceNotFound(missing.format(arn))
    return Stream(*row)


def some(connection: sqlite3.Connection, table: str | None, after: str, limit: int, now: float) -> list[Stream]:
    """Up to `limit` streams, of one table or of all, whose ARNs sort behind `after`."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM streams WHERE arn > ? AND (? IS NULL OR table_name = ?)"
        " AND (ended IS NULL OR ended >= ?) ORDER BY arn LIMIT ?",
        (after, table, table, now - STREAM_SECONDS, limit),
    )
    return [Stream(*row) for row in rows.fetchall()]


def last_number(connection: sqlite3.Connection, stream: Stream) -> int:
    """The number of the latest record, which may be gone already; 0 if there never was one."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (stream.rows,)).fetchone()
    return int(row[0]) if row else 0


def first_since(connection: sqlite3.Connection, stream: Stream, moment: float) -> int:
    """The number of the first record made at `moment` (seconds since 1970) or later, or of the record to come."""
    row = connection.execute(f"SELECT min(number) FROM {stream.rows}").fetchone()
    low, high = row[0] or last_number(connection, stream) + 1, last_number(connection, stream) + 1
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(f"SELECT at FROM {stream.rows} WHERE number = ?", (middle,)).fetchone()
        # What is not there any more has been trimmed, and so is older.
        if found is None or found[0] < moment:
            low = middle + 1
        else:
            high = middle
    return low


def trim(connection: sqlite3.Connection, now: float, limit: int) -> int:
    """Delete up to `limit` records older than a day, and streams that ended and are empty; returns how many records."""
    deleted = 0
    horizon = now - STREAM_SECONDS
    for stream_id, ended in connection.execute("SELECT id, ended FROM streams").fetchall():
        rows = stream_rows(stream_id)
        oldest = connection.execute(f"SELECT at FROM {rows} ORDER BY number LIMIT 1").fetchone()
        if oldest is not None and oldest[0] < horizon:
            deleted += connection.execute(
                f"DELETE FROM {rows} WHERE number <= (SELECT max(number) FROM"
                f" (SELECT number, at FROM {rows} ORDER BY number LIMIT ?) WHERE at < ?)",
                (limit - deleted, horizon),
            ).rowcount
        elif oldest is None and ended is not None and ended < horizon:
            connection.execute(f"DROP TABLE {rows}")
            connection.execute("DELETE FROM streams WHERE id = ?", (stream_id,))
    return deleted


def described(stream: Stream) -> dict[str, Any]:
    """What ListStreams and DescribeStream both tell of a stream."""
    return {"StreamArn": stream.arn, "TableName": stream.table_name, "StreamLabel": stream.label}
