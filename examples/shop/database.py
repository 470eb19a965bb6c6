"""The shop's own way to its SQL database: MariaDB, or SQLite where there is none."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dynalayer.migrate.source import parse_source

HERE = Path(__file__).resolve().parent
# What SQLite has no equal for, or says in other words.
_SQLITE = (
    (r"INT AUTO_INCREMENT PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    (r"ENUM\([^)]*\)", "VARCHAR(20)"),
    (r" ON UPDATE CURRENT_TIMESTAMP", ""),
    (r" CHARACTER SET utf8mb4", ""),
)


class ShopDatabase:
    """Connections that may write, and the little in which the two databases differ."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.source = parse_source(url)
        self.is_sqlite = self.source.dialect == "sqlite"

    def connect(self) -> Any:
        """A connection that is not in autocommit."""
        if self.is_sqlite:
            connection = sqlite3.connect(self.source.database, timeout=30, check_same_thread=False)
            # Who reads does not keep others from writing.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            return connection
        made = self.source.connect()
        made.autocommit(False)
        return made

    def schema(self) -> list[str]:
        """The statements of schema.sql, as this database reads them."""
        text = (HERE / "schema.sql").read_text()
        if self.is_sqlite:
            for pattern, other in _SQLITE:
                text = re.sub(pattern, other, text)
        return [each for each in text.split(";") if each.strip()]

    def sql(self, text: str) -> str:
        """A statement with the driver's own marks for parameters, written as %s."""
        return text.replace("%s", "?") if self.is_sqlite else text

    def run(self, connection: Any, text: str, given: Sequence[Any] = ()) -> int:
        """Run a statement in the open transaction; gives the number of the row that it inserted."""
        with closing(connection.cursor()) as cursor:
            cursor.execute(self.sql(text), tuple(given))
            return int(cursor.lastrowid or 0)

    def rows(self, connection: Any, text: str, given: Sequence[Any] = ()) -> list[Sequence[Any]]:
        """All rows that a query gives."""
        with closing(connection.cursor()) as cursor:
            cursor.execute(self.sql(text), tuple(given))
            return list(cursor.fetchall())

    def is_retried(self, error: Exception) -> bool:
        """True for the answer to two writers that wait for each other: the write has not happened."""
        if self.is_sqlite:
            return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        import pymysql

        return isinstance(error, pymysql.err.OperationalError) and error.args[0] in (1205, 1213)
