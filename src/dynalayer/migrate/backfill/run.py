"""The backfill: every row of the source becomes an item of the target, once, and again without harm."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dynalayer import Database
from dynalayer.migrate.items import Policies, shown_key
from dynalayer.migrate.ports import PAGE_ROWS, ItemMaker, P, Page, Planned, RowReader
from dynalayer.migrate.target import write_units
from dynalayer.protocol import DynalayerError, item_size

from .batches import Write, batches
from .claiming import claimed
from .journal import Journal, Progress, Reject
from .rate import WriteRate
from .writing import Writer, Written

REJECTS_FILE = "rejects.jsonl"


class TooManyRejects(DynalayerError):
    """More rows than allowed cannot become items; each is told with its reason in the file of rejects."""


class AgeUnknown(DynalayerError):
    """Only newer items are to be written, and a contract does not say by which attribute they are told."""


class Options(Struct, frozen=True):
    """How to fill: `prefix` stands before the tables' names, `only_new` leaves items alone that are there already
    (for tables that a live application writes), `only_newer` those that are not older by the entity's `newer_by`,
    `units_per_second` bounds what is written, `max_rejects` how many
    rows may fail before the backfill stops.
    """

    prefix: str = ""
    only_new: bool = False
    units_per_second: float | None = None
    max_rejects: int = 100
    workers: int = 4
    page_rows: int = PAGE_ROWS
    policies: Policies = Policies()
    only_newer: bool = False


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
        self._writer = Writer(
            database,
            self._rate,
            sleep,
            self._chance,
            only_new=self.options.only_new,
            only_newer=self.options.only_newer,
        )

    def run(
        self, reader: RowReader[P], plans: Sequence[P], told: Callable[[Step], None] = lambda step: None
    ) -> Summary:
        """Fill the tables of these entities from one moment of the source.

        Raises `TooManyRejects`, `TargetRefuses`, and what the source's driver raises; what was done until then is kept.
        """
        ageless = [plan.name for plan in plans if plan.entity.newer_by is None]
        if self.options.only_newer and ageless:
            raise AgeUnknown(f"{', '.join(ageless)}: nothing tells which of two items is newer; say 'newer_by'")
        try:
            with reader.snapshot(), ThreadPoolExecutor(self.options.workers) as pool:
                self._note_left(reader, plans)
                for plan in plans:
                    self._fill(reader, plan, pool, told)
        finally:
            self._write_rejects()
        done = {plan.name: self._journal.progress(plan.name) for plan in plans}
        return Summary(done, self._journal.reject_count(), self._journal.changed())

    def _note_left(self, reader: RowReader[P], plans: Sequence[P]) -> None:
        with self._journal.step():
            for each in reader.left(plans):
                self._journal.reject(Reject("", each.where, None, f"{each.reason} ({each.rows} rows)"))

    def _fill(self, reader: RowReader[P], plan: P, pool: ThreadPoolExecutor, told: Callable[[Step], None]) -> None:
        entity, total = plan.name, reader.count(plan)
        progress = self._journal.progress(entity)
        if progress.done:
            return
        maker = reader.maker(plan, self.options.policies)
        for page in reader.pages(plan, progress.last, self.options.page_rows):
            progress = self._page(plan, maker, page, progress, pool)
            told(Step(entity, progress, total, self._journal.reject_count(), self._rate.throttles))
        with self._journal.step():
            self._journal.advance(entity, replace(progress, done=True))

    def _page(
        self, plan: Planned, maker: ItemMaker, page: Page, progress: Progress, pool: ThreadPoolExecutor
    ) -> Progress:
        """Write a page; only when all of it is written is the journal told that it need not be read again."""
        entity = plan.name
        with self._journal.step():
            writes = self._made(plan, maker, page.rows)
        self._check_rejects()
        physical = self.options.prefix + plan.table.name
        futures: list[Future[Written]] = [
            pool.submit(self._writer.write, plan.table, physical, batch, plan.entity.newer_by)
            for batch in batches(writes, self._chance)
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

    def _made(self, plan: Planned, maker: ItemMaker, rows: Sequence[Any]) -> list[Write]:
        made, refused = claimed(plan, maker, rows, self._journal)
        for each in refused:
            self._journal.reject(Reject(plan.name, shown_key(each.source), each.error.attribute, each.error.reason))
        writes: list[Write] = []
        for row in made:
            if row.owner is not None:
                entity, source = row.owner
                reason = f"its key is that of row {shown_key(source)} of {entity}, which would be overwritten"
                self._journal.reject(Reject(plan.name, shown_key(row.source), None, reason))
                continue
            size = item_size(row.item)
            writes.append(Write(row.item, size, write_units(plan.table, row.item, size)))
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
