"""The backfill: every row of the source becomes an item of the target, once, and again without harm."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dynalayer import Database
from dynalayer.migrate.items import Fetched, Maker, Policies, Rejected, digest_of, shown_key
from dynalayer.migrate.queries import Bounds, EntityPlan
from dynalayer.migrate.reading import PAGE_ROWS, Page, Reader
from dynalayer.migrate.target import write_units
from dynalayer.protocol import DynalayerError, item_size

from .batches import Write, batches
from .journal import Claim, Journal, Progress, Reject
from .rate import WriteRate
from .writing import Writer, Written

REJECTS_FILE = "rejects.jsonl"


class TooManyRejects(DynalayerError):
    """More rows than allowed cannot become items; each is told with its reason in the file of rejects."""


class Options(Struct, frozen=True):
    """How to fill: `prefix` stands before the tables' names, `only_new` leaves items alone that are there already
    (for tables that a live application writes), `units_per_second` bounds what is written, `max_rejects` how many
    rows may fail before the backfill stops.
    """

    prefix: str = ""
    only_new: bool = False
    units_per_second: float | None = None
    max_rejects: int = 100
    workers: int = 4
    page_rows: int = PAGE_ROWS
    policies: Policies = Policies()


class Step(Struct, frozen=True):
    """How far the backfill is, told after every page: `total` is how many rows the entity's table has."""

    entity: str
    progress: Progress
    total: int
    rejects: int
    throttles: int


class Summary(Struct, frozen=True):
    """What a backfill has done, in all its runs together."""

    entities: dict[str, Progress]
    rejects: int
    changed: list[tuple[str, str, str, int]]


class Backfill:
    """Fills the target's tables from the source; `run` again goes on where it was stopped."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        options: Options | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: random.Random | None = None,
    ) -> None:
        self.options = options or Options()
        self._journal = journal
        self._chance = chance or random.Random()
        self._rate = WriteRate(clock, self.options.units_per_second)
        self._writer = Writer(database, self._rate, sleep, self._chance, only_new=self.options.only_new)

    def run(
        self, reader: Reader, plans: Sequence[EntityPlan], told: Callable[[Step], None] = lambda step: None
    ) -> Summary:
        """Fill the tables of these entities from one moment of the source.

        Raises `TooManyRejects`, `TargetRefuses`, and what the source's driver raises; what was done until then is kept.
        """
        try:
            with reader.snapshot(), ThreadPoolExecutor(self.options.workers) as pool:
                for plan in plans:
                    self._fill(reader, plan, pool, told)
        finally:
            self._write_rejects()
        done = {name_of(plan): self._journal.progress(name_of(plan)) for plan in plans}
        return Summary(done, self._journal.reject_count(), self._journal.changed())

    def _fill(self, reader: Reader, plan: EntityPlan, pool: ThreadPoolExecutor, told: Callable[[Step], None]) -> None:
        entity, total = name_of(plan), reader.count(plan)
        progress = self._journal.progress(entity)
        if progress.done:
            return
        maker = Maker(plan, self.options.policies)
        for page in reader.pages(plan, Bounds(after=progress.last), self.options.page_rows):
            progress = self._page(plan, maker, page, progress, pool)
            told(Step(entity, progress, total, self._journal.reject_count(), self._rate.throttles))
        with self._journal.step():
            self._journal.advance(entity, replace(progress, done=True))

    def _page(
        self, plan: EntityPlan, maker: Maker, page: Page, progress: Progress, pool: ThreadPoolExecutor
    ) -> Progress:
        """Write a page; only when all of it is written is the journal told that it need not be read again."""
        entity = name_of(plan)
        with self._journal.step():
            writes = self._made(plan, maker, page.rows)
        self._check_rejects()
        physical = self.options.prefix + plan.table.name
        futures: list[Future[Written]] = [
            pool.submit(self._writer.write, plan.table, physical, batch) for batch in batches(writes, self._chance)
        ]
        written = [future.result() for future in futures]
        progress = Progress(
            page.last,
            progress.rows + len(page.rows),
            progress.items + sum(each.written for each in written),
            progress.kept + sum(each.kept for each in written),
            progress.units + sum(write.units for write in writes),
        )
        with self._journal.step():
            for (attribute, policy), times in maker.notes.items():
                self._journal.note(entity, attribute, policy, times)
            self._journal.advance(entity, progress)
        maker.notes.clear()
        return progress

    def _made(self, plan: EntityPlan, maker: Maker, rows: Sequence[Fetched]) -> list[Write]:
        entity = name_of(plan)
        made: list[tuple[Claim, Any]] = []
        for row in rows:
            key = maker.key_of(row.cells)
            try:
                item = maker.make(row)
            except Rejected as error:
                self._journal.reject(Reject(entity, shown_key(key), error.attribute, error.reason))
                continue
            made.append((Claim(digest_of(plan.table, item), key), item))
        taken = self._journal.claim(entity, [claim for claim, _ in made])
        writes: list[Write] = []
        for claim, item in made:
            owner = taken.get(claim.digest)
            if owner is not None and owner != (entity, claim.source):
                reason = f"its key is that of row {shown_key(owner[1])} of {owner[0]}, which would be overwritten"
                self._journal.reject(Reject(entity, shown_key(claim.source), None, reason))
                continue
            size = item_size(item)
            writes.append(Write(item, size, write_units(plan.table, item, size)))
        return writes

    def _check_rejects(self) -> None:
        count = self._journal.reject_count()
        if count > self.options.max_rejects:
            raise TooManyRejects(
                f"{count} rows cannot become items, more than the {self.options.max_rejects} allowed; "
                f"see {self._journal.folder / REJECTS_FILE}"
            )

    def _write_rejects(self) -> None:
        path = self._journal.folder / REJECTS_FILE
        lines = [msgspec.json.encode(reject) for reject in self._journal.rejects()]
        if lines or path.exists():
            path.write_bytes(b"".join(line + b"\n" for line in lines))


def name_of(plan: EntityPlan) -> str:
    """The name of an entity among those of all tables."""
    return f"{plan.table.name}/{plan.entity.name}"


def open_journal(folder: str | Path) -> closing[Journal]:
    """The journal in a folder, closed when the block ends."""
    return closing(Journal(Path(folder)))
