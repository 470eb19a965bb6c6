"""How large items, index entries and keys can become, by their types and declared bounds; sizes are in bytes."""

from __future__ import annotations

import enum
import typing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, get_args
from uuid import UUID

from dynalayer.protocol import text_size, value_size
from dynalayer.schema import VERSION_NAME, AccessPath, AnyIndex, AttributeDefinition, Codec, Definition, KeyPart

ASSUMED_BYTES: Final = 64
"""What a value counts whose type and declaration set no bound."""

_NUMBER_BYTES: Final = 21
_DECIMAL_TEXT: Final = 43
"""A number in a key: sign, exponent of three digits, 38 digits, end mark."""

_TEXTS: Final[dict[Any, int]] = {datetime: 27, date: 10, UUID: 36}
_SAMPLES: Final[dict[Any, list[Any]]] = {
    datetime: [datetime(2000, 1, 1, tzinfo=UTC)],
    date: [date(2000, 1, 1)],
    UUID: [UUID(int=0)],
    bool: [False, True],
}


@dataclass(frozen=True, slots=True)
class Size:
    """At most so many bytes, if the `unbounded` parts have `ASSUMED_BYTES` each."""

    bytes: int
    unbounded: tuple[str, ...] = ()

    def __add__(self, other: Size) -> Size:
        return Size(self.bytes + other.bytes, (*self.unbounded, *other.unbounded))


def item_size_of(definition: Definition) -> Size:
    """The largest item of an entity."""
    return _sum(_parts(definition).values())


def marker_size_of(definition: Definition, attribute: AttributeDefinition) -> int:
    """The largest marker of a unique value: its own key, the key of the item that has it, and when that expires."""
    table = definition.table
    own = text_size(table.pk.name) + marker_key_size_of(definition, attribute).bytes
    keys = sum(1 + text_size(part.attribute.name) + key_size_of(part).bytes for part in definition.primary.parts)
    sort = 0 if table.sk is None else text_size(f"{table.sk.name}UNIQUE")
    expiry = 0 if table.ttl is None else text_size(table.ttl) + _NUMBER_BYTES
    return own + sort + text_size("owner") + 3 + keys + expiry


def marker_key_size_of(definition: Definition, attribute: AttributeDefinition) -> Size:
    """The largest partition key of a marker: text, in which bytes are in base64 and numbers in digits."""
    prefix = Size(text_size(f"UNIQUE#{definition.name}#{attribute.name}#"))
    value = _attribute_size(attribute)
    if attribute.codec.kind == "N":
        return prefix + Size(_DECIMAL_TEXT)
    return prefix + (value if attribute.codec.kind == "S" else Size(-(-value.bytes // 3) * 4, value.unbounded))


def entry_size_of(definition: Definition, path: AccessPath, given: int | None) -> int:
    """The largest entry of an item in an index; `given` is the size of the whole item where it is known."""
    parts = _parts(definition)
    names = projected_names(definition, path)
    if names is None:
        return given if given is not None else _sum(parts.values()).bytes
    entry = _sum(size for name, size in parts.items() if name in names).bytes
    return entry if given is None else min(entry, given)


def projected_names(definition: Definition, path: AccessPath) -> frozenset[str] | None:
    """The attributes that an index carries, by their names in the table; None if it carries all."""
    index = index_of(definition, path)
    return None if index is None else definition.table.carried_by(index)


def index_of(definition: Definition, path: AccessPath) -> AnyIndex | None:
    """The index that a path goes by; None for the table's own key, or if the table does not have it."""
    return None if path.index is None else definition.table.indexes.get(path.index)


def _parts(definition: Definition) -> dict[str, Size]:
    # A map counts 3 bytes, and 1 for each of its members (guide, "DynamoDB item sizes and formats").
    sizes: dict[str, Size] = {definition.inside: Size(text_size(definition.inside) + 3)} if definition.inside else {}
    for attribute in definition.attributes.values():
        size = Size(text_size(attribute.wire_name)) + _attribute_size(attribute)
        if attribute.inside:
            size = sizes[attribute.inside] + Size(1) + size
        sizes[attribute.top_name] = size
    for part in definition.derived_parts:
        sizes[part.attribute.name] = Size(text_size(part.attribute.name) + min(key_size_of(part).bytes, part.limit))
    if definition.lifecycle is not None and definition.lifecycle.version is not None:
        sizes[VERSION_NAME] = Size(text_size(VERSION_NAME) + _NUMBER_BYTES)
    if definition.table.discriminator is not None:
        sizes[definition.table.discriminator] = Size(text_size(definition.table.discriminator + definition.name))
    return sizes


def _sum(sizes: typing.Iterable[Size]) -> Size:
    total = Size(0)
    for size in sizes:
        total = total + size
    return total


def _attribute_size(attribute: AttributeDefinition) -> Size:
    bound = _value_bound(_plain(attribute.annotation), attribute.codec, attribute.max_bytes)
    return Size(ASSUMED_BYTES, (attribute.name,)) if bound is None else Size(bound)


def _value_bound(annotation: Any, codec: Codec, max_bytes: int | None = None) -> int | None:
    if max_bytes is not None:
        return max_bytes
    if codec.kind in ("N", "BOOL"):
        return _NUMBER_BYTES if codec.kind == "N" else 1
    if annotation in _TEXTS:
        return _TEXTS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return max(value_size(codec.write(member)) for member in annotation)
    if typing.get_origin(annotation) is typing.Literal:
        return max(value_size(codec.write(value)) for value in get_args(annotation))
    return None


def key_size_of(part: KeyPart) -> Size:
    """The largest text of a key; in a template each escaped character counts two bytes."""
    if part.template is None:
        return _attribute_size(part.sources[0])
    size = Size(0)
    sources = {source.name: source for source in part.sources}
    for piece in part.template.parts:
        if isinstance(piece, str):
            size = size + Size(text_size(piece))
        else:
            size = size + _field_size(sources[piece.name], piece.write)
    return size


def _field_size(source: AttributeDefinition, write: typing.Callable[[Any], str]) -> Size:
    plain = _plain(source.annotation)
    if plain in (str, bytes):
        # An escaped character takes two bytes, as does a byte in hexadecimal.
        if source.max_bytes is None:
            return Size(ASSUMED_BYTES, (source.name,))
        return Size(2 * source.max_bytes)
    if plain in (int, Decimal):
        zero = write(0)
        return Size(_DECIMAL_TEXT if zero == "1000" else len(zero))
    samples = _SAMPLES.get(plain) or list(plain)
    return Size(max(text_size(write(sample)) for sample in samples))


def _plain(annotation: Any) -> Any:
    """`T` of `T | None`."""
    arguments = get_args(annotation)
    if type(None) not in arguments:
        return annotation
    return next(argument for argument in arguments if argument is not type(None))
