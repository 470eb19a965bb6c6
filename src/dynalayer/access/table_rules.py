"""What is wrong with tables as a whole: overlapping keys, idle indexes, entities out of reach, hot partitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import ceil

from dynalayer.protocol import DefinitionError
from dynalayer.protocol.limits import COLLECTION_BYTES
from dynalayer.schema import Definition, refuse_overlaps

from .fixed import Partition
from .patterns import AccessPattern
from .report import Finding
from .sizes import item_size_of
from .takings import Kind, Use

PARTITION_WRITES = 1000
PARTITION_READS = 3000
"""Units a second that one partition gives (developer guide, "Partitions and data distribution")."""

Used = tuple[AccessPattern, Sequence[Use]]


def table_findings(entities: Sequence[Definition], used: Sequence[Used]) -> Iterator[Finding]:
    """Everything that the patterns and entities show together."""
    yield from _overlaps(entities)
    yield from _hot(used)
    yield from _idle_indexes(entities, used)
    yield from _unreached(entities, used)
    yield from _collections(entities)


def _overlaps(entities: Iterable[Definition]) -> Iterator[Finding]:
    """Entities of two declarations of one table; those of one are held against each other when they are made."""
    for first, second in combinations(entities, 2):
        if first.table is second.table or first.table.name != second.table.name:
            continue
        try:
            refuse_overlaps(second, first)
        except DefinitionError as error:
            names, way_out = f"{first.name} and {second.name}", "declare both on one Table with different prefixes"
            yield Finding("error", "overlap", names, str(error), way_out)


def _hot(used: Sequence[Used]) -> Iterator[Finding]:
    rates: dict[tuple[str, str | None, Partition, Kind], dict[str, float]] = {}
    for pattern, takes in used:
        for use in takes:
            if use.partition is not None and pattern.per_second is not None:
                place = (use.definition.table.name, use.index, use.partition, use.kind)
                of_patterns = rates.setdefault(place, {})
                of_patterns[pattern.name] = of_patterns.get(pattern.name, 0.0) + use.units * pattern.per_second
    for (table, index, partition, kind), of_patterns in rates.items():
        shard = {name: rate / partition.shards for name, rate in of_patterns.items()}
        yield from _too_hot(f"index {index} of {table}" if index else table, kind, shard, partition.shards)


def _too_hot(where: str, kind: Kind, of_patterns: dict[str, float], shards: int) -> Iterator[Finding]:
    rate, most = sum(of_patterns.values()), PARTITION_WRITES if kind == "write" else PARTITION_READS
    if rate > most:
        names = ", ".join(repr(name) for name in of_patterns)
        reason = f"one partition takes {rate:,.0f} {kind} units a second (from {names}); a partition gives {most:,}"
        way_out = f"spread its key over {ceil(shards * rate / most)} shards or more (write_shard)"
        yield Finding("warning", "hot-partition", where, reason, way_out)


def _idle_indexes(entities: Iterable[Definition], used: Sequence[Used]) -> Iterator[Finding]:
    read = {(use.definition.table.name, use.index) for _, takes in used for use in takes if use.kind == "read"}
    tables = {entity.table.name: entity.table for entity in entities}
    for table in tables.values():
        for name in table.indexes:
            if (table.name, name) not in read:
                reason = f"no pattern reads index {name} of {table.name}, and each write pays for it"
                yield Finding("warning", "unused-index", name, reason, "declare the pattern that does, or drop it")


def _unreached(entities: Iterable[Definition], used: Sequence[Used]) -> Iterator[Finding]:
    # What reads an entity reads those that are derived from it.
    reached = tuple({use.definition.cls for _, takes in used for use in takes})
    for entity in entities:
        if not issubclass(entity.cls, reached):
            reason = f"no pattern reads or writes this entity of {entity.table.name}"
            yield Finding("warning", "unreached", entity.name, reason, "declare its patterns, or drop it")


def _collections(entities: Iterable[Definition]) -> Iterator[Finding]:
    for table in {entity.table.name: entity.table for entity in entities}.values():
        if table.local_indexes:
            largest = max(item_size_of(entity).bytes for entity in entities if entity.table.name == table.name)
            room = COLLECTION_BYTES // (largest * (1 + len(table.local_indexes)))
            reason = "a partition of a table with local indexes ends at 10 GB, entries of the indexes included"
            way_out = f"keep below {room:,} items of {largest:,} bytes in one, or use global indexes"
            yield Finding("hint", "collection", table.name, reason, way_out)
