from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

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
from dynalayer.migrate.source import Source
from dynalayer.migrate.verify import Verifier, shown
from dynalayer.protocol import ConnectionLost
from dynalayer.testing import Faults
from tests.migrate.conftest import SHOP
from tests.migrate.dual.shopping import statement
from tests.services.sql import in_database

WRITERS, WRITES = 3, 12


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
