"""Statements about one item: get, create, put, update, delete, and the check of a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Generic, TypeVar, cast

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import ConditionFailed, InvalidValue, Item, ItemTooLarge, ServiceError, StaleRevision, item_size
from dynalayer.protocol.limits import ITEM_BYTES
from dynalayer.schema import (
    Change,
    Condition,
    Definition,
    Entity,
    Key,
    Selected,
    Wire,
    definition_of,
    key_of,
    kin_condition,
)
from dynalayer.statements.expiry import is_expired, item_expired
from dynalayer.statements.rendering import Placeholders, render_names, render_update
from dynalayer.statements.statement import Statement, encode

from .guards import Guards, explain_failure, has_revision, has_version, is_absent, is_not_later, is_there
from .inner import guard_map, has_other_form, is_inside, new_map
from .outcomes import bounds_of, explain_update
from .updates import default_keys, derived_keys, fixed_attributes, implied_changes, upsert_changes

E = TypeVar("E", bound=Entity)
R = TypeVar("R")


class Get(Statement[E | None], Generic[E], frozen=True):
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


class GetRow(Statement[R | None], Generic[R], frozen=True):
    """Read some attributes of one item by its key; None when there is none or its time to live has passed."""

    selected: Selected[R, Key[Any]]
    consistent: bool = False
    expired: bool = False

    operation: ClassVar[str] = "GetItem"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        to = Placeholders()
        key, columns = self.selected.source, self.selected.columns
        definition = key.definition
        request: dict[str, Any] = {"TableName": definition.table.name, "Key": key.wire}
        if columns.upgraded is None:
            expiry = () if definition.ttl is None else (definition.ttl.names,)
            # The key as well: of an item that has none of the attributes, the answer would be as if it were not there.
            ways = dict.fromkeys((*columns.names, *expiry, (definition.table.pk.name,)))
            request["ProjectionExpression"] = ", ".join(render_names(names, to) for names in ways)
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


class Put(Statement[None], Generic[E], frozen=True):
    """Write a whole item, in place of any that has its key.

    An entity with a `revision()` replaces only the item that it was read from; `guard` is a condition of the layer's.
    """

    entity: E
    if_: Condition[E] | None = None
    guard: Condition[Any] | None = None

    operation: ClassVar[str] = "PutItem"
    writes: ClassVar[bool] = True

    @property
    def key(self) -> Key[E]:
        """The key of the item that is written."""
        return key_of(self.entity)

    @property
    def definition(self) -> Definition:
        """What is known of the entity."""
        return self.entity.__definition__

    def request(self, now: float) -> dict[str, Any]:
        to = Placeholders()
        definition = self.definition
        request: dict[str, Any] = {"TableName": definition.table.name, "Item": definition.item(self.entity, now)}
        guards = Guards(to)
        self._add_guards(definition, guards, now)
        guards.add_given(self.if_)
        guards.add_given(self.guard)
        guards.add_to(request)
        return request

    def body(self, now: float) -> bytes:
        request = self.request(now)
        body = encode(request)
        return body if len(body) <= ITEM_BYTES else within_limit(body, [(self.definition, request["Item"])])

    def read(self, answer: bytes, now: float) -> None:
        return None

    def explain_error(self, error: ServiceError) -> ServiceError:
        if not isinstance(error, ConditionFailed):
            return error
        explained = explain_failure(error, self.key, self.if_, revision_of(self.entity))
        if isinstance(explained, StaleRevision):
            return explained
        message = f"{self.definition.name}: the condition was not met, nothing was written"
        return ConditionFailed(message, item=error.item)

    def _add_guards(self, definition: Definition, guards: Guards, now: float) -> None:
        if definition.lifecycle is not None:
            has_revision(definition, revision_of(self.entity) or 0, guards, now)
            is_not_later(definition, guards, now)
            has_version(definition, guards, older=True)


class Create(Put[E], frozen=True):
    """Write a whole item unless one has its key; an expired item counts as none."""

    def explain_error(self, error: ServiceError) -> ServiceError:
        if not isinstance(error, ConditionFailed):
            return error
        definition = self.definition
        why = "an item with this key exists" if self.if_ is None else "an item exists, or the condition was not met"
        message = f"{definition.name}: {why} in {definition.table.name}, nothing was written"
        return ConditionFailed(message, item=error.item)

    def _add_guards(self, definition: Definition, guards: Guards, now: float) -> None:
        is_absent(definition, guards, now)


class Update(Statement[E], Generic[E], frozen=True):
    """Change part of an item and give back the new one.

    A missing or expired item is an `ItemNotFound`; with `upsert` it is made, which needs every required attribute.
    Given an instance with a `revision()` instead of a key, only the item that it was read from is changed.
    """

    target: Key[E] | E
    changes: tuple[Change[E], ...]
    if_: Condition[E] | None = None
    upsert: bool = False
    guard: Condition[Any] | None = None
    makes_map: bool = False
    """True in the form for an item that lacks the map which the attributes are kept inside; the layer chooses it."""

    operation: ClassVar[str] = "UpdateItem"
    writes: ClassVar[bool] = True

    @property
    def key(self) -> Key[E]:
        """The key of the item that is changed."""
        return as_key(self.target)

    @property
    def definition(self) -> Definition:
        """What is known of the entity."""
        return self.key.definition

    def request(self, now: float) -> dict[str, Any]:
        request = self.action(now)
        request["ReturnValues"] = "ALL_NEW"
        return request

    def action(self, now: float) -> dict[str, Any]:
        """The update as a transaction wants it."""
        to = Placeholders()
        key = self.key
        definition = key.definition
        changes = [*self.changes, *implied_changes(key, self.changes, now, upsert=self.upsert)]
        defaults: list[Change[Any]] = []
        missing: dict[str, Wire] = {}
        if self.upsert:
            of_key, defaults = upsert_changes(key, self.changes)
            changes = [*of_key, *changes]
            missing = default_keys(key, changes, defaults) | fixed_attributes(definition)
        derived = derived_keys(key, changes, upsert=self.upsert)
        if missing:
            missing = {name: wire for name, wire in missing.items() if name not in derived}
        changes += defaults
        inside = [change for change in changes if is_inside(change)] if definition.inside else []
        if inside and self.makes_map:
            derived[definition.inside] = new_map(key, inside)
            changes = [change for change in changes if not is_inside(change)]
        request: dict[str, Any] = {
            "TableName": definition.table.name,
            "Key": key.wire,
            "UpdateExpression": render_update(changes, derived, missing, to),
        }
        guards = self._guards(definition, to, now)
        if inside:
            guard_map(definition, guards, makes_map=self.makes_map)
        guards.add_to(request)
        return request

    def read(self, answer: bytes, now: float) -> E:
        entity: E = self.definition.decode_answer(answer)
        return entity

    def explain_error(self, error: ServiceError) -> ServiceError:
        explained = explain_failure(error, self.key, self.if_, revision_of(self.target))
        return explain_update(explained, self.key, self.changes, upsert=self.upsert)

    def other_form(self, item: Item | None) -> Update[E] | None:
        """The update in the form that the item which refused it takes; None if it was not refused for its form."""
        if has_other_form(self.definition, item, makes_map=self.makes_map, upsert=self.upsert):
            return replace(self, makes_map=not self.makes_map)
        return None

    def _guards(self, definition: Definition, to: Placeholders, now: float) -> Guards:
        guards = Guards(to)
        if not self.upsert:
            is_there(definition, guards, now)
        guards.add_given(self.if_)
        guards.add_given(self.guard)
        for bound in bounds_of(self.changes):
            guards.add_given(bound.condition)
        if definition.lifecycle is not None:
            if not isinstance(self.target, Key):
                has_revision(definition, revision_of(self.target) or 0, guards, now)
            is_not_later(definition, guards, now)
            has_version(definition, guards, missing=self.upsert)
        return guards


class Delete(Statement[E | None], Generic[E], frozen=True):
    """Delete an item and give back what it was; None when there was none. Deleting twice is harmless.

    Given an instance with a `revision()` instead of a key, only the item that it was read from is deleted.
    """

    target: Key[E] | E
    if_: Condition[E] | None = None
    guard: Condition[Any] | None = None

    operation: ClassVar[str] = "DeleteItem"
    writes: ClassVar[bool] = True

    @property
    def key(self) -> Key[E]:
        """The key of the item that is deleted."""
        return as_key(self.target)

    @property
    def definition(self) -> Definition:
        """What is known of the entity."""
        return self.key.definition

    def request(self, now: float) -> dict[str, Any]:
        request = self.action(now)
        request["ReturnValues"] = "ALL_OLD"
        return request

    def action(self, now: float) -> dict[str, Any]:
        """The deletion as a transaction wants it."""
        to = Placeholders()
        key = self.key
        request: dict[str, Any] = {"TableName": key.definition.table.name, "Key": key.wire}
        guards = Guards(to)
        self._add_guards(key.definition, guards, now)
        guards.add_given(self.if_)
        guards.add_given(self.guard)
        if not isinstance(self.target, Key):
            has_revision(key.definition, revision_of(self.target) or 0, guards, now)
        guards.add_to(request)
        return request

    def read(self, answer: bytes, now: float) -> E | None:
        entity: E | None = self.definition.decode_answer(answer)
        return entity

    def explain_error(self, error: ServiceError) -> ServiceError:
        return explain_failure(error, self.key, self.if_, revision_of(self.target))

    def _add_guards(self, definition: Definition, guards: Guards, now: float) -> None:
        guards.add_given(kin_condition(definition))


class Check(msgspec.Struct, Generic[E], frozen=True):
    """A condition on an item that a transaction depends on without writing it."""

    key: Key[E]
    condition: Condition[E]

    @property
    def definition(self) -> Definition:
        """What is known of the entity."""
        return self.key.definition

    def action(self, now: float) -> dict[str, Any]:
        """The check as a transaction wants it."""
        to = Placeholders()
        request: dict[str, Any] = {"TableName": self.definition.table.name, "Key": self.key.wire}
        guards = Guards(to)
        is_there(self.definition, guards, now)
        guards.add_given(self.condition)
        guards.add_to(request)
        return request


def as_key(target: Key[E] | E) -> Key[E]:
    """The key of what a statement is about."""
    if isinstance(target, Key):
        return target
    return key_of(target)


def revision_of(target: Any) -> int | None:
    """The revision of an instance; None for a key and for an entity without one."""
    if isinstance(target, Key):
        return None
    lifecycle = definition_of(target).lifecycle
    if lifecycle is None or lifecycle.revision is None:
        return None
    found: int = getattr(target, lifecycle.revision.name)
    return found


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
    sizes = {name: item_size({name: value}) for name, value in item.items() if name != definition.inside}
    if definition.inside:
        within = item[definition.inside]["M"].items()
        sizes |= {f"{definition.inside}.{name}": item_size({name: value}) for name, value in within}
    largest = max(sizes, key=sizes.__getitem__)
    raise ItemTooLarge(
        f"{definition.name} for {definition.table.name}: the item has {size:,} bytes, the service's limit is "
        f"{ITEM_BYTES:,}; its largest attribute is {largest!r} with {sizes[largest]:,}"
    )


def changed(changes: Iterable[Change[E]]) -> tuple[Change[E], ...]:
    """Changes as an update wants them; raises `InvalidValue` when there are none."""
    given = tuple(changes)
    if not given:
        raise InvalidValue("an update needs at least one change")
    return given
