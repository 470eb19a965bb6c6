"""What DynamoDB asks of every item and key, however they were made."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from dynalayer.migrate.contract import AttributeType, TableSpec
from dynalayer.protocol import Item, Value, item_size, limits, text_size, value_size


class Rejected(Exception):
    """A row that cannot become an item: the reason, and the attribute if it is one's fault; no values."""

    def __init__(self, reason: str, attribute: str | None = None) -> None:
        super().__init__(f"{attribute!r}: {reason}" if attribute else reason)
        self.reason = reason
        self.attribute = attribute


class KeyRule(Struct, frozen=True):
    """What is asked of a key attribute: `most` bytes if it is of the table's own key, which must be there."""

    name: str
    type: AttributeType | None
    most: int | None

    def check(self, item: Item) -> None:
        """The attribute is there, of its type, not empty and not too long; raises `Rejected`.

        Those of indexes may be missing: then the item is not in that index.
        """
        value, most = item.get(self.name), self.most
        if value is None:
            if most is not None:
                raise Rejected("a part of the key is null; give it a value for that, such as 'null_value'", self.name)
            return
        ((kind, content),) = value.items()
        if kind != self.type:
            raise Rejected(f"the key is of type {kind}, and the contract declares {self.type}", self.name)
        if content == "":
            raise Rejected("the key is empty, which DynamoDB does not allow", self.name)
        if most is not None and kind == "S" and text_size(content) > most:
            raise Rejected(f"the key has {text_size(content)} bytes, over DynamoDB's {most}", self.name)


def key_rule(table: TableSpec, name: str) -> KeyRule:
    """What is asked of one key attribute of a table or of its indexes."""
    most = dict(zip(table.key_names, (limits.HASH_KEY_BYTES, limits.RANGE_KEY_BYTES), strict=False)).get(name)
    return KeyRule(name, table.type_of(name), most)


def check_size(item: Item) -> None:
    """An item has at most 400 KB; raises `Rejected` with the name of what has the most bytes."""
    if surely_below(item) <= limits.ITEM_BYTES:
        return
    size = item_size(item)
    if size > limits.ITEM_BYTES:
        raise Rejected(f"the item has {size} bytes, over DynamoDB's 409,600; {_largest(item)!r} has the most")


def surely_below(item: Item) -> int:
    """At least as many bytes as the item has, found in a fraction of the time: its JSON is longer in every part."""
    return len(msgspec.json.encode(item))


def _largest(members: dict[str, Value]) -> str:
    name = max(members, key=lambda each: value_size(members[each]))
    inner = members[name].get("M")
    return f"{name}.{_largest(inner)}" if inner else name
