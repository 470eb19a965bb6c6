"""Looking at the phase and changing it from outside of the application: for operators."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final

from msgspec import Struct

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
from .gates import Figures, Limits, missing
from .phases import FIRST, PHASES, Phase, following, phase
from .readers import Readers
from .transitions import Transition
from .writing import Repaired

_ALL: Final = 1_000_000


class NoTables(DynalayerError):
    """Both databases cannot be written while tables of the target are missing."""


class Status(Struct, frozen=True):
    """Where a move is; `lacking` is what speaks against the next phase, with figures."""

    phase: int
    meaning: str
    revision: int
    since: float
    figures: Figures
    lacking: tuple[str, ...]
    journal: tuple[Transition, ...]

    def __str__(self) -> str:
        figures = self.figures
        lines = [
            f"phase {phase(self.phase)}",
            f"{figures.writes_ok:,} writes in both databases, {figures.writes_failed:,} that DynamoDB did not take",
            f"{figures.compared_ok:,} comparisons equal, {figures.compared_failed:,} not",
            f"{figures.pending:,} keys wait for repair, {figures.settling:,} to be settled",
        ]
        after = following(phase(self.phase))
        if after is not None:
            lines.append(f"before phase {after}:" if self.lacking else f"phase {after} can be entered")
            lines += [f"  {each}" for each in self.lacking]
        return "\n".join(lines)


class Move:
    """One move of an application, as the state of its target tells."""

    def __init__(
        self,
        contract: Contract,
        source: Source,
        database: Database,
        *,
        prefix: str = "",
        state: State | None = None,
        limits: Limits | None = None,
    ) -> None:
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
        lacking = missing(held.phase, figures, self._limits)
        journal = tuple(self.state.journal())
        return Status(held.phase.number, held.phase.meaning, held.revision, held.since, figures, lacking, journal)

    def cutover(self, to: int | None = None, *, by: str, reason: str = "") -> Transition:
        """Enter the next phase; raises `GateShut`, `NoTables`, `IllegalTransition`, `PhaseMoved`."""
        self.state.create()
        now = self.state.held().phase
        target = phase(to) if to is not None else following(now) or now
        if now.number == FIRST.number:
            self._check_tables(target)
        return self.state.cutover(target, self._figures(), self._limits, by=by, reason=reason)

    def rollback(self, to: int | None = None, *, by: str, reason: str = "") -> Transition:
        """Go back one phase, or to the first; raises `GateShut`, `IllegalTransition`, `PhaseMoved`."""
        self.state.create()
        now = self.state.held().phase
        target = phase(to) if to is not None else PHASES[max(0, now.number - 2)]
        return self.state.rollback(target, self._figures(), by=by, reason=reason)

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

    def _figures(self) -> Figures:
        # What was written just now is under way: of a live application there is always something.
        before = self.state.clock() - self._limits.waiting_seconds
        pending = sum(queue.count("repair", before) for queue in self._queues)
        settling = sum(queue.count("settle", before) for queue in self._queues)
        return self.state.figures(self._limits, pending=pending, settling=settling)

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
