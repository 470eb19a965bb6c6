"""What every part of a workspace stands on: the database, whose partition it is, the clock, and safe changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from coagent.workspace.cursors import Cursors
from coagent.workspace.errors import AlreadyThere, ChangedMeanwhile, NotFound
from dynalayer import AsyncDatabase, Change, Condition, ConditionFailed, Entity, ItemNotFound, Key, Path
from dynalayer.sealing import Sealer

E = TypeVar("E", bound=Entity)

CONDITION: Final = "ConditionalCheckFailed"
"""The code of an action that a transaction was cancelled for because its condition did not hold."""


@dataclass(frozen=True)
class Context:
    """One user's context; nothing that is given to its operations reaches another partition than this user's."""

    database: AsyncDatabase
    user_id: str
    clock: Callable[[], float]
    new_id: Callable[[], str]
    sleep: Callable[[float], Awaitable[None]]
    cursors: Cursors
    sealer: Sealer | None = None

    @property
    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.fromtimestamp(self.clock(), UTC)

    @property
    def now_ms(self) -> int:
        """The moment in ms since 1970."""
        return int(self.clock() * 1000)

    async def find(self, key: Key[E], *, consistent: bool = False) -> E:
        """The item with this key; raises `NotFound`."""
        found = await self.database.get(key, consistent=consistent)
        if found is None:
            raise NotFound(key.definition.name)
        return found

    async def create(self, entity: E) -> E:
        """Write a new item; raises `AlreadyThere`, and never replaces."""
        try:
            await self.database.create(entity)
        except ConditionFailed:
            raise AlreadyThere(type(entity).__name__) from None
        return entity

    async def change(
        self, key: Key[E], changes: tuple[Change[E], ...], revisions: Path[E, int], revision: int | None
    ) -> E:
        """Change part of an item that is there, at this revision if one is given.

        Raises `NotFound`, and `ChangedMeanwhile` with the newest item. No change at all is a look at it.
        """
        if not changes:
            return await self.find(key, consistent=True)
        condition = None if revision is None else at_revision(revisions, revision)
        try:
            return await self.database.update(key, *changes, if_=condition)
        except ItemNotFound:
            raise NotFound(key.definition.name) from None
        except ConditionFailed:
            raise await self.changed(key, revision or 0) from None

    async def changed(self, key: Key[E], revision: int) -> ChangedMeanwhile:
        """The error for an item that is not at this revision; raises `NotFound` if it is gone."""
        return ChangedMeanwhile(key.definition.name, revision, await self.find(key, consistent=True))


def at_revision(path: Path[E, int], revision: int) -> Condition[E]:
    """The item is at this revision; 0 is what the service of before wrote, which counts none."""
    return path == revision if revision else path.missing()
