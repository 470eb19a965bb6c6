"""What a statement takes: which entities it reads and writes, by which table or index, and how many units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

from dynalayer.protocol import InvalidValue
from dynalayer.schema import AccessPath, Call, Condition, Definition, Entity, Joined, Key, Query, definition_of
from dynalayer.statements import (
    BatchGet,
    BatchWrite,
    Check,
    Create,
    Delete,
    Get,
    Put,
    Scan,
    Transaction,
    Update,
)

from .fixed import fixed_partition
from .sizes import entry_size_of, item_size_of, projected_names
from .subjects import Asked, subject_of
from .units import item_read, item_write, page_reads

Kind = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Use:
    """Units that one call takes of a table (`index` None) or of one of its indexes.

    `partition` is the text of the partition key if it is the same in every call.
    """

    definition: Definition
    index: str | None
    kind: Kind
    units: float
    partition: str | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large items are taken to be: as given, or else as their types and bounds allow."""

    item_bytes: int | None = None

    def item(self, definition: Definition) -> int:
        """The size of an item."""
        return item_size_of(definition).bytes if self.item_bytes is None else self.item_bytes

    def entry(self, definition: Definition, path: AccessPath) -> int:
        """The size of its entry in an index."""
        return entry_size_of(definition, path, self.item_bytes)


@dataclass(frozen=True, slots=True)
class Amount:
    """How many items a call gives back, and the share of those read that its filter keeps."""

    items: int | None = None
    keeps: float | None = None

    def read(self, limit: int | None) -> int:
        """How many items are read; 1 where nothing is said."""
        wanted = self.items if self.items is not None else limit or 1
        return ceil(wanted / (self.keeps or 1))

    def times(self, given: int) -> float:
        """How often a batch that has so many items as an example is made."""
        return 1.0 if self.items is None else self.items / given


def uses(asked: Asked, amount: Amount, sizes: Sizes) -> list[Use]:
    """What a call takes at most, if its items have these sizes.

    An index whose key may change counts a deletion and a write. Raises `InvalidValue` for statements whose reads and
    writes cannot be told.
    """
    subject = subject_of(asked)
    bounded = replace(amount, items=subject.size) if amount.items is None else amount
    return _uses(subject.asked, subject.whole, bounded, sizes)


def _uses(asked: Any, whole: bool, amount: Amount, sizes: Sizes) -> list[Use]:
    match asked:
        case Query():
            return [_query(asked, whole, amount, sizes)]
        case Scan():
            return list(_scan(asked, amount, sizes))
        case Get():
            return [_get(asked.key, sizes, consistent=asked.consistent)]
        case BatchGet():
            reads = [_get(key, sizes, consistent=asked.consistent) for key in asked.keys]
            return _times(amount.times(len(reads)), reads)
        case BatchWrite():
            written = [use for each in asked.actions for use in _batched(each, sizes)]
            return _times(amount.times(len(asked.actions)), written)
        case Transaction():
            return _times(2, [use for action in asked.actions for use in _write(action, sizes)])
        case Put() | Update() | Delete():
            return list(_write(asked, sizes))
        case _:
            raise InvalidValue(f"what a {type(asked).__name__} takes cannot be told: declare the statements it makes")


def _times(factor: float, each: list[Use]) -> list[Use]:
    return [replace(use, units=use.units * factor) for use in each]


def _query(query: Query[Any, Any], whole: bool, amount: Amount, sizes: Sizes) -> Use:
    definition, path, consistent = query.definition, query.path, query.is_consistent
    count, size = amount.read(query.limit_), _read_size(definition, path, sizes)
    units = page_reads(count, size, consistent=consistent)
    if whole and path.lacking and path.is_local:
        # What a local index does not carry is fetched from the table, item by item.
        units += count * item_read(sizes.item(definition), consistent=consistent)
    return Use(definition, path.index, "read", units, fixed_partition(path, _partition_values(query)))


def _read_size(definition: Definition, path: AccessPath, sizes: Sizes) -> int:
    return sizes.item(definition) if path.index is None else sizes.entry(definition, path)


def _scan(scan: Scan[Any], amount: Amount, sizes: Sizes) -> Iterator[Use]:
    """All items read are counted as the largest of those that are asked for."""
    if not scan.paths:
        raise InvalidValue(f"no entity is declared in {scan.index or scan.table.name}, so its scan cannot be priced")
    size = max(_read_size(definition, path, sizes) for definition, path in scan.paths)
    units = page_reads(amount.read(scan.limit_), size, consistent=scan.is_consistent)
    for definition, _ in scan.paths:
        yield Use(definition, scan.index, "read", units)
        units = 0.0


def _partition_values(query: Query[Any, Any]) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for part, wire in zip(query.path.partition, query.partition, strict=True):
        if part.template is None:
            values[part.sources[0].name] = part.sources[0].codec.read(wire)
        else:
            values |= part.template.parse(wire["S"])
    return values


def _get(key: Key[Any], sizes: Sizes, *, consistent: bool) -> Use:
    units = item_read(sizes.item(key.definition), consistent=consistent)
    return Use(key.definition, None, "read", units, _of_key(key))


def _of_key(key: Key[Any]) -> str | None:
    return fixed_partition(key.definition.primary, key.values)


def _batched(action: Any, sizes: Sizes) -> Iterator[Use]:
    return _put(action, None, sizes, is_new=False) if isinstance(action, Entity) else _deleted(action, sizes)


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
            return iter([_own_write(action.key.definition, _of_key(action.key), sizes)])
        case _:
            raise InvalidValue(f"what a {type(action).__name__} takes cannot be told")


def _own_write(definition: Definition, partition: str | None, sizes: Sizes) -> Use:
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
    yield _own_write(key.definition, _of_key(key), sizes)
    yield from _index_writes(key.definition, key.values, sizes, lambda path: 1)


def _updated(update: Update[Any], sizes: Sizes) -> Iterator[Use]:
    definition = update.key.definition
    changed = {change.path.attribute for change in update.changes}
    values = {**update.key.values, **{c.path.attribute.name: c.value for c in update.changes if c.action == "SET"}}

    def entries(path: AccessPath) -> int:
        if any(source in changed for source in path.sources):
            return 2
        names = projected_names(definition, path)
        is_seen = names is None or any(attribute.wire_name in names for attribute in changed)
        return 1 if is_seen or update.upsert else 0

    yield _own_write(definition, _of_key(update.key), sizes)
    yield from _index_writes(definition, values, sizes, entries)


def _index_writes(
    definition: Definition, values: Mapping[str, Any], sizes: Sizes, entries: Callable[[AccessPath], int]
) -> Iterator[Use]:
    for path in definition.paths.values():
        units = entries(path) * item_write(sizes.entry(definition, path))
        if units:
            yield Use(definition, path.index, "write", units, fixed_partition(path, values))
