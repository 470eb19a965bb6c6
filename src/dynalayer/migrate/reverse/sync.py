"""Following the tables' streams, and bringing rows up to their items while DynamoDB alone is written.

In phases 1 to 4 SQL is the source of every item, so what the streams tell is passed over: the phase is read after the
changes, and who writes DynamoDB alone saw phase 5 before. In phase 5 a change only says which item to look at: its
row is brought up to the item as it is then. So older images never reach SQL, and changes may come twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from dynalayer import Database
from dynalayer.database import Checkpoint, Follower, Gap
from dynalayer.migrate.dual import Heartbeat, Leftover, Leftovers, State, beat
from dynalayer.migrate.items import Policies
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.source import Source, SourceUnavailable
from dynalayer.protocol import (
    ConnectionLost,
    DatabaseClosed,
    DeadlineExceeded,
    DynalayerError,
    ServiceError,
)
from dynalayer.schema import Table, is_marker
from dynalayer.statements import DescribeTable, Get

from .applying import Applier, change_of, place_of
from .restoring import Restorer
from .reversal import Reversal
from .rows import Rows, is_trouble

_PAGE: Final = 500
_STREAM_SECONDS: Final = 24 * 3600
_PAGES: Final = 20
_LOOK_SECONDS: Final = 0.1
_STUCK_ROUNDS: Final = 10
_BEAT_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 5.0
_MANY: Final = 1_000
_ATTEMPTS: Final = 10


class CannotSync(DynalayerError):
    """Items cannot be brought back to SQL; the text tells of which entities or tables, and what to do."""


class Progress(Struct, frozen=True):
    """What was done since the start; `left` items wait or cannot be brought back, `behind` is in seconds."""

    restored: int
    skipped: int
    left: int
    behind: float


class Sync:
    """The synchronisation of one migration; only one of a name may run, a second one is told by `CheckpointMoved`.

    `tables` are the target's as they are declared, `reversals` those of the entities that are brought back; items of
    the entities `without` are passed over, any others that belong to none are left over. Raises
    `CannotSync` if one of them cannot be, or a table has no stream with both images.
    """

    def __init__(
        self,
        database: Database,
        source: Source,
        tables: Sequence[Table],
        reversals: Sequence[Reversal],
        state: State,
        *,
        prefix: str = "",
        policies: Policies | None = None,
        without: Sequence[EntityPlan] = (),
        page: int = _PAGE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._source = source
        self._reversals = tuple(reversals)
        self._state = state
        self._prefix = prefix
        self._policies = policies or Policies()
        self._without = tuple(without)
        self._page = page
        self._sleep = sleep
        self._leftovers = Leftovers(database, state.table)
        self._tables = [table for table in tables if self._covers(table)]
        self._followers: dict[str, Follower] = {}
        self._rows: Rows | None = None
        self._stopped = Event()
        self._restored = self._skipped = 0
        self._tried = self._beaten = float("-inf")
        self._last_left = 0
        self._is_idle = True
        self._is_waiting = False
        self._stuck = 0
        self._check()

    def close(self) -> None:
        """Let go of the connection; the next round opens another, and begins after what is kept."""
        if self._rows is not None:
            rows, self._rows = self._rows, None
            try:
                rows.close()
            except Exception as error:
                if not is_trouble(error, self._source.dialect):
                    raise
        self._followers.clear()

    def once(self) -> Progress:
        """Bring back all that has happened until now, and give account; raises what a database does."""
        begun = self._state.clock()
        while True:
            progress = self._guarded()
            if self._caught_up() >= begun and not self._is_waiting:
                return progress
            if self._is_idle:
                self._sleep(_LOOK_SECONDS)

    def run(self, told: Callable[[Progress], None] = lambda progress: None, every: float = 1.0) -> None:
        """Go round after round until `stop`; trouble with a database is waited out, at most ten times in a row."""
        failed = 0
        while not self._stopped.is_set():
            try:
                told(self._guarded())
                failed = 0
            except Exception as error:
                failed += 1
                if not self._passes(error) or failed >= _ATTEMPTS:
                    raise
            if failed or (self._is_idle and not self._is_waiting):
                self._stopped.wait(every * 2.0 ** min(failed, 5))

    def stop(self) -> None:
        """End after the round that is under way; for other threads and handlers of signals."""
        self._stopped.set()

    def forget(self) -> int:
        """Forget all items that are left over, and say how many: after they have been mended by hand."""
        every = list(self._leftovers.all())
        for left in every:
            self._leftovers.forget(left)
        return len(every)

    def _passes(self, error: Exception) -> bool:
        """True for trouble with either database that may be over soon."""
        if isinstance(error, DatabaseClosed):
            return False
        if isinstance(error, (ConnectionLost, DeadlineExceeded, SourceUnavailable)):
            return True
        return is_trouble(error, self._source.dialect) or (isinstance(error, ServiceError) and error.retryable)

    # What must be there

    def _covers(self, table: Table) -> bool:
        return any(self._prefix + each.plan.table.name == table.name for each in self._reversals)

    def _check(self) -> None:
        refused = [f"{each.name}: {problem}" for each in self._reversals for problem in each.problems]
        if refused or not self._reversals:
            raise CannotSync("nothing is brought back to SQL: " + ("; ".join(refused) or "no entity is left to"))
        for table in self._tables:
            stream = self._database.run(DescribeTable(table.name)).get("StreamSpecification", {})
            if stream.get("StreamViewType") != "NEW_AND_OLD_IMAGES" or not stream.get("StreamEnabled"):
                raise CannotSync(
                    f"table {table.name!r} has no stream with both images, which the way back is made from: switch it "
                    "on with `dynalayer migrate create --protected`, or by the setting StreamSpecification "
                    "{'StreamEnabled': true, 'StreamViewType': 'NEW_AND_OLD_IMAGES'}"
                )

    # A round

    def _guarded(self) -> Progress:
        try:
            return self._round()
        except BaseException:
            # What was given and not done is given again to followers that begin anew.
            self.close()
            raise

    def _round(self) -> Progress:
        if self._rows is None:
            self._rows = Rows(self._source)
        restorer = Restorer(self._database, self._rows, self._reversals, self._policies, self._prefix, self._without)
        applier = Applier(self._database, self._rows, restorer, self._reversals, self._prefix, self._state.clock)
        before, place = self._restored + self._skipped, self._caught_up()
        self._is_idle = True
        for table in self._tables:
            self._is_idle &= self._go_on(table, applier)
        self._stuck = self._stuck + 1 if self._is_idle and self._caught_up() == place else 0
        if self._stuck >= _STUCK_ROUNDS:
            # A stream that was switched off gives nothing more, and does not say so.
            self._stuck = 0
            self._check()
        left = list(self._leftovers.all())
        if left and self._is_due(len(left), has_more=self._restored + self._skipped > before) and self._acts():
            self._tried = self._state.clock()
            left = self._retry(left, applier)
        else:
            self._is_waiting = False
        applier.advance()
        self._beat(len(left))
        return Progress(self._restored, self._skipped, len(left), max(0.0, self._state.clock() - self._caught_up()))

    def _is_due(self, count: int, *, has_more: bool) -> bool:
        """True if what is left over should be tried again: what happened since may have been in its way."""
        seconds = _RETRY_SECONDS if count < _MANY else _RETRY_SECONDS * 10
        return self._state.clock() - self._tried >= seconds or self._is_waiting or (has_more and count < _MANY)

    def _go_on(self, table: Table, applier: Applier) -> bool:
        """Take the next changes of a table, and leave the others their turn; True if there are no more."""
        follower = self._follower(table)
        for _ in range(_PAGES):
            page = self._database.run(follower.next_page())
            if not page:
                return True
            self._take(table, page, applier)
            if self._state.clock() - self._beaten >= _BEAT_SECONDS:
                self._beat(self._last_left)
        return False

    def _beat(self, left: int) -> None:
        self._beaten, self._last_left = self._state.clock(), left
        covers = tuple(each.name for each in self._reversals)
        told = Heartbeat(self._beaten, self._caught_up(), covers, self._restored, self._skipped, left)
        beat(self._database, self._state.table, told)

    def _caught_up(self) -> float:
        """The moment before which everything is brought back."""
        if len(self._followers) < len(self._tables):
            return 0.0
        return min(follower.caught_up for follower in self._followers.values())

    def _acts(self) -> bool:
        return not self._state.held().phase.writes_sql

    def _follower(self, table: Table) -> Follower:
        found = self._followers.get(table.name)
        if found is None:
            checkpoint = Checkpoint(Table(self._state.table, pk="PK", sk="SK"), f"back#{table.name}")
            held = self._state.held()
            is_late = not held.phase.writes_sql and self._database.run(Get(checkpoint.key, consistent=True)) is None
            if is_late and self._state.clock() - held.since > _STREAM_SECONDS:
                self._lose(table, "DynamoDB alone is written for more than 24 hours, and nobody followed")
            found = Follower(
                [table],
                {
                    "from_": "start" if is_late else "now",
                    "checkpoint": checkpoint,
                    "page_size": self._page,
                    "until_idle": True,
                    "on_gap": lambda gap: self._gap(table, gap),
                },
            )
            self._followers[table.name] = found
        return found

    def _gap(self, table: Table, gap: Gap) -> None:
        if self._acts():
            self._lose(table, gap.reason)

    def _lose(self, table: Table, why: str) -> None:
        name = table.name.removeprefix(self._prefix)
        reason = f"changes are lost: {why}; compare the tables and mend SQL by hand, then `sync --forget`"
        self._leftovers.note(Leftover(name, None, reason, since=self._state.clock()))

    def _take(self, table: Table, page: Sequence[Any], applier: Applier) -> None:
        # After the page was read: who wrote what is in it alone had seen phase 5 before.
        if not self._acts():
            self._skipped += len(page)
            return
        # Markers of unique values are the library's own, and of no row.
        told = [record for record in page if not is_marker(table, record.keys)]
        for left in applier.restore(applier.changes(table.name.removeprefix(self._prefix), told), is_last=False):
            self._leftovers.note(left)
        self._restored += len(page)

    def _retry(self, left: Sequence[Leftover], applier: Applier) -> list[Leftover]:
        covered, until = {each.plan.table.name for each in self._reversals}, self._caught_up()
        # Of what was left over since, other changes may be still to come.
        self._is_waiting = any(each.since > until for each in left)
        kept = [each for each in left if each.key is None or each.table not in covered or each.since > until]
        tried = [each for each in left if each not in kept]
        remaining = {place_of(each): each for each in applier.restore(map(change_of, tried), is_last=True)}
        for each in tried:
            again = remaining.get(place_of(each))
            if again is None:
                self._leftovers.forget(each)
            else:
                kept.append(replace(again, since=each.since))
                self._leftovers.note(kept[-1])
        return kept
