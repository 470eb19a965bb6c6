"""Verification: the target is read once, the source once, and each row's item is compared with what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec
from msgspec import Struct

from dynalayer import Database
from dynalayer.migrate.items import Policies, Rejected, digest_of, key_from, key_text, shown_key
from dynalayer.migrate.ports import PAGE_ROWS, ItemMaker, P, Page, Planned, RowReader
from dynalayer.migrate.target import item_at, key_of
from dynalayer.protocol import DynalayerError, Item
from dynalayer.statements import Raw

from .comparing import differing, item_hash, known_names
from .stored import Stored

K = TypeVar("K")
_UNDER_WAY: Final = 1_000
"""So many rows may be written at one moment; what is more than that is not looked at twice."""

Kind = Literal["missing", "different", "orphan", "rejected"]


class Difference(Struct, frozen=True):
    """Where source and target do not agree: attributes by name, no values.

    `source` is the row's key as it can be read back, None for an item that no row stands for; `key` the item's.
    """

    kind: Kind
    table: str
    entity: str | None
    source: str | None
    key: dict[str, Any] | None
    attributes: tuple[str, ...] = ()
    reason: str = ""


class CannotTellOrphans(DynalayerError):
    """Items that no row stands for are not deleted while there are rows that cannot become items."""


class Count(Struct):
    """What became of the rows of an entity."""

    rows: int = 0
    equal: int = 0
    missing: int = 0
    different: int = 0
    rejected: int = 0


class Report(Struct, frozen=True):
    """What a verification found; `is_clean` if source and target agree."""

    counts: dict[str, Count]
    stored: int
    orphans: int
    differences: tuple[Difference, ...]

    @property
    def is_clean(self) -> bool:
        """True if nothing is missing, different, rejected or too many."""
        return not self.differences


class Verifier:
    """Compares; `told` hears of each page. At most `keep` differences are kept in the report, all are counted."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        prefix: str = "",
        policies: Policies | None = None,
        keep: int = 10_000,
        told: Callable[[str, int], None] = lambda what, count: None,
        delay: float = 0.5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._delay = delay
        self._sleep = sleep
        self._database = database
        self._folder = folder
        self._prefix = prefix
        self._policies = policies or Policies()
        self._keep = keep
        self._told = told

    def verify(self, reader: RowReader[P], plans: Sequence[P]) -> Report:
        """Compare all rows of these entities with all items of their tables.

        What differs is read again on both sides before it counts, and once more after `delay` seconds if it is little:
        it may have been written in between, or be about to be.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        counts: dict[str, Count] = {}
        differences: list[Difference] = []
        with closing(Stored(self._folder / "verify.db")) as stored:
            tables = {plan.table.name: plan for plan in plans}
            for plan in tables.values():
                self._note(plan, stored)
            for plan in plans:
                name = plan.name
                counts[name] = Count()
                for found in self._compare(reader, plan, stored, counts[name], name):
                    _add(differences, found, self._keep)
            orphans = 0
            for orphan in self._looked_at(stored.unseen(), self._orphan):
                orphans += 1
                _add(differences, orphan, self._keep)
            return Report(counts, len(stored), orphans, tuple(differences))

    def _note(self, plan: Planned, stored: Stored) -> None:
        names, physical = known_names(plan.table), self._prefix + plan.table.name
        for items in self._scan(physical):
            stored.note([self._noted(plan, item, names) for item in items])
            self._told(f"reading {physical}", len(items))

    def _noted(self, plan: Planned, item: Item, names: frozenset[str]) -> tuple[bytes, bytes, str]:
        place = _place(plan.table.name, key_of(plan.table, item))
        return digest_of(plan.table, item), item_hash(item, names), place

    def _scan(self, physical: str) -> Iterator[list[Item]]:
        request: dict[str, Any] = {"TableName": physical, "ConsistentRead": True}
        while True:
            answer = self._database.run(Raw("Scan", request, repeatable=True))
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _compare(self, reader: RowReader[P], plan: P, stored: Stored, count: Count, name: str) -> Iterator[Difference]:
        maker, names = reader.maker(plan, self._policies), known_names(plan.table)
        doubtful: list[tuple[Any, ...]] = []
        with reader.snapshot():
            for page in reader.pages(plan, rows=PAGE_ROWS):
                doubtful += self._page(plan, maker, page, names, stored, count)
                self._told(f"comparing {name}", len(page.rows))
        count.equal += len(doubtful)
        for found in self._looked_at(doubtful, lambda key: self.look(reader, plan, maker, key)):
            count.equal -= 1
            if found.kind == "missing":
                count.missing += 1
            elif found.kind == "different":
                count.different += 1
            else:
                count.rejected += 1
            yield found

    def _looked_at(self, doubtful: Iterable[K], look: Callable[[K], Difference | None]) -> Iterator[Difference]:
        """What is wrong of all that is doubtful, looked at again after a while if it is little enough to be under way:
        a live application writes one side after the other.
        """
        wrong = ((each, found) for each in doubtful if (found := look(each)) is not None)
        few = list(islice(wrong, _UNDER_WAY + 1))
        if 0 < len(few) <= _UNDER_WAY:
            self._sleep(self._delay)
            yield from (found for each, _ in few if (found := look(each)) is not None)
            return
        yield from (found for _, found in few)
        yield from (found for _, found in wrong)

    def _page(
        self, plan: Planned, maker: ItemMaker, page: Page, names: frozenset[str], stored: Stored, count: Count
    ) -> list[tuple[Any, ...]]:
        """The keys of the rows that do not agree with what was stored when it was read."""
        expected: dict[bytes, bytes] = {}
        sources: dict[bytes, tuple[Any, ...]] = {}
        doubtful: list[tuple[Any, ...]] = []
        for row in page.rows:
            key = maker.key_of(row)
            try:
                item = maker.make(row)
            except Rejected:
                doubtful.append(key)
                continue
            digest = digest_of(plan.table, item)
            if digest in expected:
                doubtful.append(key)
                continue
            expected[digest], sources[digest] = item_hash(item, names), key
        found = stored.hashes(list(expected))
        wrong = [sources[digest] for digest, hash_ in expected.items() if found.get(digest) != hash_]
        count.rows += len(page.rows)
        count.equal += len(page.rows) - len(doubtful) - len(wrong)
        return doubtful + wrong

    def look(self, reader: RowReader[P], plan: P, maker: ItemMaker, key: tuple[Any, ...]) -> Difference | None:
        """What is different about one row now; None if nothing is, or the row is gone."""
        row = reader.row(plan, key)
        if row is None:
            return None
        table, entity, source = plan.table.name, plan.entity.name, key_text(key)
        try:
            item = maker.make(row)
        except Rejected as error:
            attributes = (error.attribute,) if error.attribute else ()
            return Difference("rejected", table, entity, source, None, attributes, error.reason)
        item_key = key_of(plan.table, item)
        stored = self._stored(table, item_key)
        if stored is None:
            return Difference("missing", table, entity, source, item_key)
        names = differing(item, stored, known_names(plan.table))
        return Difference("different", table, entity, source, item_key, names) if names else None

    def _orphan(self, place: str) -> Difference | None:
        """The item that no row stands for, if it is still there."""
        table, key = msgspec.json.decode(place)
        return None if self._stored(table, key) is None else Difference("orphan", table, None, None, key)

    def _stored(self, table: str, key: dict[str, Any]) -> Item | None:
        return item_at(self._database, self._prefix + table, key)

    def repair(
        self, reader: RowReader[P], plans: Sequence[P], differences: Sequence[Difference], *, orphans: bool = False
    ) -> dict[Kind, int]:
        """Write what is missing or different from the source as it is now; with `orphans` delete what no row is for.

        Gives how many of each kind were mended. Raises `CannotTellOrphans` where rows cannot become items: an item that
        seems to be nobody's may be theirs.
        """
        if orphans and any(each.kind == "rejected" for each in differences):
            raise CannotTellOrphans(
                "some rows cannot become items, and what seems an orphan may be theirs: mend them first"
            )
        known = {(plan.table.name, plan.entity.name): (plan, reader.maker(plan, self._policies)) for plan in plans}
        mended: dict[Kind, int] = {"missing": 0, "different": 0, "orphan": 0}
        for each in differences:
            if each.kind == "orphan" and orphans:
                request = {"TableName": self._prefix + each.table, "Key": each.key}
                self._database.run(Raw("DeleteItem", request, repeatable=True))
                mended["orphan"] += 1
            elif each.source is not None and each.entity is not None and each.kind in ("missing", "different"):
                mended[each.kind] += self._rewrite(reader, *known[each.table, each.entity], key_from(each.source))
        return mended

    def _rewrite(self, reader: RowReader[P], plan: P, maker: ItemMaker, key: tuple[Any, ...]) -> bool:
        row = reader.row(plan, key)
        if row is None:
            return False
        item = maker.make(row)
        request = {"TableName": self._prefix + plan.table.name, "Item": item}
        self._database.run(Raw("PutItem", request, repeatable=True))
        return True


def shown(difference: Difference) -> str:
    """A difference in one line for people."""
    where = f"{difference.table}/{difference.entity}" if difference.entity else difference.table
    row = "" if difference.source is None else f" row {shown_key(key_from(difference.source))}"
    names = f": {', '.join(difference.attributes)}" if difference.attributes else ""
    return f"{difference.kind} {where}{row}{names}{f' ({difference.reason})' if difference.reason else ''}"


def _add(differences: list[Difference], found: Difference, keep: int) -> None:
    if len(differences) < keep:
        differences.append(found)


def _place(table: str, key: dict[str, dict[str, object]]) -> str:
    return msgspec.json.encode([table, key]).decode()
