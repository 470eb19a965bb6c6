"""A library that is written in DynamoDB alone, and the way back into its SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dynalayer import Database
from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.migrate import read_contract
from dynalayer.migrate.dual import Figures, Leftover, Leftovers, State, phase
from dynalayer.migrate.items import Maker
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.reverse import Given, Sync, reversals
from dynalayer.migrate.source import Source
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Verifier, shown
from dynalayer.statements import Raw
from tests.migrate.small import CONTRACT, library, plans_of

NOTHING: Mapping[str, Any] = {}
START = 1_000_000_000.0


class Alone:
    """A source whose items are in memory; `now` is the time."""

    def __init__(
        self,
        folder: Path,
        document: dict[str, Any] = CONTRACT,
        source: Source | None = None,
        given: Given | None = None,
        number: int = 5,
    ) -> None:
        self.folder = folder
        self.now = START
        self.source = source or library(folder / "library.db", authors=3, books=3)
        self.plans: tuple[EntityPlan, ...] = plans_of(self.source, document)
        self.reversals = reversals(self.plans, given)
        self.database = Database(EmbeddedConnection.memory(clock=self.clock), clock=self.clock)
        self.tables = declared(read_contract(document)[0], protected=True)
        self.database.create_tables(*self.tables)
        self.state = State(self.database, clock=self.clock)
        self.state.create()
        self.copy()
        self.sync = self.another()
        self.sync.once()
        for each in range(2, number + 1):
            self.enter(each)

    def clock(self) -> float:
        return self.now

    def another(self) -> Sync:
        return Sync(self.database, self.source, self.tables, self.reversals, self.state)

    def begin_anew(self) -> None:
        """Forget how far the streams are read: everything that they still have comes again."""
        for item in self.database.run(Raw("Scan", {"TableName": self.state.table}))["Items"]:
            if item["PK"]["S"].startswith("STREAM-CHECKPOINT#"):
                self.delete(self.state.table, {"PK": item["PK"], "SK": item["SK"]})
        self.sync.close()
        self.sync = self.another()

    def close(self) -> None:
        self.sync.close()
        self.database.close()

    def enter(self, number: int) -> None:
        held = self.state.held()
        change = self.state.cutover if number > held.phase.number else self.state.rollback
        change(phase(number), Figures(0), by="test", reason="test")

    def copy(self) -> None:
        with closing(Reader(self.source)) as reader:
            for plan in self.plans:
                maker = Maker(plan)
                for page in reader.pages(plan):
                    for row in page.rows:
                        self.put(plan.table.name, maker.make(row))

    def put(self, table: str, item: dict[str, Any]) -> None:
        self.database.run(Raw("PutItem", {"TableName": table, "Item": item}))

    def delete(self, table: str, key: dict[str, Any]) -> None:
        self.database.run(Raw("DeleteItem", {"TableName": table, "Key": key}))

    def book(
        self, author: int, number: int, title: str | None, price: str | None = None, more: Mapping[str, Any] = NOTHING
    ) -> None:
        item: dict[str, Any] = {
            "PK": {"S": f"AUTHOR#{author}"},
            "SK": {"S": f"BOOK#{number}"},
            "author_id": {"N": str(author)},
            "number": {"N": str(number)},
        }
        if title is not None:
            item["title"] = {"S": title}
        if price is not None:
            item["price"] = {"N": price}
        self.put("Library", {**item, **more})

    def author(self, author: int, name: str, books: int = 0) -> None:
        key = {"PK": {"S": f"AUTHOR#{author}"}, "SK": {"S": "#META"}}
        self.put("Library", {**key, "id": {"N": str(author)}, "name": {"S": name}, "books": {"N": str(books)}})

    def unbook(self, author: int, number: int) -> None:
        self.delete("Library", {"PK": {"S": f"AUTHOR#{author}"}, "SK": {"S": f"BOOK#{number}"}})

    def rows(self, sql: str) -> Sequence[Any]:
        with closing(sqlite3.connect(self.source.database)) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str, *given: Any) -> None:
        with closing(sqlite3.connect(self.source.database)) as connection:
            connection.execute(sql, given)
            connection.commit()

    def left(self) -> list[Leftover]:
        return list(Leftovers(self.database, self.state.table).all())

    def differences(self) -> list[str]:
        with closing(Reader(self.source)) as reader:
            report = Verifier(self.database, self.folder / "verify").verify(reader, self.plans)
        return [shown(each) for each in report.differences]
