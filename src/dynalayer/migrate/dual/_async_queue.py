"""Keys that wait for repair or to be settled; `_sync_queue.py` is generated from this file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from dynalayer.migrate.source import Dialect
from dynalayer.protocol import Item

from ._async_state import AsyncState
from .driving import async_answered, async_opened
from .entries import (
    Asked,
    Entry,
    Why,
    entry_of,
    sql_count,
    sql_done,
    sql_entries,
    sql_note,
    sql_table,
    stored_count,
    stored_done,
    stored_entries,
    stored_note,
)

_EVER: Final = 9_999_999_999.0
"""After all moments: in the year 2286."""


class AsyncQueue(Protocol):
    """Keeps entries until they are done; the same one may be done twice."""

    async def note(self, entry: Entry, connection: Any = None) -> None:
        """Keep an entry; with a `connection` in its open transaction, which the caller commits."""

    async def entries(self, why: Why, limit: int) -> list[Entry]:
        """Some of the entries."""
        ...

    async def done(self, entry: Entry, connection: Any = None) -> None:
        """Forget an entry; with a `connection` on it, which is committed."""

    async def count(self, why: Why, before: float = _EVER) -> int:
        """How many there are that were noted before a moment of the state's clock."""
        ...


class AsyncSqlQueue:
    """The queue in the SQL database itself, so that an entry is committed with the write that it is of.

    `connect` gives connections that may write to the table `dynalayer_repairs`, which `create` makes: those of the
    driver that the application uses, or of SQLAlchemy.
    """

    def __init__(self, connect: Callable[[], Any], dialect: Dialect) -> None:
        self._connect = connect
        self._dialect: Dialect = dialect

    async def create(self) -> None:
        """Make the table if it is not there."""
        await self._change(sql_table(self._dialect))

    async def note(self, entry: Entry, connection: Any = None) -> None:
        if connection is None:
            await self._change(sql_note(entry))
            return
        await async_answered(connection, self._dialect, sql_note(entry))

    async def entries(self, why: Why, limit: int) -> list[Entry]:
        return [entry_of(text) for (text,) in await self._read(sql_entries(why, limit))]

    async def done(self, entry: Entry, connection: Any = None) -> None:
        if connection is None:
            await self._change(sql_done(entry))
            return
        await async_answered(connection, self._dialect, sql_done(entry))
        await connection.commit()

    async def count(self, why: Why, before: float = _EVER) -> int:
        return int((await self._read(sql_count(why, before)))[0][0])

    async def _read(self, asked: Asked) -> list[Any]:
        async with async_opened(self._connect) as connection:
            return await async_answered(connection, self._dialect, asked)

    async def _change(self, asked: Asked) -> None:
        async with async_opened(self._connect) as connection:
            await async_answered(connection, self._dialect, asked)
            await connection.commit()


class AsyncStoredQueue:
    """The queue in the table of the state: for applications that cannot have a table of their own in SQL.

    It is not there when DynamoDB is not, and does not see a process that is killed between the two writes.
    """

    def __init__(self, state: AsyncState) -> None:
        self._state = state

    async def note(self, entry: Entry, connection: Any = None) -> None:
        await self._state.database.run(stored_note(self._state.table, entry))

    async def entries(self, why: Why, limit: int) -> list[Entry]:
        answer = await self._state.database.run(stored_entries(self._state.table, why, limit))
        return [entry_of(item["entry"]["S"]) for item in answer["Items"]]

    async def done(self, entry: Entry, connection: Any = None) -> None:
        await self._state.database.run(stored_done(self._state.table, entry))

    async def count(self, why: Why, before: float = _EVER) -> int:
        counted = 0
        start: Item | None = None
        while True:
            answer = await self._state.database.run(stored_count(self._state.table, why, before, start))
            counted += int(answer["Count"])
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return counted
