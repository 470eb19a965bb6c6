"""Asking for the cost of a call behind its caller's back: the answer is as it would have been without."""

from __future__ import annotations

from typing import Any

import msgspec

from dynalayer.protocol import PRICED, WRITES, asking, is_written, without_capacity

from .calls import Call

__all__ = ["asking", "note"]

_Raw = dict[str, msgspec.Raw]


def note(call: Call, answer: bytes, added: bool) -> bytes:
    """Write what the answer tells of the cost down at the call; gives the answer that its caller should see."""
    if call.operation not in PRICED:
        return answer
    try:
        parts = msgspec.json.decode(answer, type=_Raw)
    except msgspec.DecodeError:
        return answer
    consumed = parts.get("ConsumedCapacity")
    if consumed is not None:
        _add(call, msgspec.json.decode(consumed))
    call.returned = int(bytes(parts.get("Count", b"0")))
    call.examined = int(bytes(parts.get("ScannedCount", b"0")))
    return without_capacity(answer) if added else answer


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
    return call.operation in WRITES or ("Execute" in call.operation and is_written(call.body))
