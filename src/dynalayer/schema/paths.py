"""How items are reached: the parts of a key, and the access paths made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dynalayer.protocol import InvalidValue

from .codecs import Wire
from .indexes import KeyAttribute
from .stored import AttributeDefinition
from .templates import Template


class KeyPart(msgspec.Struct, frozen=True):
    """One key attribute of an access path: text made by a template, or one attribute as it is."""

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
        if not text:
            raise InvalidValue(f"the key attribute {self.attribute.name!r} must not be empty")
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


class AccessPath(msgspec.Struct, frozen=True):
    """One way to items: the table's own key (`index` is None) or an index's, each side of one or more key attributes.

    `from_primary` are key attributes that the primary key fills already; `lacking` names the attributes of the entity
    that the index does not carry.
    """

    index: str | None
    partition: tuple[KeyPart, ...]
    sort: tuple[KeyPart, ...]
    is_local: bool = False
    from_primary: frozenset[str] = frozenset()
    lacking: tuple[str, ...] = ()
    parts: tuple[KeyPart, ...] = ()
    sources: tuple[AttributeDefinition, ...] = ()
    """The attributes in the order in which a caller gives them."""
    partition_sources: tuple[AttributeDefinition, ...] = ()
    source_names: frozenset[str] = frozenset()
    derived: tuple[KeyPart, ...] = ()
    """The parts that templates make of other attributes, but for those of the primary key."""
    openings: tuple[Opening, ...] = ()
    """What a query may say of the sort key from each of its attributes on, once it has said all before."""

    def __post_init__(self) -> None:
        derive = msgspec.structs.force_setattr
        derive(self, "parts", self.partition + self.sort)
        derive(self, "sources", _sources(self.parts))
        derive(self, "partition_sources", _sources(self.partition))
        derive(self, "source_names", frozenset(source.name for source in self.sources))
        made = [part for part in self.parts if not part.is_native and part.attribute.name not in self.from_primary]
        derive(self, "derived", tuple(made))
        derive(self, "openings", tuple(_opening(self.sort[count:]) for count in range(len(self.sort) + 1)))

    def named(self, values: Sequence[Any]) -> dict[str, Any]:
        """Positional key values by attribute name; raises `TypeError` for a wrong number of them."""
        return _named(self.sources, values)

    def write(self, values: Mapping[str, Any]) -> dict[str, Wire]:
        """The whole key."""
        key: dict[str, Wire] = {}
        for part in self.parts:
            key[part.attribute.name] = part.write(values)
        return key

    def write_partition(self, values: Sequence[Any]) -> tuple[Wire, ...]:
        """The partition key alone; raises `TypeError` for a wrong number of values."""
        named = _named(self.partition_sources, values)
        return tuple([part.write(named) for part in self.partition])


def _sources(parts: Sequence[KeyPart]) -> tuple[AttributeDefinition, ...]:
    return tuple(source for part in parts for source in part.sources)


def _named(sources: tuple[AttributeDefinition, ...], values: Sequence[Any]) -> dict[str, Any]:
    if len(values) != len(sources):
        names = ", ".join(source.name for source in sources)
        raise TypeError(f"expected {len(sources)} key parts ({names}), got {len(values)}")
    return {source.name: value for source, value in zip(sources, values, strict=True)}


class SortCondition(msgspec.Struct, frozen=True):
    """A condition on the sort key; `excluded` is a bound that the service can only include."""

    operator: str
    operands: tuple[Wire, ...]
    excluded: str | None = None


Opening = tuple[tuple[Wire, ...], SortCondition | None]
"""The values of key attributes that have one text for all items, and the condition on the attribute behind them."""


def _opening(parts: Sequence[KeyPart]) -> Opening:
    fixed: list[Wire] = []
    for part in parts:
        if part.template is None or part.template.fields:
            return tuple(fixed), entity_range(part)
        fixed.append({"S": part.template.prefix})
    return tuple(fixed), None


def entity_range(part: KeyPart) -> SortCondition | None:
    """The sort condition that keeps a query to the keys of one entity; None where all keys are its own."""
    if part.template is None:
        return None
    if not part.template.fields:
        return SortCondition("=", ({"S": part.template.prefix},))
    if part.template.prefix:
        return SortCondition("begins_with", ({"S": part.template.prefix},))
    return None
