"""Which row an item is of, told by its attributes, and what writes or deletes an item of that row alone; pure."""

from __future__ import annotations

from typing import Any, Final

from dynalayer.migrate.ports import Key
from dynalayer.migrate.queries import EntityPlan, Output
from dynalayer.migrate.target import key_of
from dynalayer.protocol import Item, to_plain
from dynalayer.statements import Raw

_TOLD_APART_BY: Final = ("integer", "text", "enum")


class Owning:
    """What is asked of DynamoDB for the items of one entity, which are in `table`.

    An item is only overwritten or deleted while it is of the row that it is taken for: the attributes that are the
    row's own key tell. Entities whose items do not have the whole key as attributes are written without that test.
    """

    def __init__(self, plan: EntityPlan, table: str) -> None:
        self._plan = plan
        self._table = table
        self._identity = identity_of(plan)

    def key_of(self, item: Item) -> Item:
        """The key of an item, or of what is marked by it."""
        return key_of(self._plan.table, item)

    def mark(self, item: Item) -> Item:
        """What tells an item from all others."""
        return {name: item[name] for name in (*self._plan.table.key_names, *self._identity) if name in item}

    def row_of(self, item: Item) -> Key | None:
        """The key of the row that an item is of; None if it does not tell."""
        if any(name not in item for name in self._identity):
            return None
        return tuple(to_plain(item[name]) for name in self._identity)

    def put(self, item: Item) -> Raw:
        """What writes an item, if there is none of its key or it is of the same row."""
        request = {"TableName": self._table, "Item": item}
        if self._identity:
            test = self._same_row(item)
            test["ConditionExpression"] = f"attribute_not_exists(#pk) OR ({test['ConditionExpression']})"
            test["ExpressionAttributeNames"]["#pk"] = self._plan.table.pk
            request |= test
        return Raw("PutItem", request, repeatable=True)

    def put_over(self, item: Item, holder: Item) -> Raw:
        """What writes an item over that of another row."""
        return Raw("PutItem", {"TableName": self._table, "Item": item, **self._same_row(holder)}, repeatable=True)

    def delete(self, mark: Item) -> Raw:
        """What deletes an item, if it is still of the row that it is marked with."""
        request = {"TableName": self._table, "Key": self.key_of(mark)}
        return Raw("DeleteItem", {**request, **(self._same_row(mark) if self._identity else {})}, repeatable=True)

    def _same_row(self, mark: Item) -> dict[str, Any]:
        names = {f"#i{number}": name for number, name in enumerate(self._identity)}
        return {
            "ConditionExpression": " AND ".join(f"{name} = :{name[1:]}" for name in names),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name[1:]}": mark[names[name]] for name in names},
        }


def is_of(plan: EntityPlan, key: Key, item: Item) -> bool:
    """True if an item is of the row with this key, or does not tell of which it is."""
    identity = identity_of(plan)
    if not identity or any(name not in item for name in identity):
        return True
    return tuple(to_plain(item[name]) for name in identity) == tuple(key)


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
