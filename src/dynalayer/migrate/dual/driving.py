"""How each executor speaks with the driver of the application's SQL; the generator of the synchronous one swaps names.

Awaited: psycopg's `AsyncConnection`, asyncmy, aiosqlite, what has the same methods, and SQLAlchemy's `AsyncConnection`.
Not awaited: any connection of the DB-API, and `Connection` of SQLAlchemy.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from inspect import isawaitable
from typing import Any, Final

from dynalayer.migrate.source import Dialect

from .entries import Asked

_PARAMETER: Final = re.compile(r":[a-z]+")


@asynccontextmanager
async def async_opened(connect: Callable[[], Any]) -> AsyncGenerator[Any]:
    """A connection of its own, closed in the end."""
    made = connect()
    connection = await made if isawaitable(made) else made
    try:
        yield connection
    finally:
        # Drivers of MySQL tell the server that they leave only if they are awaited for that.
        closed = getattr(connection, "ensure_closed", connection.close)()
        if isawaitable(closed):
            await closed


@contextmanager
def opened(connect: Callable[[], Any]) -> Generator[Any]:
    """The same not awaited."""
    with closing(connect()) as connection:
        yield connection


async def async_answered(connection: Any, dialect: Dialect, asked: Asked) -> list[Any]:
    """The rows that a statement gives, in whatever transaction the connection is."""
    if _is_of_sqlalchemy(connection):
        result = await connection.execute(_text(asked), asked.given)
        return list(result) if result.returns_rows else []
    made = connection.cursor()
    if not hasattr(made, "__aenter__"):
        raise TypeError(
            f"connections of {type(connection).__module__} are not awaited: give a driver's that are, "
            "or use what has no Async before its name"
        )
    async with made as cursor:
        await cursor.execute(*_marked(dialect, asked))
        return [] if cursor.description is None else list(await cursor.fetchall())


def answered(connection: Any, dialect: Dialect, asked: Asked) -> list[Any]:
    """The same not awaited."""
    if _is_of_sqlalchemy(connection):
        result = connection.execute(_text(asked), asked.given)
        return list(result) if result.returns_rows else []
    with closing(connection.cursor()) as cursor:
        cursor.execute(*_marked(dialect, asked))
        return [] if cursor.description is None else list(cursor.fetchall())


def _is_of_sqlalchemy(connection: Any) -> bool:
    return hasattr(connection, "exec_driver_sql")


def _text(asked: Asked) -> Any:
    from sqlalchemy import text

    return text(asked.sql)


def _marked(dialect: Dialect, asked: Asked) -> tuple[str, tuple[Any, ...]]:
    """The statement as the drivers of a dialect take it."""
    mark = "?" if dialect == "sqlite" else "%s"
    return _PARAMETER.sub(mark, asked.sql), tuple(asked.given.values())
