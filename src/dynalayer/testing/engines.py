"""The engines that a test may run on, by name: opened with the test's tables, cleaned up after it."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from dynalayer.database import AsyncDatabase, Database, RetryPolicy
from dynalayer.protocol import AsyncConnection, Connection, DynalayerError
from dynalayer.schema import Table

from .clock import FrozenClock
from .fresh import fresh_async_connection, fresh_connection

if TYPE_CHECKING:
    from dynalayer.statements import Statement

URL_VARIABLE: Final = "DYNALAYER_TEST_URL"
ENGINES: Final = ("memory", "file", "served", "url")
"""In memory; on a file; the embedded engine behind HTTP; what the environment's DYNALAYER_TEST_URL names."""


class Unavailable(Exception):
    """An engine is not on this machine; the message says what is missing."""


class Engine:
    """One engine for one test: connections to a database that has the test's tables and nothing in them."""

    def __init__(self, url: str, tables: Sequence[Table], clock: FrozenClock) -> None:
        self.url = url
        self.tables = tuple(tables)
        self.clock = clock

    def connection(self) -> Connection:
        """A connection for the synchronous executor."""
        if self.url == "memory:":
            return fresh_connection(*self.tables, clock=self.clock)
        return Database(self.url, clock=self.clock).connection

    def async_connection(self) -> AsyncConnection:
        """A connection for the awaited executor."""
        if self.url == "memory:":
            return fresh_async_connection(*self.tables, clock=self.clock)
        return AsyncDatabase(self.url, clock=self.clock).connection


@contextmanager
def opened(url: str, tables: Sequence[Table], clock: FrozenClock) -> Generator[Engine]:
    """The database that a URL names, with the tables made while the context lasts.

    Where tests share a database, the tables have names of their own meanwhile.
    """
    if url == "memory:":
        yield Engine(url, tables, clock)
    elif url.startswith("embedded:"):
        with _made(url, tables):
            yield Engine(url, tables, clock)
    else:
        with fresh_names(tables), _made(url, tables):
            yield Engine(url, tables, clock)


@contextmanager
def fresh_names(tables: Sequence[Table]) -> Generator[None]:
    """Give tables names that no other test has."""
    names = {table: table.name for table in tables}
    try:
        for table, name in names.items():
            table.name = f"{name}-{uuid4().hex[:12]}"
        yield
    finally:
        for table, name in names.items():
            table.name = name


@contextmanager
def _made(url: str, tables: Sequence[Table]) -> Generator[None]:
    from dynalayer.statements import DeleteTable

    with Database(url) as db:
        try:
            db.create_tables(*tables)
            yield
        finally:
            for table in tables:
                _try(db, DeleteTable(table.name))


def _try(db: Database, statement: Statement[object]) -> None:
    # A test may have deleted the table itself, or lost the service.
    with suppress(DynalayerError):
        db.run(statement)


def reached(url: str) -> str:
    """The URL itself; raises `Unavailable` if nothing answers there."""
    from dynalayer.statements import ListTables

    with Database(url, retry=RetryPolicy(attempts=1)) as db:
        try:
            db.run(ListTables())
        except DynalayerError as error:
            raise Unavailable(f"no database answers at {url}: {error}") from error
    return url


def from_environment() -> str:
    """The URL that the environment names; raises `Unavailable` if it names none."""
    url = os.environ.get(URL_VARIABLE)
    if not url:
        raise Unavailable(f"the environment variable {URL_VARIABLE} names no database, such as http://localhost:8000")
    return url
