"""Reading every row once without writing: which cannot become items, whose keys meet, how big and how dear it gets."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from dynalayer.migrate.backfill import Claimed, Journal, claimed
from dynalayer.migrate.items import Policies, shown_key
from dynalayer.migrate.ports import ItemMaker, P, Page, Planned, RowReader
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
    reader: RowReader[P],
    plans: Sequence[P],
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
            name, maker = plan.name, reader.maker(plan, policies)
            found[name] = Survey()
            for page in reader.pages(plan):
                _page(plan, maker, page, found[name], journal)
                told(name, len(page.rows))
                if sample is not None and found[name].rows >= sample:
                    break
    return found


def _page(plan: Planned, maker: ItemMaker, page: Page, found: Survey, journal: Journal) -> None:
    found.rows += len(page.rows)
    with journal.step():
        made, refused = claimed(plan, maker, page.rows, journal)
    for each in refused:
        found.rejected += 1
        _example(found, f"row {shown_key(each.source)}: {each.error}")
    for row in made:
        _measure(plan, row, found)
        if row.owner is not None:
            entity, source = row.owner
            found.colliding += 1
            other = f"row {shown_key(source)} of {entity}"
            _example(found, f"row {shown_key(row.source)} has the same key as {other}")


def _measure(plan: Planned, row: Claimed, found: Survey) -> None:
    size = item_size(row.item)
    found.items += 1
    found.bytes += size
    found.units += write_units(plan.table, row.item, size)
    if size > found.largest:
        found.largest, found.largest_row = size, shown_key(row.source)


def _example(found: Survey, text: str) -> None:
    if len(found.examples) < _SHOWN:
        found.examples.append(text)
