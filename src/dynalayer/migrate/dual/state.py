"""The phase, its journal and what was counted, kept in a table of the target where all instances see them.

The state is in DynamoDB, not in SQL: it must outlive phase 5, when SQL may be gone, and its conditional writes are the
same on every engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from dynalayer import Database
from dynalayer.migrate.target import item_at
from dynalayer.protocol import (
    ConditionFailed,
    DynalayerError,
    Item,
    ResourceNotFound,
    TransactionCanceled,
    from_plain,
    to_plain,
)
from dynalayer.schema import Table
from dynalayer.statements import Raw

from .gates import Figures, Limits, missing
from .phases import FIRST, LAST, Phase, check_cutover, check_rollback, phase

TABLE: Final = "MigrationState"
_MINUTE: Final = 60
_PHASE: Final = {"PK": {"S": "PHASE"}, "SK": {"S": "NOW"}}


class Held(Struct, frozen=True):
    """The phase as it is kept: since when, in seconds of the epoch, and at which revision."""

    phase: Phase
    revision: int
    since: float


class Transition(Struct, frozen=True):
    """One line of the journal; `reason` is that of a forced transition, `lacking` what it was forced against."""

    revision: int
    at: float
    by: str
    before: int
    after: int
    reason: str
    lacking: tuple[str, ...]
    figures: dict[str, float]


class GateShut(DynalayerError):
    """The next phase is not entered; `lacking` says what is missing, with figures."""

    def __init__(self, now: Phase, to: Phase, lacking: tuple[str, ...]) -> None:
        super().__init__(f"phase {to} is not entered from {now}: {'; '.join(lacking)}")
        self.lacking = lacking


class PhaseMoved(DynalayerError):
    """Another one changed the phase meanwhile; look at it again."""


class PhaseUnknown(DynalayerError):
    """The phase could not be read for longer than instances may disagree."""


class State:
    """Reads and changes the phase; `clock` gives seconds of the epoch, what is read is believed for `cache` seconds.

    No instance acts on a phase that is older than `cache` seconds: where it cannot be read anew, `PhaseUnknown` is
    raised.
    """

    def __init__(
        self, database: Database, *, prefix: str = "", clock: Callable[[], float] = time.time, cache: float = 5.0
    ) -> None:
        self.database = database
        self.table = prefix + TABLE
        self.clock = clock
        self._cache = cache
        self._seen: tuple[float, Held] | None = None

    def create(self) -> None:
        """Make the table of the state if it is not there."""
        self.database.create_tables(Table(self.table, pk="PK", sk="SK"))

    def phase(self) -> Phase:
        """The phase to act on."""
        now = self.clock()
        if self._seen is not None and 0 <= now - self._seen[0] < self._cache:
            return self._seen[1].phase
        try:
            held = self.held()
        except ResourceNotFound:
            raise
        except DynalayerError as error:
            raise PhaseUnknown(f"the phase cannot be read from table {self.table!r}: {error}") from error
        # The time before the call: the answer may be as old as that.
        self._seen = (now, held)
        return held.phase

    def phase_to_write(self) -> Phase:
        """The phase to write in: where it cannot be read anew, both databases are written.

        So an outage of DynamoDB does not stop writes: what does not arrive is noted for repair, whichever phase it is.
        Raises `PhaseUnknown` if it was never read, or SQL was not written any more when it was.
        """
        try:
            return self.phase()
        except PhaseUnknown:
            if self._seen is None or not self._seen[1].phase.writes_sql:
                raise
            last = self._seen[1].phase
            return last if last.writes_dynamodb else phase(last.number + 1)

    def phase_to_read(self) -> Phase:
        """The phase to read in: where it cannot be read anew, the last one that was, unless it was phase 5.

        Until phase 5 both databases are written, so that either gives what is. Raises `PhaseUnknown`.
        """
        try:
            return self.phase()
        except PhaseUnknown:
            if self._seen is None or not self._seen[1].phase.writes_sql:
                raise
            return self._seen[1].phase

    def held(self) -> Held:
        """The phase as it is kept now; phase 1 at revision 0 before any transition."""
        item = item_at(self.database, self.table, _PHASE)
        if item is None:
            return Held(FIRST, 0, 0.0)
        plain = _plain(item)
        return Held(phase(int(plain["phase"])), int(plain["revision"]), float(plain["since"]))

    def cutover(
        self, to: Phase, figures: Figures, limits: Limits | None = None, *, by: str, reason: str = ""
    ) -> Transition:
        """Enter the next phase; with a `reason` although its gate is shut, which is journaled.

        Raises `GateShut` with the figures that are missing, `IllegalTransition`, `PhaseMoved`.
        """
        held = self.held()
        check_cutover(held.phase, to)
        lacking = missing(held.phase, figures, limits or Limits())
        if lacking and not reason.strip():
            raise GateShut(held.phase, to, lacking)
        return self._enter(held, to, by, reason, lacking, figures)

    def rollback(self, to: Phase, figures: Figures, *, by: str, reason: str = "") -> Transition:
        """Go back one phase, or to the first; from the last one only with a `reason`, since writes are lost.

        Raises `GateShut`, `IllegalTransition`, `PhaseMoved`.
        """
        held = self.held()
        check_rollback(held.phase, to)
        lost = "what was written in phase 5 is not in SQL and would be lost to its readers"
        lacking = (lost,) if held.phase.number == LAST.number else ()
        if lacking and not reason.strip():
            raise GateShut(held.phase, to, lacking)
        return self._enter(held, to, by, reason, lacking, figures)

    def journal(self) -> list[Transition]:
        """Every transition, the first one first."""
        return [_transition(_plain(item)) for item in self._query("JOURNAL")]

    def add(self, minute: int, counts: dict[str, int]) -> None:
        """Add to what was counted in a minute of the epoch; atomic, so that all instances' counts sum up."""
        names = {f"#c{number}": name for number, name in enumerate(counts)}
        values = {f":c{number}": from_plain(count) for number, count in enumerate(counts.values())}
        parts = ", ".join(f"#c{number} :c{number}" for number in range(len(counts)))
        request = {
            "TableName": self.table,
            "Key": {"PK": {"S": "COUNT"}, "SK": {"S": f"{minute:012d}"}},
            "UpdateExpression": f"ADD {parts}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        self.database.run(Raw("UpdateItem", request))

    def figures(self, limits: Limits | None = None, *, pending: int = 0, settling: int = 0) -> Figures:
        """What was counted since the phase was entered, at most as far back as its gate looks."""
        held, now = self.held(), self.clock()
        start = max(held.since, now - (limits or Limits()).window(held.phase))
        # A minute that began before the phase holds counts of the one before: it is left out.
        first = -int(-start // _MINUTE)
        sums: dict[str, int] = {}
        for item in self._query("COUNT", f"{first:012d}"):
            for name, value in _plain(item).items():
                if name not in ("PK", "SK"):
                    sums[name] = sums.get(name, 0) + int(value)
        seconds = now - held.since if held.revision else 0.0
        return Figures(seconds, pending=pending, settling=settling, **sums)

    def _enter(
        self, held: Held, to: Phase, by: str, reason: str, lacking: tuple[str, ...], figures: Figures
    ) -> Transition:
        revision, now = held.revision + 1, self.clock()
        told = {name: getattr(figures, name) for name in figures.__struct_fields__}
        line = Transition(revision, now, by, held.phase.number, to.number, reason, lacking, told)
        current = {"phase": to.number, "revision": revision, "since": now}
        lines = {name: getattr(line, name) for name in line.__struct_fields__} | {"lacking": list(lacking)}
        expected = {
            "ConditionExpression": "attribute_not_exists(PK)" if held.revision == 0 else "#r = :r",
            **({} if held.revision == 0 else {"ExpressionAttributeNames": {"#r": "revision"}}),
            **({} if held.revision == 0 else {"ExpressionAttributeValues": {":r": from_plain(held.revision)}}),
        }
        key = {"PK": {"S": "JOURNAL"}, "SK": {"S": f"{revision:012d}"}}
        actions = [
            {"Put": {"TableName": self.table, "Item": {**_PHASE, **_wire(current)}, **expected}},
            {"Put": {"TableName": self.table, "Item": {**key, **_wire(lines)}}},
        ]
        try:
            self.database.run(Raw("TransactWriteItems", {"TransactItems": actions}))
        except (TransactionCanceled, ConditionFailed):
            raise PhaseMoved("another one changed the phase meanwhile; look at it again") from None
        self._seen = (now, Held(to, revision, now))
        return line

    def _query(self, pk: str, first: str = "0") -> list[Item]:
        found: list[Item] = []
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "PK = :pk AND SK >= :first",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":first": {"S": first}},
            "ConsistentRead": True,
        }
        while True:
            answer = self.database.run(Raw("Query", request, repeatable=True))
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _wire(values: dict[str, Any]) -> Item:
    return {name: from_plain(value) for name, value in values.items()}


def _plain(item: Item) -> dict[str, Any]:
    return {name: to_plain(value) for name, value in item.items()}


def _transition(plain: dict[str, Any]) -> Transition:
    figures = {name: float(value) for name, value in plain["figures"].items()}
    return Transition(
        int(plain["revision"]),
        float(plain["at"]),
        plain["by"],
        int(plain["before"]),
        int(plain["after"]),
        plain["reason"],
        tuple(plain["lacking"]),
        figures,
    )
