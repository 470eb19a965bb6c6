"""What is wrong with the entities that patterns are about: keys and items that can grow past the service's limits."""

from __future__ import annotations

from collections.abc import Iterator

from dynalayer.protocol.limits import HASH_KEY_BYTES, ITEM_BYTES
from dynalayer.schema import AccessPath, AttributeDefinition, Definition, KeyPart

from .report import Finding
from .sizes import ASSUMED_BYTES, Size, item_size_of, key_size_of, marker_key_size_of


def entity_findings(definition: Definition) -> Iterator[Finding]:
    """Everything that one entity alone shows."""
    told: set[tuple[str, ...]] = set()
    for path in (definition.primary, *definition.paths.values()):
        for part in path.parts:
            if part.attribute.kind != "N":
                yield from _key(definition, path, part, told)
    for attribute in definition.uniques:
        yield from _unique(definition, attribute)
    yield from _item(definition)


def _unique(definition: Definition, attribute: AttributeDefinition) -> Iterator[Finding]:
    """A unique value is part of the partition key of its marker."""
    size = marker_key_size_of(definition, attribute)
    if size.unbounded or size.bytes > HASH_KEY_BYTES:
        room = HASH_KEY_BYTES - size.bytes + (ASSUMED_BYTES if size.unbounded else attribute.max_bytes or 0)
        reason = (
            f"the marker that keeps {attribute.name} unique has it in a key, which ends at {HASH_KEY_BYTES:,} bytes"
        )
        way_out = f"declare attr(max_bytes=...), at most {room:,}"
        yield Finding("warning" if size.unbounded else "error", "key-size", definition.name, reason, way_out)


def _key(definition: Definition, path: AccessPath, part: KeyPart, told: set[tuple[str, ...]]) -> Iterator[Finding]:
    size = key_size_of(part)
    where = f"the key {part.attribute.name!r} of {f'index {path.index}' if path.index else definition.table.name}"
    if not size.unbounded:
        if size.bytes > part.limit:
            reason = f"{where} can have {size.bytes:,} bytes, the service takes {part.limit:,}"
            yield Finding("error", "key-size", definition.name, reason, "lower max_bytes of its parts")
        return
    if size.unbounded in told:
        return
    told.add(size.unbounded)
    room = part.limit - size.bytes + ASSUMED_BYTES * len(size.unbounded)
    yield _unbounded(definition, part, size, room, where)


def _unbounded(definition: Definition, part: KeyPart, size: Size, room: int, where: str) -> Finding:
    names = " and ".join(size.unbounded)
    each = room // len(size.unbounded) // (1 if part.is_native else 2)
    reason = f"{where} can pass {part.limit:,} bytes: {names} {'has' if len(size.unbounded) == 1 else 'have'} no bound"
    escaped = "" if part.is_native else ", escaped characters counting two"
    way_out = f"declare attr(max_bytes=...), at most {each:,} ({room:,} bytes are left{escaped})"
    return Finding("warning", "key-size", definition.name, reason, way_out)


def _item(definition: Definition) -> Iterator[Finding]:
    size = item_size_of(definition)
    if size.bytes > ITEM_BYTES:
        reason = f"an item can have {size.bytes:,} bytes, the service takes {ITEM_BYTES:,}"
        yield Finding("error", "item-size", definition.name, reason, "lower max_bytes, or keep the largest value apart")
    elif size.unbounded:
        reason = f"an item can pass {ITEM_BYTES:,} bytes: {', '.join(size.unbounded)} without a bound"
        room = (ITEM_BYTES - size.bytes) // len(size.unbounded) + ASSUMED_BYTES
        yield Finding("hint", "item-size", definition.name, reason, f"declare attr(max_bytes=...), {room:,} each fits")
