"""Items as files that DynamoDB imports from S3 into new tables: DynamoDB-JSON, packed, one item a line."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from .backfill import Journal, claimed
from .items import Policies, shown_key
from .ports import ItemMaker, P, Planned, RowReader

ITEMS_PER_FILE: Final = 100_000
_LEVEL: Final = 6


class Exported(Struct):
    """What became of an entity's rows: items written, and the rows that are in no file with the reason."""

    rows: int = 0
    items: int = 0
    rejects: list[str] = []


class _Files:
    """The files of one table, each of so many items."""

    def __init__(self, folder: Path, per_file: int) -> None:
        self._folder = folder
        self._per_file = per_file
        self._number = 0
        self._left = 0
        self._open = ExitStack()
        self._file: gzip.GzipFile | None = None

    def write(self, item: dict[str, Any]) -> None:
        if self._left == 0 or self._file is None:
            self.close()
            self._file = self._next()
            self._left = self._per_file
        self._file.write(msgspec.json.encode({"Item": item}) + b"\n")
        self._left -= 1

    def close(self) -> None:
        self._open.close()

    def _next(self) -> gzip.GzipFile:
        self._number += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        raw = self._open.enter_context((self._folder / f"{self._number:05d}.json.gz").open("wb"))
        # Without a name and a time in it the same items give the same bytes.
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=raw, mtime=0)
        return self._open.enter_context(packed)


def export(
    reader: RowReader[P],
    plans: Sequence[P],
    folder: Path,
    policies: Policies | None = None,
    *,
    prefix: str = "",
    per_file: int = ITEMS_PER_FILE,
    told: Callable[[str, int], None] = lambda name, rows: None,
) -> dict[str, Exported]:
    """Write the items of all rows, from one moment of the source, to `<folder>/<table>/00001.json.gz` and so on.

    DynamoDB imports such a folder into a new table (guide, "DynamoDB data import from Amazon S3": input format
    DYNAMODB_JSON, compression GZIP). There two items of one key would silently become one, so a row whose item has the
    key of another is left out and told.
    """
    done: dict[str, Exported] = {}
    files: dict[str, _Files] = {}
    try:
        with tempfile.TemporaryDirectory() as state, closing(Journal(Path(state))) as journal, reader.snapshot():
            for plan in plans:
                maker, counted = reader.maker(plan, policies or Policies()), Exported()
                done[plan.name] = counted
                into = files.setdefault(plan.table.name, _Files(folder / f"{prefix}{plan.table.name}", per_file))
                for page in reader.pages(plan):
                    _page(plan, maker, page.rows, counted, journal, into)
                    told(plan.name, len(page.rows))
    finally:
        for each in files.values():
            each.close()
    return done


def _page(plan: Planned, maker: ItemMaker, rows: Sequence[Any], done: Exported, journal: Journal, into: _Files) -> None:
    done.rows += len(rows)
    with journal.step():
        made, refused = claimed(plan, maker, rows, journal)
    done.rejects += [f"row {shown_key(each.source)}: {each.error}" for each in refused]
    for row in made:
        if row.owner is not None:
            entity, source = row.owner
            done.rejects.append(f"row {shown_key(row.source)} has the key of row {shown_key(source)} of {entity}")
            continue
        into.write(row.item)
        done.items += 1
