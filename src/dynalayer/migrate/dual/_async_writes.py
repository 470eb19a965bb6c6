"""Writes both databases: SQL first by the application's own code, then the items; `_sync_writes.py` is generated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar
from uuid import uuid4

from dynalayer import AsyncDatabase
from dynalayer.migrate.items import Policies, key_from
from dynalayer.migrate.ports import Key
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.verify import Difference

from ._async_bringing import async_bringers
from ._async_counting import AsyncCounts
from ._async_queue import AsyncQueue, AsyncStoredQueue
from ._async_state import AsyncState
from .entries import Entry, Why
from .finishing import async_finished
from .phases import Phase
from .readers import AsyncReaders
from .writing import (
    DualWriteFailed,
    Event,
    OnFailure,
    Repaired,
    SqlIsOver,
    Touched,
    WriteTooLate,
    entry_for,
    not_noted,
    touched_in,
)

T = TypeVar("T")

_BACKFILLED_IN: Final = 2


class AsyncDualWriter:
    """Writes to both databases as the phase says; one for a process, whose threads or tasks may share it.

    `queue` keeps the keys of writes that did not reach DynamoDB; `observe` hears of every write.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        readers: AsyncReaders,
        plans: Sequence[EntityPlan],
        state: AsyncState,
        *,
        prefix: str = "",
        policies: Policies | None = None,
        on_failure: OnFailure = "log-and-repair",
        queue: AsyncQueue | None = None,
        counts: AsyncCounts | None = None,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self._state = state
        self._readers = readers
        self._on_failure = on_failure
        self._queue: AsyncQueue = queue or AsyncStoredQueue(state)
        self._counts = counts or AsyncCounts(state)
        self._observe = observe
        self._bringers = async_bringers(database, readers, plans, policies, prefix)

    async def write(
        self,
        table: str,
        act: Callable[[], Awaitable[T]],
        *,
        key: Key | Callable[[T], Key],
        undo: Callable[[], Awaitable[object]] | None = None,
        connection: Any = None,
        in_dynamodb: Callable[[], Awaitable[T]] | None = None,
    ) -> T:
        """Write one row of `table` in SQL by `act`, then bring every item that is made of it up to it.

        `key` is the row's, or for a new row what finds it in the result of `act`. Without a `connection` `act`
        commits, and of two writers that move one row at the same time one may miss where it was in between. With one
        (not in autocommit), `act` leaves its transaction open: the key is noted in it and it is committed here, so
        that nothing is missed, and even a process that is killed loses nothing. `undo` takes the SQL write back and
        commits; the policy `fail-and-compensate` needs it. In phase 5 `in_dynamodb` is called instead.

        A write that is interrupted or cancelled once SQL may be committed is not undone, and ends when its key is noted
        for repair. Without a `connection` the key of a new row is not known before `act` gives it, and `act` must leave
        no transaction open, which the note might wait for.

        Raises what `act` raises, with nothing written to DynamoDB; `DualWriteFailed`, `RepairNotNoted`, `SqlIsOver`,
        and with a `connection` `WriteTooLate`, with nothing written: made again it goes where writes go then.
        """
        phase = await self._state.phase_to_write()
        if not phase.writes_sql:
            if in_dynamodb is None:
                raise SqlIsOver(f"in phase {phase} {table!r} is written in DynamoDB alone: give 'in_dynamodb'")
            return await in_dynamodb()
        if self._on_failure == "fail-and-compensate" and undo is None and phase.writes_dynamodb:
            raise ValueError(f"a write to {table!r} needs 'undo': the policy is fail-and-compensate")
        if connection is not None:
            return await self._write_in(connection, phase, table, act, key, undo)
        before: Touched = {}
        known = None if callable(key) else key
        if phase.writes_dynamodb and known is not None:
            before = await self.before(table, known)
        try:
            result = await act()
        except (Exception, GeneratorExit):
            raise
        except BaseException:
            if phase.writes_dynamodb and known is not None:
                await async_finished(self._note(table, known, before))
            raise
        await self._follow(table, key(result) if callable(key) else key, before, phase=phase, undo=undo)
        return result

    async def before(self, table: str, key: Key) -> Touched:
        """What items are made of a row before it is written: give it to `wrote` afterwards."""
        return {(name, each): await self._bringers[name].mark(each) for name, each in await self._concerned(table, key)}

    async def wrote(self, table: str, key: Key, before: Touched | None = None) -> None:
        """A row was inserted, changed or deleted in SQL, and committed.

        Without what `before` gave, items that the row is not in any more keep what they had of it: of a deleted row,
        of one that was moved to another parent, of one whose key in DynamoDB is another now.
        """
        await self._follow(table, key, before or {})

    async def repair(self, limit: int = 1_000) -> Repaired:
        """Do what waits for repair, as far as DynamoDB takes it; harmless beside others that do the same."""
        return await self._drain("repair", limit)

    async def settle(self, limit: int = 100_000) -> Repaired:
        """After the backfill: delete again what was deleted or moved while it ran, which it may have brought back."""
        return await self._drain("settle", limit)

    async def mend(self, differences: Iterable[Difference]) -> Repaired:
        """Bring up the rows that a verification found missing or different, safely beside live writes."""
        done = left = 0
        for each in differences:
            bringer = self._bringers.get(f"{each.table}/{each.entity}")
            if bringer is None or each.source is None:
                continue
            try:
                await bringer.bring_up(key_from(each.source))
                done += 1
            except Exception as error:
                left += 1
                self._observe(Event(str(uuid4()), bringer.plan.source.name, "failed", error=type(error).__name__))
        return Repaired(done, left)

    async def waiting(self) -> tuple[int, int]:
        """How many entries wait for repair, and how many to be settled."""
        return await self._queue.count("repair"), await self._queue.count("settle")

    async def _write_in(
        self,
        connection: Any,
        phase: Phase,
        table: str,
        act: Callable[[], Awaitable[T]],
        key: Key | Callable[[T], Key],
        undo: Callable[[], Awaitable[object]] | None,
    ) -> T:
        result = await act()
        found = key(result) if callable(key) else key
        before: Touched = {}
        entry = None
        if phase.writes_dynamodb:
            # Other connections still see the row as it was, and its lock keeps others from changing it: this is
            # what it was at the last commit, whoever made that.
            before = await self.before(table, found)
            entry = entry_for(table, found, before, self._state.clock())
            await self._queue.note(entry, connection)
        if await self._state.is_late(phase):
            await connection.rollback()
            raise WriteTooLate(f"a write to {table!r} took so long that SQL is not written any more: it is undone")
        await connection.commit()
        is_noted = entry is not None
        if await self._follow(table, found, before, phase=phase, undo=undo, is_noted=is_noted) and entry is not None:
            await self._forget(entry, connection)
        return result

    async def _forget(self, entry: Entry, connection: Any) -> None:
        """Take away the key of a write that both databases have; where that fails it waits for a repair, and harms not.

        On the writer's own connection, which is free: one of its own for each write costs more than the write.
        """
        try:
            await self._queue.done(entry, connection)
        except Exception as error:
            self._observe(Event(entry.id, entry.table, "failed", error=type(error).__name__))
            with suppress(Exception):
                await connection.rollback()

    async def _follow(
        self,
        table: str,
        key: Key,
        before: Touched,
        *,
        phase: Phase | None = None,
        undo: Callable[[], Awaitable[object]] | None = None,
        is_noted: bool = False,
    ) -> bool:
        """Bring up what is made of a row that is written in SQL; True if both databases have it."""
        correlation = str(uuid4())
        self._observe(Event(correlation, table, "sql"))
        try:
            try:
                # Asked again: the write may have taken longer than the phase is believed.
                phase = await self._state.phase_to_write(begins=False)
                if not phase.writes_dynamodb:
                    return False
                items = await self._bring_up(table, key, before, settles=phase.number == _BACKFILLED_IN)
            except Exception as error:
                await self._counts.note("writes_failed")
                self._observe(Event(correlation, table, "failed", error=type(error).__name__))
                if self._on_failure == "fail-and-compensate" and undo is not None:
                    await self._compensate(correlation, table, key, before, undo, error)
                if not is_noted:
                    await self._note(table, key, before, error=error)
                return False
            await self._counts.note("writes_ok")
        except (Exception, GeneratorExit):
            raise
        except BaseException as error:
            # Cut off in the middle: nobody knows what DynamoDB has taken, and SQL is committed.
            self._observe(Event(correlation, table, "failed", error=type(error).__name__))
            if not is_noted and (phase is None or phase.writes_dynamodb):
                await async_finished(self._note(table, key, before))
            raise
        self._observe(Event(correlation, table, "dynamodb", items))
        return True

    async def _compensate(
        self,
        correlation: str,
        table: str,
        key: Key,
        before: Touched,
        undo: Callable[[], Awaitable[object]],
        error: Exception,
    ) -> None:
        """Undo a write; what may be in DynamoDB of it, though no answer came, is left to a repair."""
        written: Touched = {}
        try:
            written = await self.before(table, key)
            await undo()
        except GeneratorExit:
            raise
        except BaseException:
            await async_finished(self._note(table, key, before, written, error=error))
            raise
        # After it is undone, although it is noted already: a repair may have come in between.
        await self._note(table, key, before, written, error=error, is_undone=True)
        self._observe(Event(correlation, table, "undone"))
        raise DualWriteFailed(f"DynamoDB did not take a write to {table!r}, which is undone: {error}") from error

    async def _note(
        self, table: str, key: Key, *states: Touched, error: Exception | None = None, is_undone: bool = False
    ) -> int:
        """Keep a row for repair, with what its items were told by in several states; how many entries that takes."""
        for rows in states:
            try:
                await self._queue.note(entry_for(table, key, rows, self._state.clock()))
            except Exception as refused:
                raise not_noted(table, is_undone=is_undone) from error or refused
        return len(states)

    async def _bring_up(self, table: str, key: Key, before: Touched, *, settles: bool) -> int:
        """How many rows' items were brought up."""
        rows: Touched = {**dict.fromkeys(await self._concerned(table, key)), **before}
        gone: Touched = {}
        for (name, each), mark in rows.items():
            if await self._bringers[name].bring_up(each, () if mark is None else (mark,)):
                gone[name, each] = mark
        if settles and gone:
            await self._queue.note(entry_for(table, key, gone, self._state.clock(), "settle"))
        return len(rows)

    async def _concerned(self, table: str, key: Key) -> list[tuple[str, Key]]:
        """The rows of all entities whose items are made of a row as the source is now."""
        found: dict[tuple[str, Key], None] = {}
        for name, bringer in self._bringers.items():
            plan = bringer.plan
            if plan.source.name == table:
                found[name, tuple(key)] = None
            for query in plan.leading(table, key):
                found.update({(name, tuple(cells)): None for cells in await self._readers.fetch(query)})
        return list(found)

    async def _drain(self, why: Why, limit: int) -> Repaired:
        done = left = 0
        for entry in await self._queue.entries(why, limit):
            # A repair in phase 2 may delete what the backfill brings back, as the write itself would have.
            settles = why == "repair" and (await self._state.phase()).number == _BACKFILLED_IN
            try:
                await self._bring_up(entry.table, key_from(entry.key), touched_in(entry), settles=settles)
            except Exception as error:
                left += 1
                self._observe(Event(entry.id, entry.table, "failed", error=type(error).__name__))
                continue
            await self._queue.done(entry)
            done += 1
        return Repaired(done, left)
