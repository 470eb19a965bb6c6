"""An application that writes both databases, as a process that can be killed: says each write that it has done."""

from __future__ import annotations

import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from dynalayer import Database
from dynalayer.migrate import DualWriter, Migration, Readers, SqlQueue, State


def main(folder: Path, seed: int, writes: int) -> None:
    """Write so many times, each row in a transaction of its own."""
    chance = random.Random(seed)
    migration = Migration.open(folder / "contract.json", f"sqlite:{folder / 'library.db'}")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(folder / "library.db", timeout=30)

    with Database(f"embedded:{folder / 'target.db'}") as database, closing(connect()) as connection:
        readers = Readers(migration.source)
        queue = SqlQueue(connect, "sqlite")
        dual = DualWriter(database, readers, migration.plans, State(database), queue=queue)
        for number in range(writes):
            table, key, sql, given = statement(chance, seed * 1_000 + number)
            dual.write(table, lambda: connection.execute(sql, given), key=key, connection=connection)  # noqa: B023
            print(number, flush=True)
        readers.close()


def statement(chance: random.Random, number: int) -> tuple[str, tuple[int, ...], str, tuple[object, ...]]:
    author, book = chance.randrange(40), chance.randrange(12)
    match chance.choice(("put", "put", "delete", "rename")):
        case "put":
            sql = "INSERT OR REPLACE INTO books VALUES (?, ?, ?, '1.50')"
            return "books", (author, book), sql, (author, book, f"Written {number}")
        case "delete":
            return "books", (author, book), "DELETE FROM books WHERE author_id = ? AND number = ?", (author, book)
        case _:
            return "authors", (author,), "UPDATE authors SET name = ? WHERE id = ?", (f"Author {number}", author)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
