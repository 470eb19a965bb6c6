"""What the way back tells of itself in the table of the state: that it runs, how far it is, what it could not do."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from dynalayer import Database
from dynalayer.migrate.target import item_at
from dynalayer.protocol import ResourceNotFound
from dynalayer.statements import Raw

_KEY: Final = {"PK": {"S": "SYNC"}, "SK": {"S": "NOW"}}


class Heartbeat(Struct, frozen=True):
    """The last sign of life of a synchronisation: moments are seconds of the epoch.

    All that happened in DynamoDB before `caught_up` is in SQL, except for the `left` items. `covers` are the entities
    that are brought back. `restored` and `skipped` are changes since the process began.
    """

    at: float
    caught_up: float
    covers: tuple[str, ...]
    restored: int = 0
    skipped: int = 0
    left: int = 0


class Leftover(Struct, frozen=True):
    """An item whose rows are not brought up to it, and why; `rows` are those that it was of before, by their keys.

    `key` is DynamoDB's JSON; None if all changes of a time are lost. There are no other values.
    """

    table: str
    key: dict[str, Any] | None
    reason: str
    rows: tuple[tuple[str, str], ...] = ()
    since: float = 0.0


def beat(database: Database, table: str, heartbeat: Heartbeat) -> None:
    """Tell that it runs."""
    item = {**_KEY, "beat": {"S": msgspec.json.encode(heartbeat).decode()}}
    database.run(Raw("PutItem", {"TableName": table, "Item": item}, repeatable=True))


def last_beat(database: Database, table: str) -> Heartbeat | None:
    """The last sign of life; None if there never was one."""
    try:
        item = item_at(database, table, _KEY)
    except ResourceNotFound:
        return None
    return None if item is None else msgspec.json.decode(item["beat"]["S"], type=Heartbeat)
