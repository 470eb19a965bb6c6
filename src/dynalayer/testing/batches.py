"""Batches that a service does only in part, as it may (API reference, BatchWriteItem and BatchGetItem)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

UNDONE: Final = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}
"""Where the answer of each kind of batch names what was not done."""


def cut(operation: str, body: bytes, count: int) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The part of a batch that is done, and what puts the last `count` requests into the answer as undone."""
    request = msgspec.json.decode(body, type=dict[str, Any])
    rest = _take(request["RequestItems"], count)

    def with_rest(answer: bytes) -> bytes:
        return msgspec.json.encode({**msgspec.json.decode(answer, type=dict[str, Any]), UNDONE[operation]: rest})

    return msgspec.json.encode(request), with_rest


def _take(tables: dict[str, Any], count: int) -> dict[str, Any]:
    """Take up to `count` requests out of a batch, at least one is left."""
    rest: dict[str, Any] = {}
    for name in list(tables):
        table = tables[name]
        requests = table if isinstance(table, list) else table["Keys"]
        while count and (len(requests) > 1 or len(tables) > 1) and requests:
            taken, count = requests.pop(), count - 1
            _keep(rest, name, table, taken)
        if not requests:
            del tables[name]
    return rest


def _keep(rest: dict[str, Any], name: str, table: Any, taken: Any) -> None:
    if isinstance(table, list):
        rest.setdefault(name, []).append(taken)
    else:
        rest.setdefault(name, {**table, "Keys": []})["Keys"].append(taken)
