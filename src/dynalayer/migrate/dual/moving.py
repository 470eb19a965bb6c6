"""Looking at the phase and changing it from outside of the application: for operators."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from dynalayer import Database
from dynalayer.migrate.contract import Contract
from dynalayer.migrate.items import Policies
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.source import Source
from dynalayer.protocol import DynalayerError, ResourceNotFound
from dynalayer.statements import Raw

from ._sync_queue import Queue, SqlQueue, StoredQueue
from ._sync_state import State
from ._sync_writes import DualWriter
from .entries import SQL_TABLE
from .gates import Figures, Limits, WayBack, missing, missing_back, not_quiet
from .heartbeat import Leftover, last_beat
from .leftovers import Leftovers
from .phases import FIRST, LAST, PHASES, Phase, check_cutover, check_rollback, following, phase
from .readers import Readers
from .transitions import GateShut, Handover, Held, Transition
from .writing import Repaired

_ALL: Final = 1_000_000
_SHOWN: Final = 20
_EVER: Final = 1e9
_LOOK_SECONDS: Final = 0.2
_MARGIN_SECONDS: Final = 5.0
"""No phase is entered so shortly before writes begin again by themselves: clocks differ."""


class NoTables(DynalayerError):
    """Both databases cannot be written while tables of the target are missing."""


class Status(Struct, frozen=True):
    """Where a move is; `lacking` is what speaks against the next phase, `lacking_back` against the one before.

    `left` are items that are not brought back to SQL, twenty of them at most.
    """

    phase: int
    meaning: str
    revision: int
    since: float
    figures: Figures
    lacking: tuple[str, ...]
    journal: tuple[Transition, ...]
    lacking_back: tuple[str, ...] = ()
    left: tuple[Leftover, ...] = ()

    def __str__(self) -> str:
        figures = self.figures
        lines = [
            f"phase {phase(self.phase)}",
            f"{figures.writes_ok:,} writes in both databases, {figures.writes_failed:,} that DynamoDB did not take",
            f"{figures.compared_ok:,} comparisons equal, {figures.compared_failed:,} not",
            f"{figures.pending:,} keys wait for repair, {figures.settling:,} to be settled",
        ]
        back = figures.way_back
        if back is not None:
            lines.append(
                f"the synchronisation was heard of {back.silent:,.0f} s ago, {back.behind:,.0f} s behind, "
                f"{back.left:,} items left over"
            )
            lines += [f"  {each.table}: {each.reason}" for each in self.left]
        after = following(phase(self.phase))
        if after is not None:
            lines.append(f"before phase {after}:" if self.lacking else f"phase {after} can be entered")
            lines += [f"  {each}" for each in self.lacking]
        if self.lacking_back:
            lines.append("before the way back:")
            lines += [f"  {each}" for each in self.lacking_back]
        return "\n".join(lines)


class Move:
    """One move of an application, as the state of its target tells; `sleep` waits for a hand-over.

    With `plans` what waits for repair is done while writes are handed over, so that nothing keeps them waiting. `told`
    hears that this begins, and what it waits for.
    """

    def __init__(
        self,
        contract: Contract,
        source: Source,
        database: Database,
        *,
        prefix: str = "",
        state: State | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        plans: Sequence[EntityPlan] = (),
        policies: Policies | None = None,
        told: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._sleep = sleep
        self._told = told
        self._plans = tuple(plans)
        self._policies = policies
        self._contract = contract
        self._source = source
        self._database = database
        self._prefix = prefix
        self._limits = limits or Limits()
        self.state = state or State(database, prefix=prefix)
        self._queues: list[Queue] = [StoredQueue(self.state)]
        if source.has_table(SQL_TABLE):
            self._queues.append(SqlQueue(_connect_to_write(source), source.dialect))

    def status(self) -> Status:
        """Where it is."""
        try:
            held = self.state.held()
        except ResourceNotFound:
            return Status(FIRST.number, FIRST.meaning, 0, 0.0, Figures(0.0), (), ())
        figures = self._figures()
        left: list[Leftover] = []
        for each, _ in zip(Leftovers(self._database, self.state.table).all(), range(_SHOWN), strict=False):
            left.append(each)
        return Status(
            held.phase.number,
            held.phase.meaning,
            held.revision,
            held.since,
            figures,
            missing(held.phase, figures, self._limits),
            tuple(self.state.journal()),
            missing_back(held.phase, figures, self._limits),
            tuple(left),
        )

    def cutover(self, to: int | None = None, *, by: str, reason: str = "") -> Transition:
        """Enter the next phase; into the last one writes are handed over, which keeps them waiting for some seconds.

        Raises `GateShut`, `NoTables`, `IllegalTransition`, `PhaseMoved`.
        """
        self.state.create()
        held = self.state.held()
        target = phase(to) if to is not None else following(held.phase) or held.phase
        check_cutover(held.phase, target)
        if held.phase.number == FIRST.number:
            self._check_tables(target)
        if target.number == LAST.number:
            figures = self._handed_over(held, target, missing(held.phase, self._figures(), self._limits), reason)
        else:
            figures = self._figures()
        return self.state.cutover(target, figures, self._limits, by=by, reason=reason)

    def rollback(self, to: int | None = None, *, by: str, reason: str = "") -> Transition:
        """Go back one phase, or to the first; from the last one when all that was written in it is in SQL.

        Raises `GateShut`, `IllegalTransition`, `PhaseMoved`.
        """
        self.state.create()
        held = self.state.held()
        target = phase(to) if to is not None else PHASES[max(0, held.phase.number - 2)]
        check_rollback(held.phase, target)
        if held.phase.number == LAST.number:
            lacking = missing_back(held.phase, self._figures(), self._limits)
            figures = self._handed_over(held, target, lacking, reason)
        else:
            figures = self._figures()
        return self.state.rollback(target, figures, self._limits, by=by, reason=reason)

    def _handed_over(self, held: Held, to: Phase, lacking: tuple[str, ...], reason: str) -> Figures:
        """Have no writes begin until both databases agree; gives the figures of that moment.

        With a reason it is waited for as well, as long as there is something to wait for.
        """
        is_forced = bool(reason.strip())
        if lacking and not is_forced:
            raise GateShut(held.phase, to, lacking)
        # When the last instance has read of it all stop at one moment.
        pauses = self.state.clock() + self.state.cache
        enters = pauses + self._limits.quiet_seconds
        until = enters + self._limits.handover_seconds + _MARGIN_SECONDS
        self.state.announce(Handover(to, pauses, enters, until))
        self._told(f"writes are handed over: none begin from {self.state.cache:,.0f} s on, till phase {to} is entered")
        try:
            return self._quiet(
                held, to, pauses + self._limits.quiet_seconds, until - _MARGIN_SECONDS, is_forced=is_forced
            )
        except BaseException:
            self.state.announce(None)
            raise

    def _quiet(self, held: Held, to: Phase, quiet: float, end: float, *, is_forced: bool) -> Figures:
        told: tuple[str, ...] = ()
        while True:
            now = self.state.clock()
            figures = self._figures(is_quiet=True)
            lacking = not_quiet(held.phase, figures, now - quiet) if now >= quiet else ("writes may be under way",)
            if not lacking:
                return figures
            if lacking != told:
                told = lacking
                self._told("; ".join(lacking))
            if now >= quiet and held.phase.writes_sql and self._plans:
                self.settle(self._plans, self._policies)
            back = figures.way_back
            waits = now < quiet or (back is not None and back.silent <= self._limits.silent_seconds and not back.left)
            if is_forced and not waits:
                return figures
            if now >= end:
                if is_forced:
                    return figures
                raise GateShut(held.phase, to, lacking)
            self._sleep(_LOOK_SECONDS)

    def settle(self, plans: Sequence[EntityPlan], policies: Policies | None = None) -> Repaired:
        """Do all that waits: repair what did not reach DynamoDB, and delete again what a backfill brought back.

        Harmless beside the application that does the same; to be called when no backfill is running.
        """
        done = left = 0
        with closing(Readers(self._source)) as readers:
            for queue in self._queues:
                dual = DualWriter(
                    self._database, readers, plans, self.state, queue=queue, prefix=self._prefix, policies=policies
                )
                for found in (dual.repair(_ALL), dual.settle(_ALL)):
                    done, left = done + found.done, left + found.left
        return Repaired(done, left)

    def _figures(self, *, is_quiet: bool = False) -> Figures:
        # What was written just now is under way: of a live application there is always something.
        before = self.state.clock() + (_EVER if is_quiet else -self._limits.waiting_seconds)
        pending = sum(queue.count("repair", before) for queue in self._queues)
        settling = sum(queue.count("settle", before) for queue in self._queues)
        figures = self.state.figures(self._limits, pending=pending, settling=settling)
        return replace(figures, way_back=self._way_back())

    def _way_back(self) -> WayBack | None:
        beat, now = last_beat(self._database, self.state.table), self.state.clock()
        if beat is None:
            return None
        names = [f"{table.name}/{entity.name}" for table, entity in self._contract.entities()]
        uncovered = tuple(name for name in names if name not in beat.covers)
        return WayBack(now - beat.at, now - beat.caught_up, beat.left, uncovered)

    def _check_tables(self, to: Phase) -> None:
        lacking: list[str] = []
        for table in self._contract.tables:
            try:
                self._database.run(Raw("DescribeTable", {"TableName": self._prefix + table.name}, repeatable=True))
            except ResourceNotFound:
                lacking.append(self._prefix + table.name)
        if lacking:
            raise NoTables(f"phase {to} is not entered: the tables {', '.join(lacking)} are missing; create them first")


def _connect_to_write(source: Source) -> Callable[[], Any]:
    """Connections for the queue alone: those of a source are read only where the database lets them be."""
    if source.dialect == "sqlite":
        return lambda: sqlite3.connect(source.database)
    return source.connect
