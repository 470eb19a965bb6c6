"""What DynamoDB asks of every item and key, however they were made."""

from __future__ import annotations

from dynalayer.migrate.contract import TableSpec
from dynalayer.protocol import Item, Value, item_size, limits, text_size, value_size


class Rejected(Exception):
    """A row that cannot become an item: the reason, and the attribute if it is one's fault; no values."""

    def __init__(self, reason: str, attribute: str | None = None) -> None:
        super().__init__(f"{attribute!r}: {reason}" if attribute else reason)
        self.reason = reason
        self.attribute = attribute


def check_key(table: TableSpec, name: str, item: Item) -> None:
    """A key attribute is there, of its type, not empty and not too long; raises `Rejected`.

    Those of indexes may be missing: then the item is not in that index.
    """
    most = dict(zip(table.key_names, (limits.HASH_KEY_BYTES, limits.RANGE_KEY_BYTES), strict=False)).get(name)
    value = item.get(name)
    if value is None:
        if most is not None:
            raise Rejected("a part of the key is null; give it a value for that, such as 'null_value'", name)
        return
    ((kind, content),) = value.items()
    declared = table.type_of(name)
    if kind != declared:
        raise Rejected(f"the key is of type {kind}, and the contract declares {declared}", name)
    if content == "":
        raise Rejected("the key is empty, which DynamoDB does not allow", name)
    if most is not None and kind == "S" and text_size(content) > most:
        raise Rejected(f"the key has {text_size(content)} bytes, over DynamoDB's {most}", name)


def check_size(item: Item) -> None:
    """An item has at most 400 KB; raises `Rejected` with the name of what has the most bytes."""
    size = item_size(item)
    if size > limits.ITEM_BYTES:
        raise Rejected(f"the item has {size} bytes, over DynamoDB's 409,600; {_largest(item)!r} has the most")


def _largest(members: dict[str, Value]) -> str:
    name = max(members, key=lambda each: value_size(members[each]))
    inner = members[name].get("M")
    return f"{name}.{_largest(inner)}" if inner else name
