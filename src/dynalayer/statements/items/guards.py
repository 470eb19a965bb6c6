"""What the layer asks of an item besides the caller's condition: that it is there, alive, and as it was read."""

from __future__ import annotations

from typing import Any

from dynalayer.protocol import ConditionFailed, ItemNotFound, ServiceError, StaleRevision
from dynalayer.schema import VERSION_NAME, Condition, Definition, Joined, Key, kin_condition, stamp
from dynalayer.statements.expiry import not_expired
from dynalayer.statements.rendering import Placeholders, render_condition, render_names


class Guards:
    """Conditions that must all hold, as one text without needless parentheses (the service refuses those)."""

    def __init__(self, to: Placeholders) -> None:
        self.to = to
        self._parts: list[tuple[str, bool]] = []

    def add(self, text: str, *, is_either: bool = False) -> None:
        """One more condition; `is_either` if an OR is on its outside."""
        self._parts.append((text, is_either))

    def add_given(self, condition: Condition[Any] | None) -> None:
        """The caller's condition, if there is one."""
        if condition is not None:
            text = render_condition(condition, self.to)
            self.add(text, is_either=isinstance(condition, Joined) and condition.operator == "OR")

    def add_to(self, request: dict[str, Any]) -> None:
        """Put them, with all placeholders, into a request that shall give back the item it found if they fail."""
        parts = self._parts
        if parts:
            if len(parts) == 1:
                request["ConditionExpression"] = parts[0][0]
            else:
                request["ConditionExpression"] = " AND ".join([f"({text})" if wide else text for text, wide in parts])
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        self.to.add_to(request)


def is_there(definition: Definition, guards: Guards, now: float) -> None:
    """There is an item with this key, and its time to live has not passed."""
    to = guards.to
    guards.add(f"attribute_exists({to.name(definition.table.pk.name)})")
    guards.add_given(kin_condition(definition))
    if definition.ttl is not None:
        guards.add(not_expired(definition.ttl, to, now), is_either=True)


def is_absent(definition: Definition, guards: Guards, now: float) -> None:
    """There is no item with this key, or its time to live has passed."""
    absent = f"attribute_not_exists({guards.to.name(definition.table.pk.name)})"
    if definition.ttl is None:
        guards.add(absent)
    else:
        guards.add(f"{absent} OR NOT ({not_expired(definition.ttl, guards.to, now)})", is_either=True)


def has_revision(definition: Definition, expected: int, guards: Guards, now: float) -> None:
    """The stored item has this revision; 0 stands for one that was never written with a revision."""
    if definition.lifecycle is None or definition.lifecycle.revision is None:
        return
    name = render_names(definition.lifecycle.revision.names, guards.to)
    if expected:
        guards.add(f"{name} = {guards.to.value({'N': str(expected)})}")
    elif definition.ttl is None:
        guards.add(f"attribute_not_exists({name})")
    else:
        gone = f"NOT ({not_expired(definition.ttl, guards.to, now)})"
        guards.add(f"attribute_not_exists({name}) OR {gone}", is_either=True)


def is_not_later(definition: Definition, guards: Guards, now: float) -> None:
    """The stored moment of the last write is not after `now`, so that it cannot go backwards."""
    updated = definition.lifecycle.updated if definition.lifecycle else None
    if updated is not None:
        name = render_names(updated.names, guards.to)
        value = guards.to.value(updated.codec.write(stamp(updated, now)))
        guards.add(f"attribute_not_exists({name}) OR {name} <= {value}", is_either=True)


def has_version(definition: Definition, guards: Guards, *, older: bool = False, missing: bool = False) -> None:
    """The stored item is of the schema's newest version; with `older` also of one below, with `missing` also none."""
    version = definition.lifecycle.version if definition.lifecycle else None
    if version is None:
        return
    name, value = guards.to.name(VERSION_NAME), guards.to.value({"N": str(version)})
    same = f"{name} {'<=' if older else '='} {value}"
    if older or version == 1:
        guards.add(f"attribute_not_exists({name}) OR {same}", is_either=True)
    elif missing:
        absent = f"attribute_not_exists({guards.to.name(definition.table.pk.name)})"
        guards.add(f"{absent} OR {same}", is_either=True)
    else:
        guards.add(same)


def explain_failure(
    error: ServiceError, key: Key[Any], condition: Condition[Any] | None, revision: int | None = None
) -> ServiceError:
    """A failed condition in words; `revision` is the one that the caller's instance has, if it was asked for."""
    if not isinstance(error, ConditionFailed):
        return error
    definition = key.definition
    where = f"{definition.name} in {definition.table.name}"
    if revision is not None and (stale := _stale(definition, error, revision)):
        return StaleRevision(f"{where}: {stale}; nothing was written, read it again", item=error.item)
    if condition is None:
        return ItemNotFound(f"{where}: there is no item with this key, nothing was written", item=error.item)
    return ConditionFailed(f"{where}: no item with this key meets the condition, nothing was written", item=error.item)


def _stale(definition: Definition, error: ConditionFailed, revision: int) -> str | None:
    attribute = definition.lifecycle.revision if definition.lifecycle else None
    if attribute is None or error.item is None:
        return None
    found = int((attribute.wire_in(error.item) or {"N": "0"})["N"])
    if found == revision:
        return None
    return f"the stored item has revision {found}, this instance has {revision}, so it was written since it was read"
