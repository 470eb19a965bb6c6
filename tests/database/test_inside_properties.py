"""Whatever others do between the calls of an update, it changes what is there at one moment, once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    Attr,
    ConditionFailed,
    Create,
    Database,
    Entity,
    Index,
    InvalidValue,
    Table,
    TransactionCanceled,
    Update,
    attr,
    index,
    primary,
    updated,
)
from dynalayer.protocol import Connection
from dynalayer.statements import Raw
from dynalayer.testing import FrozenClock

table = Table("interleaved", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")])


class Counter(Entity, table=table, inside="Data"):
    id: Attr[str] = attr()
    count: Attr[int] = attr(default=0)
    note: Attr[str] = attr(default="-")
    beside: Attr[int] = attr(default=0, outside=True)
    at: Attr[int] = updated()
    key = primary(id, pk="COUNTER#{id}")
    by_note = index("GSI1", note, pk="NOTE#{note}", sk="COUNTER")


KEY, OTHER = Counter.key("1"), Counter.key("2")
Item = dict[str, Any]
ACTS = st.sampled_from(["delete", "bare", "empty", "older", "other program"])


def disturbed(kind: str, item: Item | None) -> Item | None:
    """What somebody else leaves in place of an item."""
    there = item or dict(KEY.wire)
    match kind:
        case "delete":
            return None
        case "bare":
            return {name: wire for name, wire in there.items() if name != "Data"} | {"beside": {"N": "5"}}
        case "empty":
            return there | {"Data": {"M": {}}}
        case "older":
            return there | {"Data": {"M": {"id": {"S": "1"}, "count": {"N": "7"}, "theirs": {"S": "kept"}}}}
        case _:
            return there | {"theirs": {"S": "kept"}}


class Interrupted:
    """A connection on which somebody else acts before each write; `before` is the item as the last write met it."""

    def __init__(self, connection: Connection, acts: list[str | None]) -> None:
        self.connection = connection
        self.acts = acts
        self.before: Item | None = None

    def call(self, operation: str, body: bytes) -> bytes:
        if operation in ("UpdateItem", "TransactWriteItems"):
            act = self.acts.pop(0) if self.acts else None
            if act is not None:
                leave(self.connection, disturbed(act, found(self.connection)))
            self.before = found(self.connection)
        return self.connection.call(operation, body)

    def close(self) -> None:
        self.connection.close()


def found(connection: Connection) -> Item | None:
    item: Item | None = Database(connection).run(Raw("GetItem", {"TableName": table.name, "Key": KEY.wire})).get("Item")
    return item


def leave(connection: Connection, item: Item | None) -> None:
    name = {"TableName": table.name}
    if item is None:
        Database(connection).run(Raw("DeleteItem", {**name, "Key": KEY.wire}))
    else:
        Database(connection).run(Raw("PutItem", {**name, "Item": item}))


def after(before: Item | None, *, upsert: bool, at: str) -> Item:
    """The item that adding to its count and setting its note leaves, as the rules of flat attributes have it."""
    item = dict(before or KEY.wire)
    inner = dict(item.get("Data", {"M": {}})["M"])
    inner |= {
        "count": {"N": str(int(inner.get("count", {"N": "0"})["N"]) + 1)},
        "note": {"S": "new"},
        "at": {"N": at},
    }
    if upsert:
        inner["id"] = {"S": "1"}
        item.setdefault("beside", {"N": "0"})
    item |= {"Data": {"M": inner}, "GSI1PK": {"S": "NOTE#new"}}
    if upsert:
        item["GSI1SK"] = {"S": "COUNTER"}
    return item


def single(db: Database, update: Update[Counter]) -> None:
    db.run(update)


def together(db: Database, update: Update[Counter]) -> None:
    db.transact(update, Create(Counter(id="2")))


@settings(max_examples=150, deadline=None)
@given(
    first=st.none() | ACTS,
    acts=st.lists(st.none() | ACTS, max_size=6),
    upsert=st.booleans(),
    write=st.sampled_from([single, together]),
)
def test_an_update_is_made_once_of_what_it_met(
    first: str | None, acts: list[str | None], upsert: bool, write: Callable[..., None]
) -> None:
    clock = FrozenClock()
    connection = Interrupted(Database("memory:", clock=clock).connection, acts)
    with Database(connection, clock=clock) as db:
        db.create_tables(table)
        leave(connection.connection, None if first is None else disturbed(first, None))
        update = Update(KEY, (Counter.count.add(1), Counter.note.set("new")), upsert=upsert)
        try:
            write(db, update)
        except (ConditionFailed, TransactionCanceled):
            assert connection.before is None
            assert not upsert
            assert found(connection.connection) is None
            return
        except InvalidValue:
            # The update is made, but what others left lacks what the class needs.
            assert "id" not in (found(connection.connection) or {})["Data"]["M"]
        left = found(connection.connection)
        assert left == after(connection.before, upsert=upsert, at=str(int(clock.now * 1000)))
