"""Asking for the cost of a call behind its caller's back: the answer is as it would have been without."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from .calls import Call

_READS: Final = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})
_WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_STATEMENTS: Final = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
_PRICED: Final = _READS | _WRITES | _STATEMENTS
"""The operations that take ReturnConsumedCapacity (API reference)."""

_Raw = dict[str, msgspec.Raw]


def asking(operation: str, body: bytes) -> tuple[bytes, bool]:
    """The request with the question for its cost, and whether it was added; a request that asks already stays."""
    if operation not in _PRICED:
        return body, False
    try:
        request = msgspec.json.decode(body, type=_Raw)
    except msgspec.DecodeError:
        return body, False
    asked = request.get("ReturnConsumedCapacity")
    if asked is not None and bytes(asked) != b'"NONE"':
        return body, False
    return msgspec.json.encode({**request, "ReturnConsumedCapacity": "TOTAL"}), True


def note(call: Call, answer: bytes, added: bool) -> bytes:
    """Write what the answer tells of the cost down at the call; gives the answer that its caller should see."""
    if call.operation not in _PRICED:
        return answer
    try:
        parts = msgspec.json.decode(answer, type=_Raw)
    except msgspec.DecodeError:
        return answer
    consumed = parts.pop("ConsumedCapacity", None) if added else parts.get("ConsumedCapacity")
    if consumed is not None:
        _add(call, msgspec.json.decode(consumed))
    call.returned = int(bytes(parts.get("Count", b"0")))
    call.examined = int(bytes(parts.get("ScannedCount", b"0")))
    return msgspec.json.encode(parts) if added and consumed is not None else answer


def _add(call: Call, consumed: dict[str, Any] | list[dict[str, Any]]) -> None:
    call.consumed = consumed if isinstance(consumed, list) else [consumed]
    for part in call.consumed:
        read, written = part.get("ReadCapacityUnits"), part.get("WriteCapacityUnits")
        if read is None and written is None:
            units = part.get("CapacityUnits", 0.0)
            read, written = (0.0, units) if _writes(call) else (units, 0.0)
        call.rcu += read or 0.0
        call.wcu += written or 0.0


def _writes(call: Call) -> bool:
    if call.operation in _STATEMENTS:
        request = call.request
        first = next(iter(request.get("Statements") or request.get("TransactStatements") or ()), request)
        return not str(first.get("Statement", "")).lstrip().upper().startswith(("SELECT", "EXISTS"))
    return call.operation in _WRITES
