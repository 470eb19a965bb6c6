"""Holding a declared table against the one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from dynalayer.protocol import DefinitionError
from dynalayer.schema import AnyIndex, Index, KeyAttribute, KeyShape, Table

Remedy = Literal["create_tables", "add_index", "new table", "by hand"]


class Difference(msgspec.Struct, frozen=True):
    """One way in which the table that is there is not the declared one.

    `remedy` is what ends it: `create_tables` and `add_index` are methods of the database and lose nothing; a `new
    table` needs its items copied; what is to be done `by hand` would lose something, so nothing here does it.
    """

    table: str
    what: str
    declared: str
    found: str
    remedy: Remedy

    def __str__(self) -> str:
        return f"{self.what}: declared {self.declared}, found {self.found}{_ADVICE[self.remedy]}"


_ADVICE: Mapping[Remedy, str] = {
    "create_tables": "; create_tables() sets it",
    "add_index": "; add_index() adds and fills it",
    "new table": "; only a new table can have it",
    "by hand": "; turn it off or delete it first",
}


class Found(msgspec.Struct, frozen=True):
    """A table as the service tells of it; None where the engine does not know the setting."""

    description: Mapping[str, Any]
    ttl: str | None
    recovery: bool | None
    tags: Mapping[str, str] | None


def differences(table: Table, found: Found) -> list[Difference]:
    """All differences: of the shape first, then of the settings. What is there and not declared is no difference."""
    return [*shape_differences(table, found.description), *_of_settings(table, found)]


def shape_differences(table: Table, description: Mapping[str, Any]) -> list[Difference]:
    """The differences of keys, indexes and projections."""
    kinds = {part["AttributeName"]: part["AttributeType"] for part in description["AttributeDefinitions"]}
    declared, there = _keys(table.keys), _found_keys(description, kinds)
    keys = [] if declared == there else [Difference(table.name, "keys", declared, there, "new table")]
    return [*keys, *_of_indexes(table, description, kinds)]


def refuse(found: Sequence[Difference]) -> None:
    """Raise `DefinitionError` that lists the differences, if there are any."""
    if found:
        names = sorted({difference.table for difference in found})
        where = f"table {names[0]!r} exists" if len(names) == 1 else f"tables {', '.join(map(repr, names))} exist"
        lines = [f"{each.table}: {each}" if len(names) > 1 else str(each) for each in found]
        raise DefinitionError(f"{where} in another shape, nothing was changed:\n" + "\n".join(f"- {x}" for x in lines))


def _of_indexes(table: Table, description: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterator[Difference]:
    both = {"global": "GlobalSecondaryIndexes", "local": "LocalSecondaryIndexes"}
    there = {i["IndexName"]: (kind, i) for kind, member in both.items() for i in description.get(member, ())}
    for index in table.indexes.values():
        kind = "global" if isinstance(index, Index) else "local"
        what, declared = f"{kind} index {index.name!r}", _keys(table.keys_of(index))
        if index.name not in there:
            yield Difference(table.name, what, declared, "none", "add_index" if kind == "global" else "new table")
            continue
        found_kind, found = there[index.name]
        keys = _found_keys(found, kinds)
        if found_kind != kind:
            keys = f"a {found_kind} index on {keys}"
        remedy: Remedy = "by hand" if found_kind == "global" and kind == "global" else "new table"
        if keys != declared:
            yield Difference(table.name, what, declared, keys, remedy)
        if _projection(index) != _found_projection(found):
            what = f"projection of {what}"
            yield Difference(table.name, what, _projection(index), _found_projection(found), remedy)


def _of_settings(table: Table, found: Found) -> Iterator[Difference]:
    if table.ttl is not None and table.ttl != found.ttl:
        remedy: Remedy = "create_tables" if found.ttl is None else "by hand"
        yield Difference(table.name, "ttl", table.ttl, found.ttl or "none", remedy)
    stream = found.description.get("StreamSpecification", {})
    view = stream.get("StreamViewType") if stream.get("StreamEnabled") else None
    if table.stream is not None and table.stream != view:
        yield Difference(
            table.name, "stream", table.stream, view or "none", "create_tables" if view is None else "by hand"
        )
    protection = found.description.get("DeletionProtectionEnabled")
    if table.deletion_protection and protection is False:
        yield Difference(table.name, "deletion protection", "on", "off", "create_tables")
    if table.point_in_time_recovery and found.recovery is False:
        yield Difference(table.name, "point-in-time recovery", "on", "off", "create_tables")
    for key, value in table.tags.items():
        if found.tags is not None and found.tags.get(key) != value:
            yield Difference(table.name, f"tag {key!r}", repr(value), repr(found.tags.get(key)), "create_tables")


def _keys(keys: KeyShape) -> str:
    return _sides(keys.partition, keys.sort)


def _sides(partition: Sequence[KeyAttribute], sort: Sequence[KeyAttribute]) -> str:
    sides = [" + ".join(f"{attribute.name} ({attribute.kind})" for attribute in side) for side in (partition, sort)]
    return f"pk {sides[0]}, sk {sides[1]}" if sides[1] else f"pk {sides[0]}"


def _found_keys(holder: Mapping[str, Any], kinds: Mapping[str, Any]) -> str:
    of = {"HASH": list[KeyAttribute](), "RANGE": list[KeyAttribute]()}
    for part in holder["KeySchema"]:
        of[part["KeyType"]].append(KeyAttribute(part["AttributeName"], kinds[part["AttributeName"]]))
    return _sides(of["HASH"], of["RANGE"])


def _projection(index: AnyIndex) -> str:
    return index.projection if isinstance(index.projection, str) else f"INCLUDE {', '.join(sorted(index.projection))}"


def _found_projection(found: Mapping[str, Any]) -> str:
    projection: Mapping[str, Any] = found["Projection"]
    names = sorted(projection.get("NonKeyAttributes", ()))
    return f"INCLUDE {', '.join(names)}" if names else str(projection["ProjectionType"])
