"""What writes take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.schema import (
    AccessPath,
    AttributeDefinition,
    Call,
    Condition,
    Definition,
    Entity,
    Joined,
    Key,
    definition_of,
)
from dynalayer.statements import Check, Create, Delete, Put, Update

from .fixed import Partition, fixed_partition
from .reads import of_key, partition_of
from .sizes import marker_size_of, projected_names
from .takings import Sizes, Use, times
from .units import item_write


def of_batched(action: Any, sizes: Sizes) -> Iterator[Use]:
    """A write of a batch."""
    return _put(action, None, sizes, is_new=False) if isinstance(action, Entity) else _deleted(action, sizes)


def of_single(action: Any, sizes: Sizes) -> Iterator[Use]:
    """A write on its own; of an entity with unique values it is a transaction."""
    if not _has_markers(action):
        yield from _write(action, sizes)
        return
    yield from of_transaction([action], sizes)
    if isinstance(action, Update):
        # A transaction gives back no item, so the new one is read after it.
        yield of_key(action.key, sizes, consistent=True)


def of_transaction(actions: Sequence[Any], sizes: Sizes) -> Iterator[Use]:
    """Writes and checks together: twice what they take alone, and the markers of unique values with them."""
    for action in actions:
        yield from times(2, list(_write(action, sizes)))
        if _has_markers(action):
            yield from _markers(action, sizes)


def _has_markers(action: Any) -> bool:
    if isinstance(action, Check) or not action.definition.uniques:
        return False
    return not isinstance(action, Update) or bool(_changed_markers(action))


def _changed_markers(update: Update[Any]) -> list[AttributeDefinition]:
    definition, changed = update.definition, {change.path.attribute for change in update.changes}
    return [each for each in definition.uniques if each in changed or definition.ttl in changed]


def _markers(action: Any, sizes: Sizes) -> Iterator[Use]:
    """Claims and releases; to release what an item has, it is read first."""
    definition, is_new = action.definition, isinstance(action, Create)
    if not is_new:
        yield of_key(action.key, sizes, consistent=True)
    for attribute in _changed_markers(action) if isinstance(action, Update) else definition.uniques:
        moves = 1 if is_new or isinstance(action, Delete) else 2
        units = 2 * moves * item_write(marker_size_of(definition, attribute))
        yield Use(definition, None, "write", units)


def _write(action: Any, sizes: Sizes) -> Iterator[Use]:
    match action:
        case Put():
            return _put(action.entity, action.if_, sizes, is_new=isinstance(action, Create))
        case Update():
            return _updated(action, sizes)
        case Delete():
            return _deleted(action.key, sizes)
        case Check():
            # A check that holds is counted as a write of the item that it looks at.
            return iter([_own_write(action.key.definition, partition_of(action.key), sizes)])
        case _:
            raise InvalidValue(f"what a {type(action).__name__} takes cannot be told")


def _own_write(definition: Definition, partition: Partition | None, sizes: Sizes) -> Use:
    return Use(definition, None, "write", item_write(sizes.item(definition)), partition)


def _put(entity: Any, condition: Condition[Any] | None, sizes: Sizes, *, is_new: bool) -> Iterator[Use]:
    definition = definition_of(entity)
    values = vars(entity)
    is_new = is_new or _demands_absence(condition, definition)

    def entries(path: AccessPath) -> int:
        if any(values.get(source.name) is None for source in path.sources):
            return 0 if is_new else 1
        return 1 if is_new or not _may_change(path, definition) else 2

    yield _own_write(definition, fixed_partition(definition.primary, values), sizes)
    yield from _index_writes(definition, values, sizes, entries)


def _demands_absence(condition: Condition[Any] | None, definition: Definition) -> bool:
    if isinstance(condition, Joined):
        return condition.operator == "AND" and any(_demands_absence(c, definition) for c in condition.conditions)
    if not isinstance(condition, Call) or condition.function != "attribute_not_exists":
        return False
    return condition.path.attribute.required or condition.path.attribute.name in definition.key_sources


def _may_change(path: AccessPath, definition: Definition) -> bool:
    return any(source.name not in definition.key_sources for source in path.sources)


def _deleted(key: Key[Any], sizes: Sizes) -> Iterator[Use]:
    yield _own_write(key.definition, partition_of(key), sizes)
    yield from _index_writes(key.definition, key.values, sizes, lambda path: 1)


def _updated(update: Update[Any], sizes: Sizes) -> Iterator[Use]:
    definition = update.key.definition
    changed = {change.path.attribute for change in update.changes}
    values = {**update.key.values, **{c.path.attribute.name: c.value for c in update.changes if c.action == "SET"}}

    def entries(path: AccessPath) -> int:
        if any(source in changed for source in path.sources):
            return 2
        names = projected_names(definition, path)
        is_seen = names is None or any(attribute.top_name in names for attribute in changed)
        return 1 if is_seen or update.upsert else 0

    yield _own_write(definition, partition_of(update.key), sizes)
    yield from _index_writes(definition, values, sizes, entries)


def _index_writes(
    definition: Definition, values: Mapping[str, Any], sizes: Sizes, entries: Callable[[AccessPath], int]
) -> Iterator[Use]:
    for path in definition.paths.values():
        units = entries(path) * item_write(sizes.entry(definition, path))
        if units:
            yield Use(definition, path.index, "write", units, fixed_partition(path, values))
