"""What reads take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.schema import AccessPath, Definition, Key, Query, entities_of
from dynalayer.statements import Collection, Scan

from .fixed import Partition, fixed_partition
from .takings import Amount, Sizes, Use
from .units import item_read, page_reads


def of_query(query: Query[Any, Any], whole: bool, amount: Amount, sizes: Sizes) -> Use:
    """A query of one entity; `whole` if it gives whole items."""
    definition, path, consistent = query.definition, query.path, query.is_consistent
    count, size = amount.read(query.limit_), _read_size(definition, path, sizes)
    units = page_reads(count, size, consistent=consistent)
    if whole and path.lacking and path.is_local:
        # What a local index does not carry is fetched from the table, item by item.
        units += count * item_read(sizes.item(definition), consistent=consistent)
    return Use(definition, path.index, "read", units, fixed_partition(path, _partition_values(query)))


def _read_size(definition: Definition, path: AccessPath, sizes: Sizes) -> int:
    """The size of what is read there: of the largest entity that is of this kind."""
    kin = [each for each in entities_of(definition.table) if issubclass(each.cls, definition.cls)] or [definition]
    if path.index is None:
        return max(sizes.item(each) for each in kin)
    return max(sizes.entry(each, path) for each in kin)


def of_scan(scan: Scan[Any], amount: Amount, sizes: Sizes) -> Iterator[Use]:
    """A scan; all items read are counted as the largest of those that are asked for."""
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


def of_collection(asked: Collection[Any], amount: Amount, sizes: Sizes) -> Iterator[Use]:
    """An item collection; all items are counted as the largest of its entities."""
    query = asked.query
    members = [(member.definition, member.path) for member in asked.members]
    size = max(_read_size(definition, path, sizes) for definition, path in members)
    units = page_reads(amount.read(asked.limit_), size, consistent=asked.is_consistent)
    partition = fixed_partition(query.path, _partition_values(query))
    for definition, path in members:
        yield Use(definition, path.index, "read", units, partition)
        units = 0.0


def of_key(key: Key[Any], sizes: Sizes, *, consistent: bool) -> Use:
    """A read of one item by its key."""
    size = _read_size(key.definition, key.definition.primary, sizes)
    units = item_read(size, consistent=consistent)
    return Use(key.definition, None, "read", units, partition_of(key))


def partition_of(key: Key[Any]) -> Partition | None:
    """The partition of a key, if calls have it in common."""
    return fixed_partition(key.definition.primary, key.values)
