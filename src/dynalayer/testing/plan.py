"""Which calls go wrong and how, decided without making any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dynalayer.protocol import DynalayerError


@dataclass
class Fault:
    """One way to go wrong: `error` is raised instead of the call, or after it when `after_commit`."""

    error: DynalayerError
    operation: str | None
    times: int
    after_commit: bool


@dataclass(frozen=True)
class Call:
    """A call as it was made."""

    operation: str
    body: bytes

    @property
    def request(self) -> dict[str, Any]:
        """The request as the API's JSON."""
        return msgspec.json.decode(self.body, type=dict[str, Any])


@dataclass
class Plan:
    """The faults that are still to come, and the calls made so far."""

    faults: list[Fault] = field(default_factory=list[Fault])
    undone: list[int] = field(default_factory=list[int])
    calls: list[Call] = field(default_factory=list[Call])

    def fail(
        self, error: DynalayerError, *, operation: str | None = None, times: int = 1, after_commit: bool = False
    ) -> None:
        """Let the next `times` calls (of one operation, if named) raise `error`.

        With `after_commit` the call is made first, so that its effect is there although no answer came.
        """
        self.faults.append(Fault(error, operation, times, after_commit))

    def leave_undone(self, count: int, *, times: int = 1) -> None:
        """Let the next `times` batch writes and batch reads leave their last `count` requests undone."""
        self.undone += [count] * times

    def next_fault(self, operation: str) -> Fault | None:
        """The fault of this call, if it has one; it is used up."""
        for fault in self.faults:
            if fault.operation in (None, operation):
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
                return fault
        return None

    def cut(self, operation: str, body: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
        """The part of a batch that is done, and what puts the rest into the answer as undone."""
        if not self.undone or operation not in ("BatchWriteItem", "BatchGetItem"):
            return body, lambda answer: answer
        count = self.undone.pop(0)
        name = "UnprocessedItems" if operation == "BatchWriteItem" else "UnprocessedKeys"
        request = msgspec.json.decode(body, type=dict[str, Any])
        rest = _take(request["RequestItems"], count)

        def with_rest(answer: bytes) -> bytes:
            return msgspec.json.encode({**msgspec.json.decode(answer, type=dict[str, Any]), name: rest})

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
