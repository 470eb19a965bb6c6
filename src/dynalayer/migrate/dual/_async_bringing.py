"""Brings the item of one row up to the row as it is now; `_sync_bringing.py` is generated from this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dynalayer import AsyncDatabase
from dynalayer.migrate.items import Maker, Policies, Rejected
from dynalayer.migrate.ports import Key
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.target import item_in, read_item
from dynalayer.protocol import ConditionFailed, Item, from_plain
from dynalayer.statements import Raw

from .owning import Owning
from .readers import AsyncReaders
from .writing import KeyHeld, RowUnsettled

_ROUNDS: Final = 20


class AsyncBringer:
    """Writes and deletes the items of one entity, whoever else does the same at the same time.

    After each write the row is read again, until it is as it was written: whoever writes last has seen the last state.
    """

    def __init__(
        self, database: AsyncDatabase, readers: AsyncReaders, plan: EntityPlan, policies: Policies, prefix: str
    ) -> None:
        self.plan = plan
        self._database = database
        self._readers = readers
        self._maker = Maker(plan, policies)
        self._table = prefix + plan.table.name
        self._own = Owning(plan, self._table)

    async def mark(self, key: Key) -> Item | None:
        """What tells the item that the row has now from all others; None if there is no row or no item of it."""
        try:
            item = await self.made(key)
        except Rejected:
            return None
        return None if item is None else self._own.mark(item)

    async def made(self, key: Key) -> Item | None:
        """The item of the row as it is now; None if there is no row. Raises `Rejected`."""
        row = await self._readers.row(self.plan, key)
        return None if row is None else self._maker.make(row)

    async def stored(self, key: dict[str, Any]) -> Item | None:
        """The item that is stored under a key, whose values are plain."""
        return await self._at({name: from_plain(value) for name, value in key.items()})

    async def bring_up(self, key: Key, marks: Sequence[Item] = ()) -> bool:
        """Write the item of the row, or delete it if the row is gone; also delete what `marks` are of.

        True if an item was to be deleted. Raises `Rejected`, `KeyHeld`, `RowUnsettled`, and what the database raises.
        """
        old, deleted = list(marks), False
        for _ in range(_ROUNDS):
            item = await self.made(key)
            for mark in old:
                if item is None or self._own.key_of(mark) != self._own.key_of(item):
                    await self._try(self._own.delete(mark))
                    deleted = True
            if item is not None:
                if not await self._put(key, item):
                    continue
                old = [*marks, self._own.mark(item)]
            if await self.made(key) == item:
                return deleted
        raise RowUnsettled(f"a row of {self.plan.source.name!r} changed {_ROUNDS} times while its item was written")

    async def _put(self, key: Key, item: Item) -> bool:
        """False if another row's item is in the way and gone or to be looked at again."""
        if await self._try(self._own.put(item)):
            return True
        holder = await self._at(self._own.key_of(item))
        if holder is None or await self.made(key) != item:
            return False
        if await self._is_held(holder):
            raise KeyHeld(f"two rows of {self.plan.source.name!r} have one key in table {self._table!r}")
        return await self._try(self._own.put_over(item, holder))

    async def _is_held(self, holder: Item) -> bool:
        """True if the row that an item is of still makes an item of that key, or cannot be told."""
        row = self._own.row_of(holder)
        if row is None:
            return True
        try:
            made = await self.made(row)
        except Rejected:
            return False
        return made is not None and self._own.key_of(made) == self._own.key_of(holder)

    async def _at(self, key: Item) -> Item | None:
        return item_in(await self._database.run(read_item(self._table, key)))

    async def _try(self, asked: Raw) -> bool:
        try:
            await self._database.run(asked)
        except ConditionFailed:
            return False
        return True


def async_bringers(
    database: AsyncDatabase, readers: AsyncReaders, plans: Sequence[EntityPlan], policies: Policies | None, prefix: str
) -> dict[str, AsyncBringer]:
    """A bringer for each entity, by its name."""
    return {plan.name: AsyncBringer(database, readers, plan, policies or Policies(), prefix) for plan in plans}
