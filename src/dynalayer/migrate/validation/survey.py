"""Reading every row once without writing: which cannot become items, whose keys meet, how big and how dear it gets."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from dynalayer.migrate.backfill import Claim, Journal
from dynalayer.migrate.items import Maker, Policies, Rejected, digest_of, shown_key
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.reading import Page, Reader
from dynalayer.migrate.target import write_units
from dynalayer.protocol import item_size

_SHOWN = 5


class Survey(Struct):
    """What an entity's rows would become: sizes in bytes, units of writing them, and examples of what goes wrong."""

    rows: int = 0
    items: int = 0
    bytes: int = 0
    largest: int = 0
    largest_row: str = ""
    units: int = 0
    rejected: int = 0
    colliding: int = 0
    examples: list[str] = []


def survey(
    reader: Reader,
    plans: Sequence[EntityPlan],
    policies: Policies,
    *,
    sample: int | None = None,
    told: Callable[[str, int], None] = lambda name, rows: None,
) -> dict[str, Survey]:
    """Make the items of all rows (of the first `sample` of each entity), and write none.

    Keys that meet are found among the rows that are read, of all entities of a table.
    """
    found: dict[str, Survey] = {}
    with tempfile.TemporaryDirectory() as folder, closing(Journal(Path(folder))) as journal, reader.snapshot():
        for plan in plans:
            name = f"{plan.table.name}/{plan.entity.name}"
            found[name] = Survey()
            maker = Maker(plan, policies)
            for page in reader.pages(plan):
                _page(maker, page, found[name], journal, name)
                told(name, len(page.rows))
                if sample is not None and found[name].rows >= sample:
                    break
    return found


def _page(maker: Maker, page: Page, found: Survey, journal: Journal, name: str) -> None:
    claims: list[Claim] = []
    for row in page.rows:
        key = maker.key_of(row.cells)
        found.rows += 1
        try:
            item = maker.make(row)
        except Rejected as error:
            found.rejected += 1
            _example(found, f"row {shown_key(key)}: {error}")
            continue
        size = item_size(item)
        found.items += 1
        found.bytes += size
        found.units += write_units(maker.plan.table, item, size)
        if size > found.largest:
            found.largest, found.largest_row = size, shown_key(key)
        claims.append(Claim(digest_of(maker.plan.table, item), key))
    with journal.step():
        taken = journal.claim(name, claims)
    for claim in claims:
        owner: tuple[str, tuple[Any, ...]] | None = taken.get(claim.digest)
        if owner is not None and owner != (name, claim.source):
            found.colliding += 1
            other = f"row {shown_key(owner[1])} of {owner[0]}"
            _example(found, f"row {shown_key(claim.source)} has the same key as {other}")


def _example(found: Survey, text: str) -> None:
    if len(found.examples) < _SHOWN:
        found.examples.append(text)
