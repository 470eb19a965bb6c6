"""One change of one item: prepared and checked outside of a transaction, then carried out inside of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dynalayer.engines.embedded import expressions
from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.expressions import ConditionExpression, UpdateExpression
from dynalayer.engines.embedded.items import capacity, itemcollections
from dynalayer.engines.embedded.legacy.conditions import expected
from dynalayer.engines.embedded.legacy.updates import attribute_updates
from dynalayer.engines.embedded.requests import placeholders
from dynalayer.engines.embedded.requests.decoding import decode_item, encode
from dynalayer.engines.embedded.requests.structs import Conditional, Single, TransactCheck, UpdateItem
from dynalayer.engines.embedded.streams import changes
from dynalayer.engines.embedded.streams.changes import Image
from dynalayer.engines.embedded.tables.keyparts import EMPTY_WORDS
from dynalayer.engines.embedded.tables.shape import Index, Key, Table
from dynalayer.protocol import (
    ConditionFailed,
    Item,
    ValidationError,
    Value,
    check_item,
    check_value,
    item_size,
    messages,
    text_size,
    value_size,
)
from dynalayer.protocol.limits import ITEM_BYTES

Values = dict[str, Value]


@dataclass(slots=True)
class Write:
    """A put, an update, a deletion or a bare check of one item, ready to run."""

    table: Table
    key: Key
    change: Callable[[Item | None], Item | None] | None
    condition: ConditionExpression | None
    values: Values
    return_old_on_failure: bool = False
    update: UpdateExpression | None = None
    new_size: int | None = None


class Move(NamedTuple):
    """What a write did to an index: the items before and after, so far as they are in it."""

    of: Index
    before: Item | None
    after: Item | None
    moved: bool

    def units(self) -> float:
        """A changed entry costs one write of its larger image; one that moves costs a deletion and a write."""
        before = None if self.before is None else self.of.projected(self.before)
        after = None if self.after is None else self.of.projected(self.after)
        if before == after:
            return 0.0
        sizes = [item_size(entry) for entry in (before, after) if entry is not None]
        if self.moved:
            return sum(capacity.write_units(size) for size in sizes)
        return capacity.write_units(max(sizes))


@dataclass(slots=True)
class Outcome:
    """What a write found and left; `stored` is the old item as it was stored."""

    stored: bytes | None
    old: Item | None
    new: Item | None
    size: int
    moves: list[Move]

    @property
    def index_units(self) -> dict[Index, float]:
        """The write units that each index took; counted when asked for, as most writers do not ask."""
        units = {move.of: move.units() for move in self.moves}
        return {index: taken for index, taken in units.items() if taken}


def put(engine: Engine, request: Conditional, item: Item) -> Write:
    """A put of an item; refuses one that is too large or lacks its key."""
    size = checked_size(item)
    condition, values = _condition(request)
    table = engine.table(request.table_name)
    expressions.refuse_nested_keys(table, condition)
    key = table.key_of(item)
    for index in table.indexes:
        index.entry(item)
    write = Write(table, key, lambda old: item, condition, values)
    write.new_size = size
    write.return_old_on_failure = request.return_values_on_condition_check_failure == "ALL_OLD"
    return write


def checked_size(item: Item) -> int:
    """The size of an item that is to be put; raises `ValidationError` above 400 KB."""
    size = check_item(item)
    if size > ITEM_BYTES:
        raise ValidationError(messages.ITEM_TOO_LARGE)
    return size


def delete(engine: Engine, request: Conditional, key: Item) -> Write:
    """A deletion."""
    return _keyed(engine, request, key, lambda old: None)


def check(engine: Engine, request: TransactCheck, key: Item) -> Write:
    """A condition that must hold, with no change."""
    return _keyed(engine, request, key, None)


def _keyed(
    engine: Engine, request: Conditional | TransactCheck, key: Item, change: Callable[[Item | None], Item | None] | None
) -> Write:
    check_item(key)
    condition, values = _condition(request)
    table = engine.table(request.table_name)
    expressions.refuse_nested_keys(table, condition)
    write = Write(table, table.locate(key), change, condition, values)
    write.return_old_on_failure = request.return_values_on_condition_check_failure == "ALL_OLD"
    return write


def _condition(request: Conditional | TransactCheck) -> tuple[ConditionExpression | None, Values]:
    names, values = request.expression_attribute_names, request.expression_attribute_values
    text = request.condition_expression
    if text is None and names is None and values is None:
        return expected(request.expected, request.conditional_operator) if isinstance(request, Single) else (None, {})
    placeholders.check(names, values, "ConditionExpression is null", needed=text is not None)
    condition = expressions.condition(text, names)
    return condition, expressions.use(names, values, condition)


def update(engine: Engine, request: Conditional, text: str | None, key: Item) -> Write:
    """An update; refuses one that changes a key attribute."""
    check_item(key)
    names, given = request.expression_attribute_names, request.expression_attribute_values
    needed = text is not None or request.condition_expression is not None
    placeholders.check(names, given, "UpdateExpression and ConditionExpression are null", needed=needed)
    expression = expressions.update(text, names)
    condition = expressions.condition(request.condition_expression, names)
    values = expressions.use(names, given, expression, condition)
    if isinstance(request, UpdateItem) and expression is None and condition is None:
        expression, changed = attribute_updates(request.attribute_updates or {})
        condition, compared = expected(request.expected, request.conditional_operator)
        values = {**changed, **compared}
    table = engine.table(request.table_name)
    write = Write(table, table.locate(key), None, condition, values)
    write.update = expression
    write.change = _update_change(table, expression, values, key)
    expressions.refuse_nested_keys(table, expression, condition)
    write.return_old_on_failure = request.return_values_on_condition_check_failure == "ALL_OLD"
    return write


def _update_change(
    table: Table, expression: UpdateExpression | None, values: Values, key: Item
) -> Callable[[Item | None], Item | None]:
    if expression is None:
        return lambda old: key if old is None else old
    for part in table.key_parts():
        if part.name in expression.attributes:
            raise ValidationError(messages.UPDATE_OF_KEY.format(part.name))
    apply = expression.apply
    return lambda old: apply(key if old is None else old, values)


def run(connection: sqlite3.Connection, write: Write) -> Outcome:
    """Carry a write out; raises `ConditionFailed` if its condition does not hold."""
    table = write.table
    row: tuple[bytes, int] | None = connection.execute(table.select, write.key).fetchone()
    old: Item | None = None if row is None or _ignores_old(write) else decode_item(row[0])
    if write.condition is not None and not write.condition.test(old or {}, write.values):
        raise ConditionFailed(messages.CONDITION_FAILED, item=old if write.return_old_on_failure else None)
    size = 0 if row is None else row[1]
    stored = None if row is None else row[0]
    if write.change is None:
        return Outcome(stored, old, old, size, [])
    new = write.change(old)
    if new is None:
        if old is not None:
            connection.execute(table.delete, write.key)
        moves = move(connection, table, write.key, old, None)
        if table.stream is not None:
            changes.note(connection, table, Image.of(old, stored, size), None)
        return Outcome(stored, old, None, size, moves)
    if write.update is not None and table.index_parts:
        _check_index_keys(table, write.update, new)
    new_size = _updated_size(write, old, new, size) if write.new_size is None else write.new_size
    moves = move(connection, table, write.key, old, new)
    encoded = encode(new)
    connection.execute(table.upsert, (*write.key, new_size, table.expiry_of(new), encoded))
    if table.stream is not None:
        changes.note(connection, table, Image.of(old, stored, size), Image(new, encoded, new_size))
    return Outcome(stored, old, new, max(size, new_size), moves)


def _ignores_old(write: Write) -> bool:
    """Whether a put replaces whatever there is, and nothing else depends on that."""
    return (
        write.new_size is not None
        and write.condition is None
        and not write.table.indexes
        and write.table.stream is None
    )


def _check_index_keys(table: Table, update: UpdateExpression, new: Item) -> None:
    """Refuse to give an index's key attribute another type or no content; the service has words of its own for it."""
    for name in update.attributes & table.index_parts.keys():
        part, value = table.index_parts[name], new.get(name)
        if value is not None and update.parameter == "UpdateExpression":
            if part.kind not in value:
                raise ValidationError(messages.UPDATE_INDEX_KEY_TYPE)
            if not value[part.kind]:
                raise ValidationError(messages.UPDATE_INDEX_KEY_EMPTY.format(EMPTY_WORDS[part.kind]))


def _updated_size(write: Write, old: Item | None, new: Item, old_size: int) -> int:
    """The size of an updated item; what the update has not touched is known to be sound and is not counted again."""
    if old is None or write.update is None:
        size = check_item(new)
    else:
        size = old_size
        for name in write.update.attributes:
            if name in old:
                size -= text_size(name) + value_size(old[name])
            if name in new:
                size += text_size(name) + check_value(new[name])
    if size > ITEM_BYTES:
        raise ValidationError(messages.UPDATED_ITEM_TOO_LARGE)
    return size


def move(connection: sqlite3.Connection, table: Table, key: Key, old: Item | None, new: Item | None) -> list[Move]:
    """Bring the indexes from the old item to the new, and return what that did to each of them."""
    moves: list[Move] = []
    for index in table.indexes:
        before, after = index.place(old), index.entry_after(old, new)
        if before != after:
            if before is not None:
                connection.execute(index.delete, (*before, *key))
            if after is not None:
                connection.execute(index.insert, (*after, *key))
        moves.append(Move(index, before and old, after and new, before != after))
    if table.collections is not None:
        itemcollections.adjust(connection, table, key, old, new)
    return moves
