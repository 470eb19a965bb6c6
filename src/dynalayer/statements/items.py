"""Statements about one item: get, create, put, update, delete, and the check of a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

import msgspec

from dynalayer.protocol import ConditionFailed, InvalidValue, Item, ItemNotFound, ItemTooLarge, ServiceError, item_size
from dynalayer.protocol.limits import ITEM_BYTES
from dynalayer.schema import Change, Condition, Definition, Entity, Key, Selected

from .expiry import is_expired, item_expired, not_expired
from .rendering import Placeholders, render_condition, render_update
from .statement import Statement, encode
from .updates import default_keys, derived_keys, upsert_changes

E = TypeVar("E", bound=Entity)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Get(Statement[E | None], Generic[E]):
    """Read one item by its key; None when there is none or its time to live has passed."""

    key: Key[E]
    consistent: bool = False
    expired: bool = False

    operation: ClassVar[str] = "GetItem"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        request: dict[str, Any] = {"TableName": self.key.definition.table.name, "Key": self.key.wire}
        if self.consistent:
            request["ConsistentRead"] = True
        return request

    def read(self, answer: bytes, now: float) -> E | None:
        entity: E | None = self.key.definition.decode_answer(answer)
        if entity is None or (not self.expired and is_expired(entity, self.key.definition, now)):
            return None
        return entity


@dataclass(frozen=True, slots=True)
class GetRow(Statement[R | None], Generic[R]):
    """Read some attributes of one item by its key; None when there is none or its time to live has passed."""

    selected: Selected[R, Key[Any]]
    consistent: bool = False
    expired: bool = False

    operation: ClassVar[str] = "GetItem"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        to = Placeholders()
        key, names = self.selected.source, self.selected.columns.names
        ttl = key.definition.ttl
        if ttl is not None and ttl.wire_name not in names:
            names = (*names, ttl.wire_name)
        request: dict[str, Any] = {"TableName": key.definition.table.name, "Key": key.wire}
        # The key as well: of an item that has none of the attributes, the answer would be as if it were not there.
        names = tuple(dict.fromkeys((*names, key.definition.table.pk.name)))
        request["ProjectionExpression"] = ", ".join(to.name(name) for name in names)
        if self.consistent:
            request["ConsistentRead"] = True
        to.add_to(request)
        return request

    def read(self, answer: bytes, now: float) -> R | None:
        item = msgspec.json.decode(answer, type=_Found).Item
        definition = self.selected.source.definition
        if item is None or (not self.expired and item_expired(item, definition.ttl, now)):
            return None
        row: Any = self.selected.columns.row(item)
        return cast("R", row)


class _Found(msgspec.Struct):
    Item: Item | None = None


@dataclass(frozen=True, slots=True)
class Put(Statement[None], Generic[E]):
    """Write a whole item, in place of any that has its key."""

    entity: E
    if_: Condition[E] | None = None

    operation: ClassVar[str] = "PutItem"

    def request(self, now: float) -> dict[str, Any]:
        to = Placeholders()
        definition = self.entity.__definition__
        request: dict[str, Any] = {"TableName": definition.table.name, "Item": definition.encode(self.entity)}
        condition = self._condition(definition, to, now)
        if condition:
            request["ConditionExpression"] = condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        to.add_to(request)
        return request

    def body(self, now: float) -> bytes:
        request = self.request(now)
        return within_limit(encode(request), [(self.entity.__definition__, request["Item"])])

    def read(self, answer: bytes, now: float) -> None:
        return None

    def explain_error(self, error: ServiceError) -> ServiceError:
        if not isinstance(error, ConditionFailed):
            return error
        definition = self.entity.__definition__
        return ConditionFailed(f"{definition.name}: the condition was not met, nothing was written", item=error.item)

    def _condition(self, definition: Definition, to: Placeholders, now: float) -> str | None:
        return None if self.if_ is None else render_condition(self.if_, to)


class Create(Put[E]):
    """Write a whole item unless one has its key; an expired item counts as none."""

    __slots__ = ()

    def explain_error(self, error: ServiceError) -> ServiceError:
        if not isinstance(error, ConditionFailed):
            return error
        definition = self.entity.__definition__
        why = "an item with this key exists" if self.if_ is None else "an item exists, or the condition was not met"
        message = f"{definition.name}: {why} in {definition.table.name}, nothing was written"
        return ConditionFailed(message, item=error.item)

    def _condition(self, definition: Definition, to: Placeholders, now: float) -> str:
        absent = f"attribute_not_exists({to.name(definition.table.pk.name)})"
        if definition.ttl is not None:
            absent = f"{absent} OR NOT ({not_expired(definition.ttl, to, now)})"
        if self.if_ is None:
            return absent
        given = render_condition(self.if_, to)
        return f"({absent}) AND ({given})" if definition.ttl is not None else f"{absent} AND ({given})"


@dataclass(frozen=True, slots=True)
class Update(Statement[E], Generic[E]):
    """Change part of an item and give back the new one.

    A missing or expired item is an `ItemNotFound`; with `upsert` it is made, which needs every required attribute.
    """

    key: Key[E]
    changes: tuple[Change[E], ...]
    if_: Condition[E] | None = None
    upsert: bool = False

    operation: ClassVar[str] = "UpdateItem"

    def request(self, now: float) -> dict[str, Any]:
        request = self.action(now)
        request["ReturnValues"] = "ALL_NEW"
        return request

    def action(self, now: float) -> dict[str, Any]:
        """The update as a transaction wants it."""
        to = Placeholders()
        definition = self.key.definition
        of_key, defaults = upsert_changes(self.key, self.changes) if self.upsert else ([], [])
        changes = [*of_key, *self.changes]
        derived = derived_keys(self.key, changes)
        request: dict[str, Any] = {
            "TableName": definition.table.name,
            "Key": self.key.wire,
            "UpdateExpression": render_update(
                [*changes, *defaults], derived, default_keys(self.key, changes, defaults), to
            ),
        }
        conditions = [] if self.upsert else [_is_there(definition, to, now)]
        if self.if_ is not None:
            conditions.append(_parenthesised(self.if_, to))
        if conditions:
            request["ConditionExpression"] = " AND ".join(conditions)
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        to.add_to(request)
        return request

    def read(self, answer: bytes, now: float) -> E:
        entity: E = self.key.definition.decode_answer(answer)
        return entity

    def explain_error(self, error: ServiceError) -> ServiceError:
        return error if not isinstance(error, ConditionFailed) else _missing_or_failed(error, self.key, self.if_)


@dataclass(frozen=True, slots=True)
class Delete(Statement[E | None], Generic[E]):
    """Delete an item and give back what it was; None when there was none. Deleting twice is harmless."""

    key: Key[E]
    if_: Condition[E] | None = None

    operation: ClassVar[str] = "DeleteItem"

    def request(self, now: float) -> dict[str, Any]:
        request = self.action(now)
        request["ReturnValues"] = "ALL_OLD"
        return request

    def action(self, now: float) -> dict[str, Any]:
        """The deletion as a transaction wants it."""
        to = Placeholders()
        request: dict[str, Any] = {"TableName": self.key.definition.table.name, "Key": self.key.wire}
        if self.if_ is not None:
            request["ConditionExpression"] = render_condition(self.if_, to)
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        to.add_to(request)
        return request

    def read(self, answer: bytes, now: float) -> E | None:
        entity: E | None = self.key.definition.decode_answer(answer)
        return entity

    def explain_error(self, error: ServiceError) -> ServiceError:
        return error if not isinstance(error, ConditionFailed) else _missing_or_failed(error, self.key, self.if_)


@dataclass(frozen=True, slots=True)
class Check(Generic[E]):
    """A condition on an item that a transaction depends on without writing it."""

    key: Key[E]
    condition: Condition[E]

    def action(self, now: float) -> dict[str, Any]:
        """The check as a transaction wants it."""
        to = Placeholders()
        definition = self.key.definition
        text = f"{_is_there(definition, to, now)} AND {_parenthesised(self.condition, to)}"
        request: dict[str, Any] = {
            "TableName": definition.table.name,
            "Key": self.key.wire,
            "ConditionExpression": text,
        }
        to.add_to(request)
        return request


def within_limit(body: bytes, items: Iterable[tuple[Definition, Item]]) -> bytes:
    """The body itself; raises `ItemTooLarge` if an item in it has over 400 KB (developer guide, "Service quotas")."""
    # The JSON of an item is never shorter than its size as the service counts it, and its length costs nothing.
    if len(body) > ITEM_BYTES:
        for definition, item in items:
            _check_size(definition, item)
    return body


def _check_size(definition: Definition, item: Item) -> None:
    size = item_size(item)
    if size <= ITEM_BYTES:
        return
    sizes = {name: item_size({name: value}) for name, value in item.items()}
    largest = max(sizes, key=sizes.__getitem__)
    raise ItemTooLarge(
        f"{definition.name} for {definition.table.name}: the item has {size:,} bytes, the service's limit is "
        f"{ITEM_BYTES:,}; its largest attribute is {largest!r} with {sizes[largest]:,}"
    )


def _is_there(definition: Definition, to: Placeholders, now: float) -> str:
    exists = f"attribute_exists({to.name(definition.table.pk.name)})"
    return exists if definition.ttl is None else f"{exists} AND ({not_expired(definition.ttl, to, now)})"


def _parenthesised(condition: Condition[Any], to: Placeholders) -> str:
    return f"({render_condition(condition, to)})"


def _missing_or_failed(error: ConditionFailed, key: Key[Any], condition: Condition[Any] | None) -> ConditionFailed:
    where = f"{key.definition.name} in {key.definition.table.name}"
    if condition is None:
        return ItemNotFound(f"{where}: there is no item with this key, nothing was written", item=error.item)
    return ConditionFailed(f"{where}: no item with this key meets the condition, nothing was written", item=error.item)


def changed(changes: Iterable[Change[E]]) -> tuple[Change[E], ...]:
    """Changes as an update wants them; raises `InvalidValue` when there are none."""
    given = tuple(changes)
    if not given:
        raise InvalidValue("an update needs at least one change")
    return given
