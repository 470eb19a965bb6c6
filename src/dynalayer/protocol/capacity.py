"""Asking for the capacity that a call consumes, and reading what the answer tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, Literal

import msgspec

READS: Final = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})
WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
STATEMENTS: Final = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
PRICED: Final = READS | WRITES | STATEMENTS
"""The operations that take ReturnConsumedCapacity (API reference)."""

Detail = Literal["TOTAL", "INDEXES"]
"""The units of a call in one sum, or of its table and of each index."""

_ASKING: Final = {"TOTAL": b',"ReturnConsumedCapacity":"TOTAL"}', "INDEXES": b',"ReturnConsumedCapacity":"INDEXES"}'}
_NONE: Final = Decimal(0)
_Raw = dict[str, msgspec.Raw]


class Consumed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The capacity units that a call took of a table, or of one of its indexes."""

    table: str
    index: str | None = None
    read: Decimal = _NONE
    write: Decimal = _NONE


class _Units(msgspec.Struct):
    CapacityUnits: Decimal | None = None
    ReadCapacityUnits: Decimal | None = None
    WriteCapacityUnits: Decimal | None = None


class _Capacity(_Units):
    TableName: str = ""
    Table: _Units | None = None
    LocalSecondaryIndexes: dict[str, _Units] | None = None
    GlobalSecondaryIndexes: dict[str, _Units] | None = None


class _Answer(msgspec.Struct):
    ConsumedCapacity: _Capacity | list[_Capacity] | None = None


_decode = msgspec.json.Decoder(_Answer).decode

_NAME: Final = b'"ConsumedCapacity":'
_FIRST: Final = b'{"ConsumedCapacity":{'
_SHORT: Final = 512
_MOST_KNOWN: Final = 4096
_Known = dict[bytes, tuple[Consumed, ...]]
_known: tuple[_Known, _Known] = ({}, {})
"""What has been read before, of reads and of writes, by the text of the member."""


def asking(operation: str, body: bytes, detail: Detail = "TOTAL") -> tuple[bytes, bool]:
    """The request with the question for its cost, and whether it was added; a request that asks already stays."""
    if operation not in PRICED:
        return body, False
    # The text can only be a field of the request itself, or something that a user has stored: then it is looked at.
    if b'"ReturnConsumedCapacity"' not in body and body[-1:] == b"}" and body[-2:-1] not in b"{ \n\r\t":
        return body[:-1] + _ASKING[detail], True
    return _asked_anew(body, detail)


def _asked_anew(body: bytes, detail: Detail) -> tuple[bytes, bool]:
    try:
        request = msgspec.json.decode(body, type=_Raw)
    except msgspec.DecodeError:
        return body, False
    asked = request.get("ReturnConsumedCapacity")
    if asked is not None and bytes(asked) != b'"NONE"':
        return body, False
    return msgspec.json.encode({**request, "ReturnConsumedCapacity": detail}), True


def questions(detail: Detail) -> dict[str, bytes]:
    """What goes in place of the last byte of a request that does not ask for its cost yet, by operation."""
    return dict.fromkeys(PRICED, _ASKING[detail])


def without_capacity(answer: bytes) -> bytes:
    """The answer as it would have been without the question; one that is no JSON stays."""
    try:
        parts = msgspec.json.decode(answer, type=_Raw)
    except msgspec.DecodeError:
        return answer
    return answer if parts.pop("ConsumedCapacity", None) is None else msgspec.json.encode(parts)


def consumed_of(operation: str, body: bytes, answer: bytes) -> tuple[Consumed, ...]:
    """What an answer tells of the units that its call took, part by part; nothing if it does not tell.

    `body` is the request: of a PartiQL statement only its text tells whether it writes.
    """
    return consumed_shortly(operation in WRITES or (operation in STATEMENTS and is_written(body)), answer)


def consumed_shortly(writes: bool, answer: bytes) -> tuple[Consumed, ...]:
    """The same of an answer to an operation of which it is known whether it writes.

    Calls of one kind take the same again and again: what has been read before is found by its text.
    """
    known = _known[writes]
    if answer.startswith(_FIRST):
        # Of most writes that is the whole answer.
        found = known.get(answer[len(_FIRST) - 1 : -1]) if len(answer) <= _SHORT else None
        if found is not None:
            return found
        # The service writes members in the order of the alphabet, so that the table's name ends it.
        member = answer[len(_FIRST) - 1 : answer.find(b"}", answer.find(b'"TableName":"')) + 1]
        found = known.get(member)
        if found is not None:
            return found
        if member.count(b"{") == member.count(b"}"):
            return _read_anew(answer, member, writes)
    start = answer.rfind(_NAME)
    if start < 0:
        return _read(answer, writes) if _NAME[:-1] in answer else ()
    member = answer[start + len(_NAME) : -1]
    return known.get(member) or _read_anew(answer, member, writes)


def _read_anew(answer: bytes, member: bytes, writes: bool) -> tuple[Consumed, ...]:
    # If it is only a part, or within something else, it is not the answer's own: what comes out is no JSON then.
    found = _read(b'{"ConsumedCapacity":' + member + b"}", writes)
    if not found:
        return _read(answer, writes)
    known = _known[writes]
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[member] = found
    return found


def _read(answer: bytes, writes: bool) -> tuple[Consumed, ...]:
    try:
        told = _decode(answer).ConsumedCapacity
    except msgspec.DecodeError:
        return ()
    if told is None:
        return ()
    if not isinstance(told, list):
        return tuple(_parts(told, writes))
    return tuple([part for each in told for part in _parts(each, writes)])


def is_written(body: bytes) -> bool:
    """Whether the PartiQL statements of a request write; a request has reads or writes, never both."""
    request = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    several = request.get("Statements") or request.get("TransactStatements")
    first = request
    if several is not None:
        first = next(iter(msgspec.json.decode(several, type=list[_Raw])), {})
    text = msgspec.json.decode(first.get("Statement", b'""'), type=str)
    return not text.lstrip().upper().startswith(("SELECT", "EXISTS"))


def _parts(told: _Capacity, writes: bool) -> Iterator[Consumed]:
    if told.Table is None:
        yield _consumed(told.TableName, None, told, writes)
        return
    indexes = {**(told.LocalSecondaryIndexes or {}), **(told.GlobalSecondaryIndexes or {})}
    # A query on an index takes nothing of the table, and is told to take 0 of it.
    if told.Table.CapacityUnits or not indexes:
        yield _consumed(told.TableName, None, told.Table, writes)
    for name, units in indexes.items():
        yield _consumed(told.TableName, name, units, writes)


def _consumed(table: str, index: str | None, units: _Units, writes: bool) -> Consumed:
    read, write = units.ReadCapacityUnits, units.WriteCapacityUnits
    if read is None and write is None:
        told = units.CapacityUnits or _NONE
        read, write = (_NONE, told) if writes else (told, _NONE)
    return Consumed(table, index, read or _NONE, write or _NONE)
