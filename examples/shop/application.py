"""The shop's application: its instances, and what its customers and staff do, by the layer over both databases.

This is what an application that is moved over looks like: its own SQL, handed to `DualWriter` row by row, and reads
that say how to get the same from either side.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, TypeVar

from dynalayer import Database
from dynalayer.migrate import Counts, Discrepancy, DualReader, DualWriter, Migration, Readers, SqlQueue, State
from examples.shop.database import ShopDatabase

T = TypeVar("T")
_TRIES = 50
_LOOK_AGAIN = 0.5
"""Seconds after which a row that differs is looked at once more."""


class Instance:
    """One process of the application: it has its own belief of the phase and its own connections.

    `clock` is that of the state, `believed` how many of its seconds a phase is believed.
    """

    def __init__(
        self, shop: ShopDatabase, target: str, migration: Migration, clock: Callable[[], float], believed: float
    ) -> None:
        self.shop = shop
        self.database = Database(target)
        self.state = State(self.database, clock=clock, cache=believed)
        self.counts = Counts(self.state, every=believed)
        self._readers = Readers(migration.source)
        self._executor = ThreadPoolExecutor(1)
        self.discrepancies: list[Discrepancy] = []
        queue = SqlQueue(shop.connect, migration.source.dialect)
        queue.create()
        plans = migration.plans
        self.writer = DualWriter(
            self.database,
            self._readers,
            plans,
            self.state,
            queue=queue,
            counts=self.counts,
            policies=migration.policies,
        )
        self.reader = DualReader(
            self.database,
            self._readers,
            plans,
            self.state,
            self._executor,
            counts=self.counts,
            policies=migration.policies,
            delay=believed,
            sleep=lambda seconds: time.sleep(seconds * _LOOK_AGAIN / believed),
            redacted=("password_hash",),
            told=self.discrepancies.append,
        )

    def close(self) -> None:
        """Let comparisons end, add what was counted, close the connections."""
        self._executor.shutdown()
        self.counts.flush()
        self._readers.close()
        self.database.close()


class Session:
    """What one thread of an instance writes and reads with.

    `written` counts the writes that were acknowledged, `retried` those that met another's and were made again.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.written = 0
        self.retried = 0
        self._shop = instance.shop
        self._writes = self._shop.connect()
        # Of its own, and in autocommit: what it reads is what is committed by then.
        self._reads = self._shop.source.connect()

    def close(self) -> None:
        """Close the connections."""
        self._writes.close()
        self._reads.close()

    def insert(self, table: str, **columns: Any) -> int:
        """A new row; gives its number."""
        marks = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        return self._write(table, lambda: self._run(sql, *columns.values()), lambda number: (number,))

    def update(self, table: str, number: int, **columns: Any) -> None:
        """Change columns of a row."""
        sets = ", ".join(f"{name} = %s" for name in columns)
        self.change(table, number, f"UPDATE {table} SET {sets} WHERE id = %s", *columns.values(), number)

    def delete(self, table: str, number: int) -> None:
        """Delete a row."""
        self.change(table, number, f"DELETE FROM {table} WHERE id = %s", number)

    def change(self, table: str, number: int, sql: str, *given: Any) -> None:
        """Change a row by a statement of its own."""
        self._write(table, lambda: self._run(sql, *given), (number,))

    def rows(self, sql: str, *given: Any) -> list[Any]:
        """What SQL has, whatever the phase."""
        return self._shop.rows(self._reads, sql, given)

    def read(
        self, entity: str, number: int, item_key: dict[str, str], sql: str, fields: Callable[..., T], *names: str
    ) -> T | None:
        """One row from the database that the phase says: `names` are the item's attributes for the query's columns."""

        def from_sql() -> T | None:
            found = self.rows(sql, number)
            return fields(*found[0]) if found else None

        return self.instance.reader.read(
            entity,
            (number,),
            item_key=item_key,
            sql=from_sql,
            dynamodb=lambda item: fields(*(item.get(name) for name in names)),
        )

    def _run(self, sql: str, *given: Any) -> int:
        return self._shop.run(self._writes, sql, [str(each) if isinstance(each, Decimal) else each for each in given])

    def _write(self, table: str, act: Callable[[], int], key: Any) -> int:
        for _ in range(_TRIES):
            try:
                found = self.instance.writer.write(table, act, key=key, connection=self._writes)
                self.written += 1
                return found
            except Exception as error:
                self._writes.rollback()
                if not self._shop.is_retried(error):
                    raise
                self.retried += 1
        raise RuntimeError(f"a write to {table} met others {_TRIES} times")
