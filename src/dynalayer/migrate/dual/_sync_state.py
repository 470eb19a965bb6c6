"""Generated from `_async_state.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from dynalayer import Database
from dynalayer.migrate.target import item_in, read_item
from dynalayer.protocol import ConditionFailed, DynalayerError, Item, ResourceNotFound, TransactionCanceled
from dynalayer.schema import Table

from .beside import sleep
from .gates import Figures, Limits
from .phases import Phase
from .transitions import (
    PHASE,
    TABLE,
    Belief,
    Handover,
    Held,
    PhaseMoved,
    PhaseUnknown,
    Transition,
    adding,
    announcing,
    back,
    entered,
    entering,
    first_minute,
    forward,
    held_in,
    page_of,
    summed,
    transition_in,
)

_LOOK_SECONDS: Final = 0.2


class State:
    """Reads and changes the phase; `clock` gives seconds of the epoch, what is read is believed for `cache` seconds.

    The phase, its journal and what was counted are in a table of the target, where all instances see them: not in SQL,
    since they must outlive phase 5, when SQL may be gone. No instance acts on a phase that is older than `cache`
    seconds: where it cannot be read anew, `PhaseUnknown` is raised.
    """

    def __init__(
        self,
        database: Database,
        *,
        prefix: str = "",
        clock: Callable[[], float] = time.time,
        cache: float = 5.0,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self.database = database
        self.table = prefix + TABLE
        self.clock = clock
        self.cache = cache
        self._sleep = sleep
        self._belief = Belief(cache)

    def create(self) -> None:
        """Make the table of the state if it is not there."""
        self.database.create_tables(Table(self.table, pk="PK", sk="SK"))

    def phase(self) -> Phase:
        """The phase to act on."""
        now = self.clock()
        believed = self._belief.fresh(now)
        if believed is not None:
            return believed
        try:
            held = self.held()
        except ResourceNotFound:
            raise
        except DynalayerError as error:
            raise PhaseUnknown(f"the phase cannot be read from table {self.table!r}: {error}") from error
        # The time before the call: the answer may be as old as that.
        self._belief.learn(now, held)
        return held.phase

    def phase_to_write(self, *, begins: bool = True) -> Phase:
        """The phase to write in: where it cannot be read anew, both databases are written.

        So an outage of DynamoDB does not stop writes: what does not arrive is noted for repair, whichever phase it is.
        A write that `begins` waits for the end of a hand-over between phases 4 and 5; one under way does not.
        Raises `PhaseUnknown` if it was never read, or SQL was not, or may not be, written any more when it was.
        """
        while True:
            try:
                found = self.phase()
            except PhaseUnknown:
                believed = self._belief.to_write()
                if believed is None:
                    raise
                return believed
            if not begins or not self._belief.is_paused(self.clock()):
                return found
            self._sleep(_LOOK_SECONDS)
            self._belief.doubt()

    def is_late(self, began: Phase) -> bool:
        """True if a write that began in a phase may not be committed: the other database takes over.

        Raises `PhaseUnknown`.
        """
        found = self.phase_to_write(begins=False)
        return found.writes_sql != began.writes_sql or self._belief.is_over(self.clock())

    def phase_to_read(self) -> Phase:
        """The phase to read in: where it cannot be read anew, the last one that was, unless it was phase 5.

        Until phase 5 both databases are written, so that either gives what is. Raises `PhaseUnknown`.
        """
        try:
            return self.phase()
        except PhaseUnknown:
            believed = self._belief.to_read()
            if believed is None:
                raise
            return believed

    def held(self) -> Held:
        """The phase as it is kept now; phase 1 at revision 0 before any transition."""
        return held_in(item_in(self.database.run(read_item(self.table, PHASE))))

    def cutover(
        self, to: Phase, figures: Figures, limits: Limits | None = None, *, by: str, reason: str = ""
    ) -> Transition:
        """Enter the next phase; with a `reason` although its gate is shut, which is journaled.

        Raises `GateShut` with the figures that are missing, `IllegalTransition`, `PhaseMoved`.
        """
        held = self.held()
        return self._enter(forward(held, to, figures, limits, self.clock(), by, reason))

    def rollback(
        self, to: Phase, figures: Figures, limits: Limits | None = None, *, by: str, reason: str = ""
    ) -> Transition:
        """Go back one phase, or to the first; with a `reason` although SQL may lack what was written in the last one.

        Raises `GateShut`, `IllegalTransition`, `PhaseMoved`.
        """
        held = self.held()
        return self._enter(back(held, to, figures, limits, self.clock(), by, reason))

    def announce(self, handover: Handover | None) -> Held:
        """Have no writes begin for a while, or begin again; raises `PhaseMoved`."""
        held = self.held()
        try:
            self.database.run(announcing(self.table, held, handover))
        except ConditionFailed:
            raise PhaseMoved("another one changed the phase meanwhile; look at it again") from None
        return held

    def journal(self) -> list[Transition]:
        """Every transition, the first one first."""
        return [transition_in(item) for item in self._query("JOURNAL")]

    def add(self, minute: int, counts: dict[str, int]) -> None:
        """Add to what was counted in a minute of the epoch; atomic, so that all instances' counts sum up."""
        self.database.run(adding(self.table, minute, counts))

    def figures(self, limits: Limits | None = None, *, pending: int = 0, settling: int = 0) -> Figures:
        """What was counted since the phase was entered, at most as far back as its gate looks."""
        held, now = self.held(), self.clock()
        items = self._query("COUNT", first_minute(held, limits, now))
        return summed(held, items, now, pending, settling)

    def _enter(self, line: Transition) -> Transition:
        try:
            self.database.run(entering(self.table, line))
        except (TransactionCanceled, ConditionFailed):
            raise PhaseMoved("another one changed the phase meanwhile; look at it again") from None
        self._belief.learn(line.at, entered(line))
        return line

    def _query(self, pk: str, first: str = "0") -> list[Item]:
        found: list[Item] = []
        start: Item | None = None
        while True:
            answer = self.database.run(page_of(self.table, pk, first, start))
            found += answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return found
