"""What a statement is about, in names: its table, index, entity, and a hash of its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from dynalayer.schema import Definition, Entity, Key, Table, Wire
from dynalayer.statements import (
    BatchGet,
    BatchWrite,
    CollectionPage,
    Create,
    Delete,
    EncodedBatch,
    Get,
    GetRow,
    Put,
    QueryPage,
    ScanPage,
    Statement,
    TransactGet,
    Transaction,
    Update,
)
from dynalayer.telemetry import hashed

About = tuple[str | None, str | None, str | None]
"""Table, index and entity of a statement."""


_Parts = Mapping[str, Wire] | msgspec.Struct | tuple[Wire, ...]
_SHORT: Final = 2048
"""Longer requests are not kept, so that what is noted of calls does not fill the memory."""

Names = tuple[str, str, str | None, str | None, str | None, str | None]
"""Operation, kind, table, index, entity and the hash of the key: what a call is about."""


class Written(msgspec.Struct, gc=False):
    """What is kept of a statement that writes one item, when the item is let go: enough to name it."""

    kind: type[Statement[Any]]
    definition: Definition
    request: bytes | None
    """The request, from which the key is read; None if nobody wants to know."""
    wire: _Parts | None = None
    """The key, if it was read already."""


What = Statement[Any] | Written | Names
"""A statement, or what is kept of it to be named later."""


def kept(what: What, body: bytes, salt: bytes | None) -> What:
    """What to keep of a statement, to be named later: nothing that changes, and no items. `body` is its request."""
    if isinstance(what, Put):
        definition = what.entity.__definition__
    elif isinstance(what, (Update, Delete)):
        definition = what.target.definition if isinstance(what.target, Key) else what.target.__definition__
    else:
        return what if type(what) in IMMUTABLE or isinstance(what, (Written, tuple)) else named(what, body, salt)
    if salt is None:
        return Written(type(what), definition, None)
    # The entity may be changed before it is named, so its key is read from the request.
    written = Written(type(what), definition, body)
    if len(body) > _SHORT:
        written.wire, written.request = _key_in(written), None
    return written


def named(what: What, body: bytes, salt: bytes | None) -> Names:
    """The names of a statement, or of what was kept of it; `body` is its request, if it is a statement."""
    kind: type[Any] = type(what)
    index: str | None = None
    parts: _Parts | None
    if isinstance(what, Get):
        definition, parts = what.key.definition, what.key.wire
    elif isinstance(what, tuple):
        return what
    elif isinstance(what, Written):
        kind, definition, parts = what.kind, what.definition, _key_in(what)
    elif isinstance(what, QueryPage):
        query = what.query
        definition, index, parts = query.definition, query.path.index, query.partition
    elif isinstance(what, (Put, Update, Delete)):
        definition, parts = what.definition, None if salt is None else what.key.wire
    else:
        return _named(what, body, salt)
    table = definition.table.name
    key = None if salt is None or parts is None else hashed(salt, table, parts)
    return kind.operation, kind.__name__, table, index, definition.name, key


def _key_in(written: Written) -> _Parts | None:
    if written.request is None:
        return written.wire
    found = _key_reader(written.definition.table)(written.request)
    parts: _Parts = found.Item or found.Key
    return parts


IMMUTABLE: Final = frozenset({Get, GetRow, QueryPage, CollectionPage, ScanPage})
"""Statements that may be kept: they hold keys and conditions, and what they hold does not change."""

KINDS: Final[tuple[Any, ...]] = (
    *IMMUTABLE,
    Put,
    Create,
    Update,
    Delete,
    BatchGet,
    BatchWrite,
    EncodedBatch,
    TransactGet,
    Transaction,
)
"""The statements of this library that ask for what their tables hold."""


@lru_cache(maxsize=1024)
def _key_reader(table: Table) -> Callable[[bytes], Any]:
    """Reads the key out of a request that writes one item, and nothing else: a struct with it as `Item` or `Key`."""
    key = msgspec.defstruct("_Key", [(f"k{n}", Any) for n in range(len(table.key_names))], rename=_renaming(table))
    writing = msgspec.defstruct("_Writing", [("Item", key | None, None), ("Key", key | None, None)])
    return msgspec.json.Decoder(writing).decode


def _renaming(table: Table) -> dict[str, str]:
    return {f"k{n}": name for n, name in enumerate(table.key_names)}


class _Request(msgspec.Struct):
    """The names in a request."""

    TableName: str | None = None
    IndexName: str | None = None
    RequestItems: dict[str, msgspec.Raw] = {}


_names_of = msgspec.json.Decoder(_Request).decode


def _named(statement: Statement[Any], body: bytes, salt: bytes | None) -> Names:
    table, index, entity = _about(statement, body)
    parts = None if salt is None or table is None else _parts(statement)
    key = None if salt is None or table is None or parts is None else hashed(salt, table, parts)
    kind = "BatchWrite" if isinstance(statement, EncodedBatch) else type(statement).__name__
    return statement.operation, kind, table, index, entity, key


def _about(statement: Statement[Any], body: bytes) -> About:
    if isinstance(statement, GetRow):
        return _of_all([statement.selected.source.definition])
    if isinstance(statement, CollectionPage):
        members = statement.collection.members
        return _of_all([member.definition for member in members], members[0].path.index)
    if isinstance(statement, ScanPage):
        scan = statement.scan
        return scan.table.name, scan.index, _joined([definition.name for definition in scan.entities])
    if isinstance(statement, (BatchGet, TransactGet)):
        return _of_all([key.definition for key in statement.keys])
    if isinstance(statement, (BatchWrite, EncodedBatch)):
        return _of_all([_definition(action) for action in statement.actions])
    if isinstance(statement, Transaction):
        return _of_all([action.definition for action in statement.actions])
    return _of_request(body)


def _of_all(definitions: Sequence[Definition], index: str | None = None) -> About:
    return _joined([each.table.name for each in definitions]), index, _joined([each.name for each in definitions])


def _of_request(body: bytes) -> About:
    try:
        found = _names_of(body)
    except msgspec.DecodeError:
        return None, None, None
    return found.TableName or _joined(found.RequestItems), found.IndexName, None


def _joined(names: Iterable[str]) -> str | None:
    return " + ".join(sorted(set(names))) or None


def _definition(action: Entity | Key[Any]) -> Definition:
    return action.definition if isinstance(action, Key) else action.__definition__


def _parts(statement: Statement[Any]) -> _Parts | None:
    """The one key that a statement is about, or the partition that it reads."""
    if isinstance(statement, GetRow):
        return statement.selected.source.wire
    if isinstance(statement, CollectionPage):
        return statement.collection.members[0].partition
    return None
