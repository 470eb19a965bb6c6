from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.migrate import (
    BackfillOptions,
    DualWriter,
    Figures,
    Migration,
    Readers,
    SqlQueue,
    State,
    create_tables,
    phase,
)
from dynalayer.migrate.backfill import Backfill, Journal
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source, parse_source
from dynalayer.migrate.verify import Verifier, shown
from dynalayer.protocol import ConnectionLost
from dynalayer.testing import Faults
from tests.migrate.conftest import SHOP
from tests.migrate.vector import ROWS
from tests.services.sql import in_database

WRITERS, WRITES = 3, 12


@pytest.fixture
def moved(mariadb: str) -> Iterator[Source]:
    """A shop of its own, which is written."""
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE moved")
        connection.select_db("moved")
        for statement in [*filter(str.strip, (SHOP / "schema.sql").read_text().split(";")), *ROWS]:
            cursor.execute(statement)
        yield parse_source(in_database(mariadb, "moved"))
        cursor.execute("DROP DATABASE moved")


def statement(chance: random.Random) -> tuple[str, int, str]:
    number, other = chance.randint(1, 3), chance.randint(1, 3)
    return chance.choice(
        [
            ("products", number, f"UPDATE products SET price = {other}.10, category_id = {other} WHERE id = {number}"),
            (
                "order_items",
                number,
                f"UPDATE order_items SET order_id = {other}, quantity = 2 WHERE id = {number}",
            ),
            ("order_items", number, f"DELETE FROM order_items WHERE id = {number}"),
            (
                "order_items",
                number,
                "REPLACE INTO order_items (id, order_id, product_id, quantity, price_at_time) "
                f"VALUES ({number}, {other}, {number}, {other}, 1.5)",
            ),
            ("orders", number, f"UPDATE orders SET total_amount = {other}, user_id = {other} WHERE id = {number}"),
            ("categories", 2 + number, f"UPDATE categories SET parent_id = {1 + other % 2} WHERE id = {2 + number}"),
        ]
    )


def test_writers_on_real_connections_beside_a_backfill_leave_no_row_lost_or_stale(
    moved: Source, mariadb: str, tmp_path: Path
) -> None:
    migration = Migration.open(SHOP / "contract.json", in_database(mariadb, "moved"))
    target = f"embedded:{tmp_path / 'target.db'}"
    create_tables(SHOP / "contract.json", target)
    with Database(target) as plain:
        faults = Faults(plain.connection, seed=7)
        faults.throttle(table="Users", times=None, probability=0.1)
        faults.fail(ConnectionLost("no answer"), times=None, probability=0.02, after_commit=True)
        database = Database(faults, sleep=lambda seconds: None)
        state = State(plain)
        state.create()
        state.cutover(phase(2), Figures(0), by="test")
        readers, queue = Readers(moved), SqlQueue(moved.connect, "mysql")
        queue.create()
        dual = DualWriter(database, readers, migration.plans, state, queue=queue)

        def work(seed: int) -> None:
            chance = random.Random(seed)
            with closing(moved.connect()) as connection:
                connection.autocommit(False)
                for _ in range(WRITES):
                    write(dual, connection, *statement(chance))

        def fill() -> None:
            with closing(Reader(moved)) as reader, closing(Journal(tmp_path / "state")) as journal:
                Backfill(plain, journal, BackfillOptions(only_new=True, page_rows=2)).run(reader, migration.plans)

        with ThreadPoolExecutor(WRITERS + 1) as pool:
            for future in [pool.submit(fill), *(pool.submit(work, seed) for seed in range(WRITERS))]:
                future.result()
        faults.heal()
        dual.repair()
        dual.settle()
        assert dual.waiting() == (0, 0)
        readers.close()
        with closing(Reader(moved)) as reader:
            report = Verifier(plain, tmp_path / "verify").verify(reader, migration.plans)
        assert [shown(each) for each in report.differences] == []


def write(dual: DualWriter, connection: Any, table: str, key: int, sql: str) -> None:
    def act() -> None:
        connection.cursor().execute(sql)

    try:
        dual.write(table, act, key=(key,), connection=connection)
    except Exception as error:
        # A deadlock is the database's answer to two writers; the write has not happened.
        connection.rollback()
        if "eadlock" not in str(error):
            raise
