"""How items are reached: the parts of a key, and the access paths made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.protocol.limits import HASH_KEY_BYTES, RANGE_KEY_BYTES

from .codecs import Wire
from .stored import AttributeDefinition
from .table import KeyAttribute
from .templates import Template


@dataclass(frozen=True, slots=True)
class KeyPart:
    """The partition or sort key of one access path: either a template or one attribute as it is."""

    attribute: KeyAttribute
    sources: tuple[AttributeDefinition, ...]
    template: Template | None
    limit: int

    @property
    def is_native(self) -> bool:
        """True if the key is an attribute of the entity itself, not text made by a template."""
        return self.template is None

    def write(self, values: Mapping[str, Any]) -> Wire:
        """The key value in DynamoDB's JSON.

        Raises `InvalidValue` for empty parts, wrong types and keys over the service's limit (2048 bytes for
        partition keys, 1024 for sort keys; API reference, "Naming rules and data types").
        """
        if self.template is None:
            return self.write_native(values[self.sources[0].name])
        text = self.template.build(values)
        self._check_length(text)
        return {"S": text}

    def write_native(self, value: Any) -> Wire:
        """One value of a key that is an attribute as it is."""
        source = self.sources[0]
        try:
            return self.check(source.codec.write(value))
        except InvalidValue as error:
            raise InvalidValue(f"key part {source.name!r}: {error}") from None

    def check(self, wire: Wire) -> Wire:
        """Refuse an empty or oversized key value."""
        (kind, value), *_ = wire.items()
        if kind == "NULL" or value == "":
            raise InvalidValue(f"the key attribute {self.attribute.name!r} must not be empty")
        if kind != self.attribute.kind:
            raise InvalidValue(
                f"the key attribute {self.attribute.name!r} is of type {self.attribute.kind}, not {kind}"
            )
        if kind == "S":
            self._check_length(value)
        return wire

    def _check_length(self, text: str) -> None:
        if len(text) * 4 > self.limit and len(text.encode("utf-8", "surrogatepass")) > self.limit:
            raise InvalidValue(f"the key attribute {self.attribute.name!r} is limited to {self.limit} bytes")


def partition_part(
    attribute: KeyAttribute, sources: tuple[AttributeDefinition, ...], template: Template | None
) -> KeyPart:
    """The partition key of an access path."""
    return KeyPart(attribute, sources, template, HASH_KEY_BYTES)


def sort_part(attribute: KeyAttribute, sources: tuple[AttributeDefinition, ...], template: Template | None) -> KeyPart:
    """The sort key of an access path."""
    return KeyPart(attribute, sources, template, RANGE_KEY_BYTES)


@dataclass(frozen=True, slots=True)
class AccessPath:
    """One way to items: the table's own key (`index` is None) or an index's."""

    index: str | None
    pk: KeyPart
    sk: KeyPart | None

    @property
    def sources(self) -> tuple[AttributeDefinition, ...]:
        """The attributes in the order in which a caller gives them."""
        return self.pk.sources + (self.sk.sources if self.sk else ())

    @property
    def derived(self) -> list[KeyPart]:
        """The parts that templates make of other attributes."""
        return [part for part in (self.pk, self.sk) if part is not None and not part.is_native]

    def named(self, values: Sequence[Any]) -> dict[str, Any]:
        """Positional key values by attribute name; raises `TypeError` for a wrong number of them."""
        return _named(self.sources, values)

    def write(self, values: Mapping[str, Any]) -> dict[str, Wire]:
        """The whole key."""
        key = {self.pk.attribute.name: self.pk.write(values)}
        if self.sk is not None:
            key[self.sk.attribute.name] = self.sk.write(values)
        return key

    def write_partition(self, values: Sequence[Any]) -> Wire:
        """The partition key alone; raises `TypeError` for a wrong number of values."""
        return self.pk.write(_named(self.pk.sources, values))


def _named(sources: tuple[AttributeDefinition, ...], values: Sequence[Any]) -> dict[str, Any]:
    if len(values) != len(sources):
        names = ", ".join(source.name for source in sources)
        raise TypeError(f"expected {len(sources)} key parts ({names}), got {len(values)}")
    return {source.name: value for source, value in zip(sources, values, strict=True)}


@dataclass(frozen=True, slots=True)
class SortCondition:
    """A condition on the sort key; `excluded` is a bound that the service can only include."""

    operator: str
    operands: tuple[Wire, ...]
    excluded: str | None = None


def entity_range(part: KeyPart | None) -> SortCondition | None:
    """The sort condition that keeps a query to the keys of one entity; None where all keys are its own."""
    if part is None or part.template is None:
        return None
    if not part.template.fields:
        return SortCondition("=", ({"S": part.template.prefix},))
    if part.template.prefix:
        return SortCondition("begins_with", ({"S": part.template.prefix},))
    return None
