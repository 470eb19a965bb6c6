"""Waiting for tables: short waits first, longer ones later, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator

from dynalayer.protocol import NotReady
from dynalayer.schema import Table
from dynalayer.statements.plan import Pause, Steps, ask

from .tables import DescribeTable, Description

_PASSING = ("CREATING", "UPDATING")
_FIRST_WAIT = 0.1
_LONGEST_WAIT = 5.0
_PATIENCE = 900.0
"""Seconds that a table may take to become ready; the service needs some ten for a new one."""
_PATIENCE_WITH_INDEXES = 1_800.0
"""The same for a table with its indexes, which the service fills from all items when they are new."""


def ready(table: Table, known: Description | None = None) -> Steps[Description]:
    """The description of a table once it can be used and changed; `known` is what was told of it a moment ago."""
    if known is not None and known["TableStatus"] not in _PASSING:
        return known
    for wait in waits(f"table {table.name!r} is still being made or changed"):
        description = yield from ask(DescribeTable(table.name))
        if description["TableStatus"] not in _PASSING:
            return description
        yield wait
    raise AssertionError("waiting ends in an error")


def settled(table: Table) -> Steps[None]:
    """Wait until the table and all of its indexes can be used and changed."""
    for wait in waits(f"table {table.name!r} is still being changed", _PATIENCE_WITH_INDEXES):
        description = yield from ask(DescribeTable(table.name))
        indexes = description.get("GlobalSecondaryIndexes", ())
        if {description["TableStatus"], *(each["IndexStatus"] for each in indexes)} == {"ACTIVE"}:
            return
        yield wait


def pauses() -> Iterator[float]:
    """Seconds between looks: each half as long again as the one before, up to five."""
    seconds = _FIRST_WAIT
    while True:
        yield seconds
        seconds = min(seconds * 1.5, _LONGEST_WAIT)


def waits(what: str, patience: float = _PATIENCE) -> Iterator[Pause]:
    """The waits for a table; raises `NotReady` when they have taken too long."""
    waited = 0.0
    for seconds in pauses():
        if waited > patience:
            raise NotReady(f"{what} after {waited:.0f} s; call again to wait on")
        waited += seconds
        yield Pause(seconds)
