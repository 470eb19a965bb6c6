"""Attributes whose values no two items share: each value is held by an item of its own, its marker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import InvalidValue, NotUnique
from dynalayer.schema import AttributeDefinition, Condition, Definition, Wire, is_marker, marker_key
from dynalayer.statements.expiry import is_expired, not_expired
from dynalayer.statements.items.items import Check, Create, Delete, Put, Update
from dynalayer.statements.rendering import Placeholders

Write = Put[Any] | Update[Any] | Delete[Any]

OWNER = "owner"
"""The attribute of a marker that holds the key of the item whose value it is."""


class Marker(msgspec.Struct, frozen=True):
    """One change of a marker in the transaction of the write that needs it: `index` is that write's place."""

    index: int
    attribute: AttributeDefinition
    definition: Definition
    value: Wire
    owner: dict[str, Wire]
    other: dict[str, Wire] | None = None
    """The key of an item that gives the value back in the same transaction."""

    def request(self, to: Placeholders, now: float) -> dict[str, Any]:
        """What all changes of a marker share: it must be free, or of this owner."""
        table = self.definition.table
        owners = (self.owner,) if self.other is None else (self.owner, self.other)
        owned = " OR ".join(f"{to.name(OWNER)} = {to.value({'M': owner})}" for owner in owners)
        free = f"attribute_not_exists({to.name(table.pk.name)})"
        ttl = self.definition.ttl
        gone = "" if ttl is None else f" OR NOT ({not_expired(ttl, to, now)})"
        request = {"TableName": table.name, "ConditionExpression": f"{free} OR {owned}{gone}"}
        to.add_to(request)
        return request

    @property
    def key(self) -> dict[str, Wire]:
        """The marker's own key."""
        return marker_key(self.definition.name, self.definition.table, self.attribute, self.value)


class Claim(Marker, frozen=True):
    """Take a value for an item; `expires` is the item's time to live."""

    expires: Wire | None = None

    def action(self, now: float) -> dict[str, Any]:
        """The write as a transaction wants it."""
        item = {**self.key, OWNER: {"M": self.owner}}
        if self.expires is not None and self.definition.ttl is not None:
            item[self.definition.ttl.wire_name] = self.expires
        return {"Put": {**self.request(Placeholders(), now), "Item": item}}


class Release(Marker, frozen=True):
    """Give a value back."""

    def action(self, now: float) -> dict[str, Any]:
        """The write as a transaction wants it."""
        return {"Delete": {**self.request(Placeholders(), now), "Key": self.key}}


def merged(markers: Iterable[Claim | Release]) -> list[Claim | Release]:
    """The changes with one for each marker: a value may go from one item of a transaction to another.

    Raises `NotUnique` if two items of the transaction want one value.
    """
    by_key: dict[tuple[str, str], Claim | Release] = {}
    for marker in markers:
        identity = (marker.definition.table.name, str(marker.key))
        earlier = by_key.get(identity)
        if isinstance(marker, Claim) and isinstance(earlier, Claim):
            raise NotUnique(
                f"{marker.definition.name}: two items of the transaction have the same {marker.attribute.name}, which "
                "is unique; nothing was written",
                attribute=marker.attribute.name,
            )
        if earlier is None:
            by_key[identity] = marker
        else:
            claim, release = (marker, earlier) if isinstance(marker, Claim) else (earlier, marker)
            by_key[identity] = replace(claim, other=release.owner)
    return list(by_key.values())


def needs_stored(action: Write | Check[Any]) -> bool:
    """True if the values that the item has now must be known, to give them back."""
    if isinstance(action, (Check, Create)) or not action.definition.uniques:
        return False
    return not isinstance(action, Update) or bool(_touched(action))


def _touched(update: Update[Any]) -> set[str]:
    """The names of changed attributes that markers depend on."""
    definition = update.definition
    of_markers = {attribute.name for attribute in definition.uniques}
    if definition.ttl is not None:
        of_markers.add(definition.ttl.name)
    return {change.path.attribute.name for change in update.changes} & of_markers


def with_markers(index: int, action: Write, stored: Any, now: float) -> tuple[Write, list[Claim | Release]]:
    """The write guarded by the values that it found (`stored`, None for no item), and its changes of markers."""
    definition = action.definition
    # The values of an expired item are anyone's: some may be held by others by now.
    held = None if stored is None or is_expired(stored, definition, now) else stored
    before = {attribute.name: _stored_wire(attribute, held) for attribute in definition.uniques}
    after = _after(action, before)
    expires = _expiry_after(action, stored)
    owner = action.key.wire
    if is_marker(definition.table, owner):
        raise InvalidValue(
            f"{definition.name}: a partition key cannot begin with UNIQUE#, which markers of values have"
        )
    markers: list[Claim | Release] = []
    for attribute in definition.uniques:
        old, new = before[attribute.name], after[attribute.name]
        if new is not None and (new != old or _sets_expiry(action)):
            markers.append(Claim(index, attribute, definition, new, owner, expires=expires))
        if old is not None and old != new:
            markers.append(Release(index, attribute, definition, old, owner))
    guarded = action if isinstance(action, Create) else replace(action, guard=_as_found(definition, stored))
    return guarded, markers


def _stored_wire(attribute: AttributeDefinition, entity: Any) -> Wire | None:
    value = None if entity is None else getattr(entity, attribute.name)
    return None if value is None else attribute.codec.write(value)


def _after(action: Write, before: dict[str, Wire | None]) -> dict[str, Wire | None]:
    if isinstance(action, Delete):
        return dict.fromkeys(before)
    if isinstance(action, Put):
        return {attribute.name: _stored_wire(attribute, action.entity) for attribute in action.definition.uniques}
    after = dict(before)
    for change in action.changes:
        name = change.path.attribute.name
        if name not in before:
            continue
        if change.action not in ("SET", "REMOVE"):
            raise InvalidValue(f"{change.path!r} is unique, so an update can only set or remove it")
        after[name] = change.operand if change.action == "SET" else None
    return after


def _expiry_after(action: Write, stored: Any) -> Wire | None:
    """The time to live that the item will have, if its markers must follow it."""
    ttl = action.definition.ttl
    if ttl is None or isinstance(action, Delete):
        return None
    if isinstance(action, Put):
        return _stored_wire(ttl, action.entity)
    for change in action.changes:
        if change.path.attribute is ttl:
            if change.action not in ("SET", "REMOVE"):
                raise InvalidValue(
                    f"{change.path!r} decides how long unique values are held, so an update can only set or remove it"
                )
            return change.operand if change.action == "SET" else None
    return _stored_wire(ttl, stored)


def _sets_expiry(action: Write) -> bool:
    """True if the item's time to live may be another afterwards, so that its markers must follow."""
    ttl = action.definition.ttl
    if ttl is None or isinstance(action, Delete):
        return False
    return isinstance(action, Put) or any(change.path.attribute is ttl for change in action.changes)


def _as_found(definition: Definition, stored: Any) -> Condition[Any]:
    """The unique attributes are still what they were when they were read."""
    parts = list(_same_values(definition, stored))
    condition = parts[0]
    for part in parts[1:]:
        condition = condition & part
    return condition


def _same_values(definition: Definition, stored: Any) -> Iterator[Condition[Any]]:
    for attribute in definition.uniques:
        value = None if stored is None else getattr(stored, attribute.name)
        yield definition.path(attribute.name) == value


def has_moved(definition: Definition, stored: Any, item: dict[str, Wire] | None) -> bool:
    """True if a refused write found other values than those that it was planned with."""
    return any(attribute.wire_in(item or {}) != _stored_wire(attribute, stored) for attribute in definition.uniques)
