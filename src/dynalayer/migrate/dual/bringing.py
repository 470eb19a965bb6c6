"""Bringing the item of one row up to the row as it is now, whoever else does the same at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dynalayer import Database
from dynalayer.migrate.items import Maker, Policies, Rejected
from dynalayer.migrate.queries import EntityPlan, Output
from dynalayer.migrate.target import item_at, key_of
from dynalayer.protocol import ConditionFailed, DynalayerError, Item, from_plain, to_plain
from dynalayer.statements import Raw

from .readers import Readers

Key = tuple[Any, ...]
_ROUNDS: Final = 20
_TOLD_APART_BY: Final = ("integer", "text", "enum")


class RowUnsettled(DynalayerError):
    """A row changed each time that its item was written; its key is noted for repair."""


class KeyHeld(DynalayerError):
    """Two rows have the same key in DynamoDB; the second one's item is not written."""


class Bringer:
    """Writes and deletes the items of one entity.

    After each write the row is read again, until it is as it was written: whoever writes last has seen the last state.
    An item is only overwritten or deleted while it is of the row that it is taken for: the attributes that are the
    row's own key tell. Entities whose items do not have the whole key as attributes are written without that test.
    """

    def __init__(self, database: Database, readers: Readers, plan: EntityPlan, policies: Policies, prefix: str) -> None:
        self.plan = plan
        self._database = database
        self._readers = readers
        self._maker = Maker(plan, policies)
        self._table = prefix + plan.table.name
        self._identity = identity_of(plan)

    def mark(self, key: Key) -> Item | None:
        """What tells the item that the row has now from all others; None if there is no row or no item of it."""
        try:
            item = self.made(key)
        except Rejected:
            return None
        return None if item is None else self._marked(item)

    def made(self, key: Key) -> Item | None:
        """The item of the row as it is now; None if there is no row. Raises `Rejected`."""
        with self._readers.reader() as reader:
            row = reader.row(self.plan, key)
        return None if row is None else self._maker.make(row)

    def stored(self, key: dict[str, Any]) -> Item | None:
        """The item that is stored under a key, whose values are plain."""
        return item_at(self._database, self._table, {name: from_plain(value) for name, value in key.items()})

    def bring_up(self, key: Key, marks: Sequence[Item] = ()) -> bool:
        """Write the item of the row, or delete it if the row is gone; also delete what `marks` are of.

        True if an item was to be deleted. Raises `Rejected`, `KeyHeld`, `RowUnsettled`, and what the database raises.
        """
        old, deleted = list(marks), False
        for _ in range(_ROUNDS):
            item = self.made(key)
            for mark in old:
                if item is None or key_of(self.plan.table, mark) != key_of(self.plan.table, item):
                    self._delete(mark)
                    deleted = True
            if item is not None:
                if not self._put(key, item):
                    continue
                old = [*marks, self._marked(item)]
            if self.made(key) == item:
                return deleted
        raise RowUnsettled(f"a row of {self.plan.source.name!r} changed {_ROUNDS} times while its item was written")

    def _marked(self, item: Item) -> Item:
        return {name: item[name] for name in (*self.plan.table.key_names, *self._identity) if name in item}

    def _put(self, key: Key, item: Item) -> bool:
        """False if another row's item is in the way and gone or to be looked at again."""
        if not self._identity:
            self._database.run(Raw("PutItem", {"TableName": self._table, "Item": item}, repeatable=True))
            return True
        if self._put_over(item, item, or_none=True):
            return True
        holder = item_at(self._database, self._table, key_of(self.plan.table, item))
        if holder is None or self.made(key) != item:
            return False
        if any(name not in holder for name in self._identity) or self._is_held(holder):
            raise KeyHeld(f"two rows of {self.plan.source.name!r} have one key in table {self._table!r}")
        return self._put_over(item, holder, or_none=False)

    def _is_held(self, holder: Item) -> bool:
        """True if the row that an item names still makes an item of that key."""
        try:
            made = self.made(tuple(to_plain(holder[name]) for name in self._identity))
        except Rejected:
            return False
        return made is not None and key_of(self.plan.table, made) == key_of(self.plan.table, holder)

    def _put_over(self, item: Item, holder: Item, *, or_none: bool) -> bool:
        test = self._same_row(holder)
        if or_none:
            test["ConditionExpression"] = f"attribute_not_exists(#pk) OR ({test['ConditionExpression']})"
            test["ExpressionAttributeNames"]["#pk"] = self.plan.table.pk
        return self._try("PutItem", {"TableName": self._table, "Item": item, **test})

    def _delete(self, mark: Item) -> None:
        request = {"TableName": self._table, "Key": key_of(self.plan.table, mark)}
        self._try("DeleteItem", {**request, **(self._same_row(mark) if self._identity else {})})

    def _same_row(self, mark: Item) -> dict[str, Any]:
        names = {f"#i{number}": name for number, name in enumerate(self._identity)}
        return {
            "ConditionExpression": " AND ".join(f"{name} = :{name[1:]}" for name in names),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name[1:]}": mark[names[name]] for name in names},
        }

    def _try(self, operation: str, request: dict[str, Any]) -> bool:
        try:
            self._database.run(Raw(operation, request, repeatable=True))
        except ConditionFailed:
            return False
        return True


def bringers(
    database: Database, readers: Readers, plans: Sequence[EntityPlan], policies: Policies | None, prefix: str
) -> dict[str, Bringer]:
    """A bringer for each entity, by its name."""
    return {plan.name: Bringer(database, readers, plan, policies or Policies(), prefix) for plan in plans}


def identity_of(plan: EntityPlan) -> tuple[str, ...]:
    """The attributes that are the key columns of the row, in their order; nothing if not all of them are."""
    found: dict[int, str] = {}
    for made in plan.made:
        recipe, width = made.recipe, len(plan.key)
        if isinstance(recipe, Output) and recipe.number < width and made.attribute.transformation is None:
            wanted = "N" if plan.key[recipe.number].kind == "integer" else "S"
            if made.attribute.type == wanted and plan.key[recipe.number].kind in _TOLD_APART_BY:
                found.setdefault(recipe.number, made.attribute.name)
    return tuple(found[number] for number in sorted(found)) if len(found) == len(plan.key) else ()
