"""Reading and writing rows by their keys in one transaction, on any of the databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

from sqlglot import exp

from dynalayer.migrate.queries import SQLGLOT
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import ColumnInfo, Dialect, Source, TableInfo
from dynalayer.protocol import DynalayerError

_FOREIGN: Final = "a row that it refers to is not there, or one that refers to it still is"
_UNIQUE: Final = "another row has its value of a unique column"
_NULL: Final = "a column that may not be null has no value"
_LONG: Final = "a value is too long or too great for its column"
_CHECK: Final = "a check of the table is against it"
_REASONS: Final[Mapping[object, str]] = {
    1062: _UNIQUE,
    1586: _UNIQUE,
    "23505": _UNIQUE,
    "SQLITE_CONSTRAINT_UNIQUE": _UNIQUE,
    "SQLITE_CONSTRAINT_PRIMARYKEY": _UNIQUE,
    1451: _FOREIGN,
    1452: _FOREIGN,
    "23503": _FOREIGN,
    "SQLITE_CONSTRAINT_FOREIGNKEY": _FOREIGN,
    1048: _NULL,
    1364: _NULL,
    "23502": _NULL,
    "SQLITE_CONSTRAINT_NOTNULL": _NULL,
    1264: _LONG,
    1406: _LONG,
    "22001": _LONG,
    "22003": _LONG,
    3819: _CHECK,
    4025: _CHECK,
    "23514": _CHECK,
    "SQLITE_CONSTRAINT_CHECK": _CHECK,
}
_MYSQL_TROUBLE: Final = frozenset({1040, 1053, 1205, 1213, 1317, 1927, *range(2000, 3000)})
"""Numbers of errors that are no fault of the row: no connection, a deadlock, a wait for a lock."""
_POSTGRESQL_TROUBLE: Final = ("08", "40", "53", "55", "57", "58")
_MOMENTS: Final = ("datetime", "timestamp")


class RowRefused(DynalayerError):
    """The database does not take the row; the reason tells no values."""


class Rows:
    """Rows on a connection of its own; within `transaction` each `attempt` is undone alone if it fails."""

    def __init__(self, source: Source) -> None:
        self._dialect: Dialect = source.dialect
        self._mark = "?" if source.dialect == "sqlite" else "%s"
        self._names: dict[str, str] = {}
        self._connection = source.connect_to_write()
        self.reader = Reader(source, self._connection)

    def close(self) -> None:
        """Close the connection; what is not committed is undone."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All of it or nothing; a refusal of the database is a `RowRefused`."""
        self._run("BEGIN IMMEDIATE" if self._dialect == "sqlite" else "BEGIN")
        try:
            if self._dialect == "postgresql":
                # Or a row that breaks a deferred rule would take all others with it at the end.
                self._run("SET CONSTRAINTS ALL IMMEDIATE")
            yield
        except Exception as error:
            if is_trouble(error, self._dialect):
                raise
            self._run("ROLLBACK")
            reason = _refusal(error)
            if reason is None:
                raise
            raise RowRefused(reason) from None
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    @contextmanager
    def attempt(self) -> Generator[None]:
        """What fails within is undone, and the transaction goes on; a refusal of the database is a `RowRefused`."""
        self._run("SAVEPOINT attempt")
        try:
            yield
        except Exception as error:
            if is_trouble(error, self._dialect):
                raise
            self._run("ROLLBACK TO SAVEPOINT attempt")
            reason = _refusal(error)
            if reason is None:
                raise
            raise RowRefused(reason) from None
        self._run("RELEASE SAVEPOINT attempt")

    def read(self, table: TableInfo, columns: Sequence[ColumnInfo], where: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """These columns of the rows that have these values."""
        selected = ", ".join(self._selected(column) for column in columns)
        tests, given = self._equal(where)
        return [tuple(row) for row in self._run(f"SELECT {selected} FROM {self._name(table.name)}{tests}", given)]

    def has(self, table: TableInfo, where: Mapping[str, Any]) -> bool:
        """True if there is a row with these values."""
        tests, given = self._equal(where)
        return bool(self._run(f"SELECT 1 FROM {self._name(table.name)}{tests} LIMIT 1", given))

    def insert(self, table: TableInfo, values: Mapping[str, Any]) -> None:
        """Write a new row."""
        names = ", ".join(self._name(name) for name in values)
        marks = ", ".join([self._mark] * len(values))
        # PostgreSQL's columns of identities take values only when told so.
        system = " OVERRIDING SYSTEM VALUE" if self._dialect == "postgresql" else ""
        self._run(f"INSERT INTO {self._name(table.name)} ({names}){system} VALUES ({marks})", tuple(values.values()))

    def update(self, table: TableInfo, where: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change columns of rows, and no others."""
        changes = [f"{self._name(name)} = {self._mark}" for name in values]
        if self._dialect == "mysql":
            # Or the database would set its columns of ON UPDATE CURRENT_TIMESTAMP.
            kept = [column.name for column in table.columns if column.kind in _MOMENTS and not column.is_computed]
            changes += [f"{self._name(name)} = {self._name(name)}" for name in kept if name not in values]
        tests, given = self._equal(where)
        sql = f"UPDATE {self._name(table.name)} SET {', '.join(changes)}{tests}"
        self._run(sql, (*values.values(), *given))

    def delete(self, table: TableInfo, where: Mapping[str, Any]) -> None:
        """Delete the rows that have these values."""
        tests, given = self._equal(where)
        self._run(f"DELETE FROM {self._name(table.name)}{tests}", given)

    def advance(self, table: TableInfo) -> None:
        """Have PostgreSQL's next numbers begin after those that are there; the others do so by themselves."""
        if self._dialect != "postgresql" or len(table.key) != 1:
            return
        column = table.column(table.key[0])
        if column is None or column.kind != "integer":
            return
        ((sequence,),) = self._run("SELECT pg_get_serial_sequence(%s, %s)", (self._name(table.name), column.name))
        if sequence is not None:
            most = f"SELECT max({self._name(column.name)}) FROM {self._name(table.name)}"
            last = f"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"
            self._run(
                f"SELECT setval('{sequence}', most) FROM (SELECT ({most}) AS most, ({last}) AS last) AS found"
                " WHERE most > last"
            )

    def _selected(self, column: ColumnInfo) -> str:
        name = self._name(column.name)
        is_text = self._dialect == "sqlite" and column.kind == "decimal"
        return f"CAST({name} AS TEXT)" if is_text else name

    def _equal(self, where: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        return " WHERE " + " AND ".join(f"{self._name(name)} = {self._mark}" for name in where), tuple(where.values())

    def _name(self, name: str) -> str:
        found = self._names.get(name)
        if found is None:
            quoted = exp.to_identifier(name, quoted=True).sql(dialect=SQLGLOT[self._dialect])
            found = self._names[name] = quoted if self._mark == "?" else quoted.replace("%", "%%")
        return found

    def _run(self, sql: str, given: tuple[Any, ...] = ()) -> Sequence[Sequence[Any]]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(sql, given) if given else cursor.execute(sql.replace("%%", "%"))
            return () if cursor.description is None else cursor.fetchall()


def is_trouble(error: Exception, dialect: Dialect) -> bool:
    """True for an error that is no fault of the row and may be gone at the next attempt."""
    if dialect == "sqlite":
        return isinstance(error, sqlite3.OperationalError)
    if dialect == "mysql":
        import pymysql

        number = error.args[0] if error.args else None
        lost = (pymysql.err.InterfaceError, ConnectionError)
        return isinstance(error, lost) or (isinstance(error, pymysql.MySQLError) and number in _MYSQL_TROUBLE)
    import psycopg

    state = str(getattr(error, "sqlstate", None) or "")
    return isinstance(error, psycopg.Error) and (
        state.startswith(_POSTGRESQL_TROUBLE) or (not state and isinstance(error, psycopg.OperationalError))
    )


def _refusal(error: Exception) -> str | None:
    """Why the database refuses a row, by its code; None for what is no error of a database."""
    driver = type(error).__module__.partition(".")[0]
    if driver not in ("sqlite3", "pymysql", "psycopg"):
        return None
    code: object = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    if driver == "pymysql":
        code = error.args[0] if error.args else None
    told = type(error).__name__ if code is None else f"{type(error).__name__} {code}"
    return _REASONS.get(code, f"the database refuses it ({told})")
