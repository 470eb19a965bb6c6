from __future__ import annotations

from contextlib import closing
from pathlib import Path

from dynalayer import Database
from dynalayer.migrate import (
    DualWriter,
    Figures,
    Limits,
    Migration,
    Move,
    Readers,
    SqlQueue,
    State,
    phase,
    read_contract,
)
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import parse_source
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Verifier
from dynalayer.testing import Faults
from tests.migrate.small import CONTRACT, LAYOUT
from tests.services.sql import in_database


def test_writes_are_noted_in_their_own_transaction_on_postgresql_too(postgresql: str, tmp_path: Path) -> None:
    url = in_database(postgresql, "postgres")
    source = parse_source(url)
    with closing(source.connect()) as connection:
        for statement in [*filter(str.strip, LAYOUT.split(";")), "INSERT INTO authors VALUES (1, 'Ada'), (2, 'Grace')"]:
            connection.execute(statement)
        migration = Migration.open(read_contract(CONTRACT)[0], url)
        with Database("memory:") as plain:
            plain.create_tables(*declared(migration.contract))
            faults = Faults(plain.connection)
            state = State(plain)
            state.create()
            state.cutover(phase(2), Figures(0), by="test")
            queue, readers = SqlQueue(source.connect, "postgresql"), Readers(source)
            queue.create()
            target = Database(faults, sleep=lambda seconds: None)
            dual = DualWriter(target, readers, migration.plans, state, queue=queue)
            connection.autocommit = False

            def write(sql: str, author: int, number: int) -> None:
                dual.write("books", lambda: connection.execute(sql), key=(author, number), connection=connection)

            write("INSERT INTO books VALUES (1, 1, 'Notes', 9.90)", 1, 1)
            faults.throttle(table="Library", times=None)
            write("INSERT INTO books VALUES (2, 1, 'Late', 1)", 2, 1)
            faults.heal()
            limits = Limits(waiting_seconds=-1.0)
            move = Move(migration.contract, source, plain, state=state, limits=limits)
            assert move.status().figures.pending == 1
            write("UPDATE authors SET name = 'Ada L.' WHERE id = 1", 1, 1)
            write("DELETE FROM books WHERE author_id = 1", 1, 1)
            assert dual.repair().done == 1
            dual.wrote("authors", (1,))
            dual.wrote("authors", (2,))
            readers.close()
            with closing(Reader(source)) as reader:
                report = Verifier(plain, tmp_path).verify(reader, migration.plans)
            assert [each.kind for each in report.differences] == []
            assert report.stored == 3
        connection.execute("DROP TABLE books, authors, dynalayer_repairs")
        connection.commit()
