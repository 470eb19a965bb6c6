"""Writing both databases: SQL first by the application's own code, then the items of all rows that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, TypeVar
from uuid import uuid4

from msgspec import Struct

from dynalayer import Database
from dynalayer.migrate.items import Policies, key_from, key_text
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.verify import Difference
from dynalayer.protocol import DynalayerError, Item

from ._sync_counting import Counts
from ._sync_queue import Queue, StoredQueue
from ._sync_state import State
from .bringing import Key, bringers
from .entries import Entry, Traced
from .readers import Readers

T = TypeVar("T")
OnFailure = Literal["log-and-repair", "fail-and-compensate"]
Touched = dict[tuple[str, Key], Item | None]
"""Rows of entities by entity and key, each with what its item was told by before."""

_BACKFILLED_IN: Final = 2


class DualWriteFailed(DynalayerError):
    """DynamoDB did not take the write; SQL was brought back by the caller's `undo`."""


class RepairNotNoted(DynalayerError):
    """SQL is written, DynamoDB is not, and the key could not be noted either: verify and repair that table."""


class SqlIsOver(DynalayerError):
    """In phase 5 SQL is not written any more."""


class Event(Struct, frozen=True):
    """What happened to one write: no values and no keys of rows; `error` is the type of what failed."""

    correlation: str
    table: str
    stage: Literal["sql", "dynamodb", "failed", "undone"]
    items: int = 0
    error: str = ""


class Repaired(Struct, frozen=True):
    """How many entries of the queue were done, and how many failed again and wait on."""

    done: int
    left: int


