"""Bringing the rows of many items up to them: the items as they are now, one transaction, and what is left over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from dynalayer import Database
from dynalayer.migrate.dual import Leftover
from dynalayer.migrate.items import key_from, key_text
from dynalayer.migrate.target import key_of
from dynalayer.protocol import Item
from dynalayer.statements import Raw

from .restoring import Later, Restorer, Row
from .reversal import Reversal
from .rows import RowRefused, Rows

_KEYS: Final = 100


class Change(Struct):
    """An item that changed, and the rows that it was of."""

    table: str
    key: Item
    rows: dict[Row, None]


class Applier:
    """Brings rows up to items in one go; `prefix` stands before the names of the target's tables."""

    def __init__(
        self,
        database: Database,
        rows: Rows,
        restorer: Restorer,
        reversals: Sequence[Reversal],
        prefix: str,
        clock: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._rows = rows
        self._restorer = restorer
        self._reversals = reversals
        self._prefix = prefix
        self._clock = clock
        self._sleep = sleep

    def changes(self, table: str, page: Sequence[Any]) -> list[Change]:
        """What the records of a stream tell: each item once, with all rows that it was of."""
        found: dict[bytes, Change] = {}
        for record in page:
            change = found.setdefault(_place(record.keys), Change(table, record.keys, {}))
            change.rows |= dict.fromkeys(self._restorer.rows_of(table, record.keys, record.old_item))
        return list(found.values())

    def restore(self, changes: Iterable[Change], *, is_last: bool) -> list[Leftover]:
        """Bring up the rows of these items in one transaction; gives those that could not be.

        With `is_last` all that happened before has been done.
        """
        every = list(changes)
        pairs = zip(every, self._items(every), strict=True)
        todo = sorted(pairs, key=lambda pair: self._restorer.rank(pair[0].table, pair[0].key, pair[1]))
        if not is_last:
            try:
                return self._at_once(todo)
            except RowRefused:
                # Once more, each so that it can be undone alone; that is two more calls to SQL for each.
                pass
        with self._rows.transaction():
            while True:
                failed = [(pair, reason) for pair in todo if (reason := self._failure(*pair, is_last=is_last))]
                if not failed or len(failed) == len(todo):
                    return [self._left(change, reason) for (change, _), reason in failed]
                # What failed may have waited for what was done after it.
                todo = [pair for pair, _ in failed]

    def advance(self) -> None:
        """Have numbers that the database counts go on after those that came back."""
        if not self._restorer.inserted:
            return
        tables = {each.plan.source.name: each.plan.source for each in self._reversals}
        tables |= {child.table.name: child.table for each in self._reversals for child in each.children}
        with self._rows.transaction():
            for name in self._restorer.inserted:
                self._rows.advance(tables[name])

    def _at_once(self, todo: Sequence[tuple[Change, Item | None]]) -> list[Leftover]:
        """All or nothing, but for what is to be done later; raises `RowRefused`."""
        left: list[Leftover] = []
        with self._rows.transaction():
            for change, item in todo:
                try:
                    self._restorer.restore(change.table, change.key, item, list(change.rows), is_last=False)
                except Later as reason:
                    # What was written of it before is right, and stays.
                    left.append(self._left(change, str(reason)))
        return left

    def _failure(self, change: Change, item: Item | None, *, is_last: bool) -> str:
        """Why the rows of an item cannot be brought up to it; empty if they are."""
        try:
            with self._rows.attempt():
                self._restorer.restore(change.table, change.key, item, list(change.rows), is_last=is_last)
        except (Later, RowRefused) as error:
            return str(error)
        return ""

    def _left(self, change: Change, reason: str) -> Leftover:
        rows = tuple((name, key_text(key)) for name, key in change.rows)
        return Leftover(change.table, change.key, reason, rows, self._clock())

    def _items(self, changes: Sequence[Change]) -> list[Item | None]:
        """The items as they are now."""
        found: dict[tuple[str, bytes], Item] = {}
        tables = {each.plan.table.name: each.plan.table for each in self._reversals}
        for name in {change.table for change in changes}:
            keys = [change.key for change in changes if change.table == name]
            for start in range(0, len(keys), _KEYS):
                for item in self._batch(self._prefix + name, keys[start : start + _KEYS]):
                    found[name, _place(key_of(tables[name], item))] = item
        return [found.get((change.table, _place(change.key))) for change in changes]

    def _batch(self, table: str, keys: Sequence[Item]) -> Iterator[Item]:
        asked: dict[str, Any] = {table: {"Keys": list(keys), "ConsistentRead": True}}
        pause = 0.05
        while asked:
            answer = self._database.run(Raw("BatchGetItem", {"RequestItems": asked}, repeatable=True))
            yield from answer["Responses"].get(table, ())
            asked = answer.get("UnprocessedKeys") or {}
            if asked:
                self._sleep(pause)
                pause = min(pause * 2, 5.0)


def change_of(left: Leftover) -> Change:
    """The change that was left over."""
    return Change(left.table, left.key or {}, {(name, key_from(text)): None for name, text in left.rows})


def place_of(left: Leftover) -> tuple[str, bytes]:
    """What tells an item that is left over from all others."""
    return left.table, _place(left.key or {})


def _place(key: Item) -> bytes:
    return msgspec.json.encode(key, order="sorted")
