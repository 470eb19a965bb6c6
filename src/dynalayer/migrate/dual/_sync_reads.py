"""Generated from `_async_reads.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

from dynalayer import Database
from dynalayer.migrate.items import Policies, Rejected
from dynalayer.migrate.ports import Key
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.target import key_of
from dynalayer.protocol import DynalayerError, Item, to_plain

from ._sync_bringing import bringers
from ._sync_counting import Counts
from ._sync_state import State
from .beside import beside, sleep
from .comparing import Discrepancy, Told, Unequal, compared, discrepancy
from .readers import Readers

if TYPE_CHECKING:
    from concurrent.futures import Executor

T = TypeVar("T")
Plain = dict[str, Any]
_LOOKS: Final = 3
"""So many times a row is waited for that is written between two looks."""


class DualReader:
    """Reads as the phase says; in phase 3 a `share` of the reads is compared by `executor`, beside the caller.

    A comparison that differs is made again after `delay` seconds and counts only then. At most `most` comparisons are
    under way; reads beyond that are not compared, so that a slow database neither slows nor fails a caller.
    `redacted` are attributes that are compared and never named. With `fallback`, phase 4 reads SQL where DynamoDB
    fails or has no item.
    """

    def __init__(
        self,
        database: Database,
        readers: Readers,
        plans: Sequence[EntityPlan],
        state: State,
        executor: Executor,
        *,
        prefix: str = "",
        policies: Policies | None = None,
        counts: Counts | None = None,
        share: float = 1.0,
        delay: float = 2.0,
        most: int = 100,
        fallback: bool = False,
        redacted: Collection[str] = (),
        told: Told = lambda discrepancy: None,
        sleep: Callable[[float], None] = sleep,
        chance: random.Random | None = None,
    ) -> None:
        self._state = state
        self._executor = executor
        self._counts = counts or Counts(state)
        self._share = share
        self._delay = delay
        self._free = BoundedSemaphore(most)
        self._fallback = fallback
        self._redacted = frozenset(redacted)
        self._told = told
        self._sleep = sleep
        self._chance = chance or random.Random()
        self._bringers = bringers(database, readers, plans, policies, prefix)

    def read(
        self,
        entity: str,
        key: Key,
        *,
        sql: Callable[[], T | None],
        item_key: Plain,
        dynamodb: Callable[[Plain], T],
    ) -> T | None:
        """One row of an entity such as "Library/BOOK"; None if there is none.

        `sql` reads it from SQL, `dynamodb` makes the same of the attributes of its item, whose key is `item_key`.
        Raises what `sql` raises or the database does; never because of a comparison.
        """
        bringer = self._bringers[entity]
        phase = self._state.phase_to_read()
        if phase.returns == "sql":
            found = sql()
            if phase.compares:
                self._compare_beside(entity, key, item_key)
            return found
        falls_back = self._fallback and phase.writes_sql
        try:
            item = bringer.stored(item_key)
        except DynalayerError:
            if not falls_back:
                raise
            return sql()
        if item is None:
            return sql() if falls_back else None
        return dynamodb({name: to_plain(value) for name, value in item.items()})

    def compare(self, entity: str, key: Key, item_key: Plain) -> Discrepancy | None:
        """Compare a row with its item, and again after the delay if they differ; None if they do not in the end.

        A difference counts if the row is as it was before the delay: one that is written meanwhile is looked at again.
        Nothing is raised: a database that cannot be read is no discrepancy, and is not counted, nor is a row that is
        written all the time, or that has another key by now.
        """
        try:
            row, found = self._look(entity, key, item_key)
            for _ in range(_LOOKS):
                if found is None:
                    break
                before = row
                self._sleep(self._delay)
                row, found = self._look(entity, key, item_key)
                if row == before:
                    break
                if self._has_moved(entity, before, row):
                    return None
            else:
                if found is not None:
                    return None
        except Exception:
            return None
        self._counts.note("compared_ok" if found is None else "compared_failed")
        if found is None:
            return None
        plan = self._bringers[entity].plan
        told = discrepancy(plan, key, found, self._redacted, str(uuid4()), self._state.clock())
        with suppress(Exception):
            self._told(told)
        return told

    def _compare_beside(self, entity: str, key: Key, item_key: Plain) -> None:
        if self._chance.random() >= self._share or not self._free.acquire(blocking=False):
            return

        asked = self._state.clock()

        def compare() -> None:
            try:
                # Later the row may be elsewhere, and nobody would look under that key any more.
                if self._state.clock() - asked <= self._delay:
                    # Whatever goes wrong in it is no matter of those who share what makes the call.
                    with suppress(Exception):
                        self.compare(entity, key, item_key)
            finally:
                self._free.release()

        if not beside(self._executor, compare):
            # It takes no more; the read itself is done.
            self._free.release()

    def _look(self, entity: str, key: Key, item_key: Plain) -> tuple[Item | str | None, Unequal | None]:
        """The row's item as it would be now, and how the stored one differs from it."""
        bringer = self._bringers[entity]
        stored = bringer.stored(item_key)
        expected: Item | Rejected | None
        try:
            expected = bringer.made(key)
        except Rejected as error:
            expected = error
        row = str(expected) if isinstance(expected, Rejected) else expected
        return row, compared(bringer.plan, key, expected, stored)

    def _has_moved(self, entity: str, before: Item | str | None, now: Item | str | None) -> bool:
        table = self._bringers[entity].plan.table
        return isinstance(before, dict) and isinstance(now, dict) and key_of(table, before) != key_of(table, now)