class DualWriter:
    """Writes to both databases as the phase says; one for a process, whose threads may share it.

    `queue` keeps the keys of writes that did not reach DynamoDB; `observe` hears of every write.
    """

    def __init__(
        self,
        database: Database,
        readers: Readers,
        plans: Sequence[EntityPlan],
        state: State,
        *,
        prefix: str = "",
        policies: Policies | None = None,
        on_failure: OnFailure = "log-and-repair",
        queue: Queue | None = None,
        counts: Counts | None = None,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self._state = state
        self._readers = readers
        self._on_failure = on_failure
        self._queue: Queue = queue or StoredQueue(state)
        self._counts = counts or Counts(state)
        self._observe = observe
        self._bringers = bringers(database, readers, plans, policies, prefix)

    def write(
        self,
        table: str,
        act: Callable[[], T],
        *,
        key: Key | Callable[[T], Key],
        undo: Callable[[], object] | None = None,
        connection: Any = None,
        in_dynamodb: Callable[[], T] | None = None,
    ) -> T:
        """Write one row of `table` in SQL by `act`, then bring every item that is made of it up to it.

        `key` is the row's, or for a new row what finds it in the result of `act`. Without a `connection` `act`
        commits, and of two writers that move one row at the same time one may miss where it was in between. With one
        (not in autocommit), `act` leaves its transaction open: the key is noted in it and it is committed here, so
        that nothing is missed, and even a process that is killed loses nothing. `undo` takes the SQL write back and
        commits; the policy `fail-and-compensate` needs it. In phase 5 `in_dynamodb` is called instead.

        Raises what `act` raises, with nothing written to DynamoDB; `DualWriteFailed`, `RepairNotNoted`, `SqlIsOver`.
        """
        phase = self._state.phase_to_write()
        if not phase.writes_sql:
            if in_dynamodb is None:
                raise SqlIsOver(f"in phase {phase} {table!r} is written in DynamoDB alone: give 'in_dynamodb'")
            return in_dynamodb()
        if self._on_failure == "fail-and-compensate" and undo is None and phase.writes_dynamodb:
            raise ValueError(f"a write to {table!r} needs 'undo': the policy is fail-and-compensate")
        before: Touched = {}
        if phase.writes_dynamodb and connection is None and not callable(key):
            before = self.before(table, key)
        result = act()
        found = key(result) if callable(key) else key
        entry = None
        if connection is not None:
            if phase.writes_dynamodb:
                # Other connections still see the row as it was, and its lock keeps others from changing it: this is
                # what it was at the last commit, whoever made that.
                before = self.before(table, found)
                entry = _entry(table, found, before)
                self._queue.note(entry, connection)
            connection.commit()
        self._wrote(table, found, before, entry, undo)
        return result

    def before(self, table: str, key: Key) -> Touched:
        """What items are made of a row before it is written: give it to `wrote` afterwards."""
        return {(name, each): self._bringers[name].mark(each) for name, each in self._concerned(table, key)}

    def wrote(self, table: str, key: Key, before: Touched | None = None) -> None:
        """A row was inserted, changed or deleted in SQL, and committed.

        Without what `before` gave, items that the row is not in any more keep what they had of it: of a deleted row,
        of one that was moved to another parent, of one whose key in DynamoDB is another now.
        """
        self._wrote(table, key, before or {}, None, None)

    def repair(self, limit: int = 1_000) -> Repaired:
        """Do what waits for repair, as far as DynamoDB takes it; harmless beside others that do the same."""
        return self._drain("repair", limit)

    def settle(self, limit: int = 100_000) -> Repaired:
        """After the backfill: delete again what was deleted or moved while it ran, which it may have brought back."""
        return self._drain("settle", limit)

    def mend(self, differences: Iterable[Difference]) -> Repaired:
        """Bring up the rows that a verification found missing or different, safely beside live writes."""
        done = left = 0
        for each in differences:
            bringer = self._bringers.get(f"{each.table}/{each.entity}")
            if bringer is None or each.source is None:
                continue
            try:
                bringer.bring_up(key_from(each.source))
                done += 1
            except Exception as error:
                left += 1
                self._observe(Event(str(uuid4()), bringer.plan.source.name, "failed", error=type(error).__name__))
        return Repaired(done, left)

    def waiting(self) -> tuple[int, int]:
        """How many entries wait for repair, and how many to be settled."""
        return self._queue.count("repair"), self._queue.count("settle")

    def _wrote(
        self, table: str, key: Key, before: Touched, entry: Entry | None, undo: Callable[[], object] | None
    ) -> None:
        # Asked again: the write may have taken longer than the phase is believed.
        phase, correlation = self._state.phase_to_write(), str(uuid4())
        self._observe(Event(correlation, table, "sql"))
        if not phase.writes_dynamodb:
            return
        try:
            items = self._bring_up(table, key, before, settles=phase.number == _BACKFILLED_IN)
        except Exception as error:
            self._counts.note("writes_failed")
            self._observe(Event(correlation, table, "failed", error=type(error).__name__))
            self._failed(table, key, before, entry, undo, error)
            if self._on_failure == "log-and-repair" or undo is None:
                return
            self._observe(Event(correlation, table, "undone"))
            raise DualWriteFailed(f"DynamoDB did not take a write to {table!r}, which is undone: {error}") from error
        self._counts.note("writes_ok")
        self._observe(Event(correlation, table, "dynamodb", items))
        if entry is not None:
            self._queue.done(entry)

    def _failed(
        self,
        table: str,
        key: Key,
        before: Touched,
        entry: Entry | None,
        undo: Callable[[], object] | None,
        error: Exception,
    ) -> None:
        is_undone = self._on_failure == "fail-and-compensate" and undo is not None
        if is_undone and undo is not None:
            undo()
        if entry is not None:
            return
        try:
            # Also when it is undone: what was written in part, or may have been, is brought back by the repair.
            self._queue.note(_entry(table, key, before))
        except Exception:
            raise RepairNotNoted(
                f"a row of {table!r} is {'undone' if is_undone else 'written'} in SQL, DynamoDB may differ, "
                "and could not be noted for repair: verify and repair"
            ) from error

    def _bring_up(self, table: str, key: Key, before: Touched, *, settles: bool) -> int:
        """How many rows' items were brought up."""
        rows: Touched = {**dict.fromkeys(self._concerned(table, key)), **before}
        gone: Touched = {}
        for (name, each), mark in rows.items():
            if self._bringers[name].bring_up(each, () if mark is None else (mark,)):
                gone[name, each] = mark
        if settles and gone:
            self._queue.note(_entry(table, key, gone, settles=True))
        return len(rows)

    def _concerned(self, table: str, key: Key) -> list[tuple[str, Key]]:
        """The rows of all entities whose items are made of a row as the source is now."""
        found: dict[tuple[str, Key], None] = {}
        for name, bringer in self._bringers.items():
            plan = bringer.plan
            if plan.source.name == table:
                found[name, tuple(key)] = None
            for query in plan.leading(table, key):
                with self._readers.reader() as reader:
                    found.update({(name, tuple(cells)): None for cells in reader.fetch(query)})
        return list(found)

    def _drain(self, why: Literal["repair", "settle"], limit: int) -> Repaired:
        done = left = 0
        for entry in self._queue.entries(why, limit):
            before = {(row.entity, key_from(row.key)): row.mark for row in entry.rows}
            # A repair in phase 2 may delete what the backfill brings back, as the write itself would have.
            settles = why == "repair" and self._state.phase().number == _BACKFILLED_IN
            try:
                self._bring_up(entry.table, key_from(entry.key), before, settles=settles)
            except Exception as error:
                left += 1
                self._observe(Event(entry.id, entry.table, "failed", error=type(error).__name__))
                continue
            self._queue.done(entry)
            done += 1
        return Repaired(done, left)


def _entry(table: str, key: Key, rows: Touched, *, settles: bool = False) -> Entry:
    traced = tuple(Traced(name, key_text(each), mark) for (name, each), mark in rows.items())
    return Entry(table, key_text(key), traced, "settle" if settles else "repair")
