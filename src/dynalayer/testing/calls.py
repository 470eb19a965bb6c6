"""The calls that were made at the seam, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(slots=True)
class Call:
    """A call as it was made, and what became of it.

    `rcu` and `wcu` are the read and write capacity units that the answer tells; `error` is the name of the error that
    came instead of an answer. `examined` and `returned` count the items of a query or a scan.
    """

    operation: str
    body: bytes
    rcu: float = 0.0
    wcu: float = 0.0
    error: str | None = None
    examined: int = 0
    returned: int = 0
    consumed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def request(self) -> dict[str, Any]:
        """The request as the API's JSON."""
        return msgspec.json.decode(self.body, type=dict[str, Any])

    @property
    def tables(self) -> list[str]:
        """The names of the tables that the call names, in the order of the request."""
        return list(dict.fromkeys(_tables(self.request)))

    @property
    def index(self) -> str | None:
        """The index that a query or a scan reads."""
        return self.request.get("IndexName")


class Units(float):
    """A number of capacity units that knows the calls it is the sum of, so that a failed test can show them."""

    calls: Calls

    def __new__(cls, units: float, calls: Calls) -> Units:
        """The number with its calls."""
        made = super().__new__(cls, units)
        made.calls = calls
        return made


class Calls(list[Call]):
    """Recorded calls in order, with their cost; `print` shows them as a table."""

    @property
    def total_rcu(self) -> Units:
        """The read capacity units of all calls together; 1 is a consistent read of up to 4 KB (guide, "Capacity")."""
        return Units(sum(call.rcu for call in self), self)

    @property
    def total_wcu(self) -> Units:
        """The write capacity units of all calls together; 1 is a write of up to 1 KB."""
        return Units(sum(call.wcu for call in self), self)

    @property
    def operations(self) -> list[str]:
        """The operations in the order in which they were called."""
        return [call.operation for call in self]

    @property
    def scans(self) -> Calls:
        """The calls that read a table or an index from end to end."""
        return self.of("Scan")

    def of(self, *operations: str, table: str | None = None) -> Calls:
        """The calls of some operations, or on one table; of none of these, all."""
        return Calls(
            call
            for call in self
            if (not operations or call.operation in operations) and (table is None or table in call.tables)
        )

    def by_operation(self) -> dict[str, Calls]:
        """The calls of each operation."""
        return {name: self.of(name) for name in dict.fromkeys(self.operations)}

    def __str__(self) -> str:
        return table_of(self)

    def __repr__(self) -> str:
        return f"<{len(self)} calls, {float(self.total_rcu):g} RCU, {float(self.total_wcu):g} WCU>"


_COLUMNS: tuple[tuple[str, Callable[[Call], str]], ...] = (
    ("operation", lambda call: call.operation),
    ("table", lambda call: ", ".join(call.tables) + (f" / {call.index}" if call.index else "")),
    ("RCU", lambda call: f"{call.rcu:g}"),
    ("WCU", lambda call: f"{call.wcu:g}"),
    ("read", lambda call: f"{call.returned} of {call.examined}" if call.examined else ""),
    ("error", lambda call: call.error or ""),
)


def table_of(calls: Calls) -> str:
    """The calls as lines of text, with a head and their sum."""
    rows = [[str(number), *(show(call) for _, show in _COLUMNS)] for number, call in enumerate(calls, 1)]
    total = ["", "total", "", f"{float(calls.total_rcu):g}", f"{float(calls.total_wcu):g}", "", ""]
    table = [["", *(name for name, _ in _COLUMNS)], *rows, total]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return "\n".join(_line(row, widths) for row in table)


def _line(row: list[str], widths: list[int]) -> str:
    right = {0, 3, 4}
    cells = (
        cell.rjust(width) if n in right else cell.ljust(width)
        for n, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def _tables(request: dict[str, Any]) -> Iterable[str]:
    name = request.get("TableName")
    if isinstance(name, str):
        yield name
    yield from request.get("RequestItems", ())
    for action in request.get("TransactItems", ()):
        yield from (part["TableName"] for part in action.values())
