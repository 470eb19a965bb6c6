"""What there is in a source of documents: collections, types of every field, sizes and depths; pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any, Final

from msgspec import Struct

from dynalayer.migrate.contract import shape_of
from dynalayer.migrate.items import Policies, Unconvertible
from dynalayer.protocol import value_size

from .mapping import attribute_value
from .values import Document, GeoPoint, Reference, Timestamp, Vector

MOST_FIELDS: Final = 500
"""A map that has ids for names would otherwise give a field for each of them."""
OTHERS: Final = "(others)"
_SHOWN: Final = 3
_LENIENT: Final = Policies(long_numbers="text", not_a_number="text")
_KINDS: Final[dict[type, str]] = {
    str: "string",
    int: "integer",
    float: "double",
    bool: "boolean",
    type(None): "null",
    bytes: "bytes",
    list: "array",
    dict: "map",
    Timestamp: "timestamp",
    GeoPoint: "geopoint",
    Reference: "reference",
    Vector: "vector",
}


class Collection(Struct):
    """The documents of a collection: how many, the biggest in bytes as an item, how deep maps and lists go.

    `unreadable` is how many of them cannot be read, `fields` how often each field is of each type, `taken` how many
    documents become items; with `is_ignored` none is meant to. `undeclared` are fields that the contract does not speak
    of, of entities that it has.
    """

    documents: int = 0
    taken: int = 0
    unreadable: int = 0
    is_ignored: bool = False
    largest: int = 0
    largest_path: str = ""
    depth: int = 0
    fields: dict[str, dict[str, int]] = {}
    undeclared: list[str] = []


class Inventory(Struct):
    """The collections of a source by their paths without ids, and documents that are not there and have collections."""

    collections: dict[str, Collection] = {}
    missing_parents: int = 0
    missing_examples: list[str] = []

    def __str__(self) -> str:
        lines: list[str] = []
        for name, each in self.collections.items():
            lines.append(
                f"{name}: {each.documents:,} documents, {_state(each)}; largest {each.largest:,} bytes"
                f" ({each.largest_path}), {each.depth} deep"
                f"{f', {each.unreadable:,} cannot be read' if each.unreadable else ''}"
            )
            for field, types in sorted(each.fields.items()):
                told = ", ".join(f"{kind} {count:,}" for kind, count in sorted(types.items()))
                lines.append(f"  {field}: {told}" + (" (not declared)" if field in each.undeclared else ""))
        if self.missing_parents:
            examples = ", ".join(self.missing_examples)
            lines.append(
                f"{self.missing_parents:,} documents are not there and have collections all the same: {examples}"
                f"{', ...' if self.missing_parents > len(self.missing_examples) else ''}"
            )
        return "\n".join(lines)


def _state(each: Collection) -> str:
    if each.is_ignored:
        return "ignored"
    if each.taken == each.documents:
        return "mapped"
    return f"{each.documents - each.taken:,} not mapped" if each.taken else "not mapped"


class Gathering:
    """Gathers an inventory document by document."""

    def __init__(self) -> None:
        self._found: dict[str, Collection] = {}

    def add(
        self, document: Document, *, is_taken: bool, is_ignored: bool, declared: Container[str] | None = None
    ) -> None:
        """Count a document; `declared` are the names of the fields that a contract speaks of."""
        shape = shape_of(document.segments)
        each = self._found.setdefault(shape, Collection(is_ignored=is_ignored))
        each.documents += 1
        each.taken += is_taken
        each.unreadable += bool(document.unreadable)
        for path, kind, depth in _walk(document.fields, "", 1):
            each.depth = max(each.depth, depth)
            known = path if path in each.fields or len(each.fields) < MOST_FIELDS else OTHERS
            types = each.fields.setdefault(known, {})
            types[kind] = types.get(kind, 0) + 1
        if declared is not None:
            new = {name for name in document.fields if name not in declared} - set(each.undeclared)
            each.undeclared += sorted(new)[: MOST_FIELDS - len(each.undeclared)]
        size = _size(document)
        if (-size, document.path) < (-each.largest, each.largest_path or "\U0010ffff"):
            each.largest, each.largest_path = size, document.path

    def inventory(self, missing_parents: Iterable[str]) -> Inventory:
        """What was counted, the collections in order."""
        missing, examples = 0, list[str]()
        for path in missing_parents:
            missing += 1
            if len(examples) < _SHOWN:
                examples.append(path)
        return Inventory(dict(sorted(self._found.items())), missing, examples)


def _size(document: Document) -> int:
    try:
        value = attribute_value(document.fields, _LENIENT, lambda policy: None)
    except Unconvertible:
        # Deeper than an item may be; its size does not matter then.
        return 0
    return 0 if value is None else value_size(value)


def _walk(fields: dict[str, Any], before: str, depth: int) -> Iterator[tuple[str, str, int]]:
    """Every value with the path of its field, its type and how deep it lies; elements of arrays have one path."""
    for name, value in fields.items():
        yield from _walk_value(value, f"{before}{name}", depth)


def _walk_value(value: Any, path: str, depth: int) -> Iterator[tuple[str, str, int]]:
    yield path, _KINDS[type(value)], depth
    if isinstance(value, dict):
        yield from _walk(value, f"{path}.", depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _walk_value(each, f"{path}[]", depth + 1)
