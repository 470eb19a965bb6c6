"""How items are reached: the parts of a key, access paths, and the query that names one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dynalayer.protocol import InvalidValue
from dynalayer.protocol.limits import HASH_KEY_BYTES, RANGE_KEY_BYTES

from .codecs import Wire
from .expressions import Condition
from .table import KeyAttribute
from .templates import Template

if TYPE_CHECKING:
    from .attributes import AttributeDefinition
    from .definition import Definition

E = TypeVar("E")
S = TypeVar("S")


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


@dataclass(frozen=True, slots=True)
class Query(Generic[E, S]):
    """Items of one partition, in sort-key order; an immutable value: each method gives a new one.

    `limit` bounds the items given back, whatever a filter drops.
    """

    definition: Definition
    path: AccessPath
    partition: Wire
    sort: SortCondition | None
    filter: Condition[E] | None = None
    limit_: int | None = None
    is_descending: bool = False
    is_consistent: bool = False
    with_expired: bool = False

    def where(self, condition: Condition[E]) -> Query[E, S]:
        """Only items that meet this condition; they are filtered after reading, so the others cost as well."""
        joined = condition if self.filter is None else self.filter & condition
        return replace(self, filter=joined)

    def limit(self, count: int) -> Query[E, S]:
        """At most `count` items."""
        if count < 1:
            raise InvalidValue(f"a limit must be at least 1, got {count}")
        return replace(self, limit_=count)

    def descending(self) -> Query[E, S]:
        """Highest sort key first."""
        return replace(self, is_descending=True)

    def consistent(self) -> Query[E, S]:
        """Read what the last acknowledged write left; costs twice as much and is not possible on an index."""
        if self.path.index is not None:
            raise InvalidValue(f"index {self.path.index!r} cannot be read consistently (API reference, Query)")
        return replace(self, is_consistent=True)

    def expired(self) -> Query[E, S]:
        """Also items whose time to live has passed and that the service has not deleted yet."""
        return replace(self, with_expired=True)

    def equals(self, value: S) -> Query[E, S]:
        """The first sort attribute has this value."""
        part = self._part()
        if part.template is None:
            return self._sorted("=", part.write_native(value))
        text = part.template.first(value) + part.template.tail
        return self._sorted("begins_with" if part.template.tail else "=", {"S": text})

    def begins_with(self: Query[E, str], prefix: str) -> Query[E, str]:
        """The first sort attribute begins with this text."""
        part = self._part()
        if part.template is None:
            return self._sorted("begins_with", part.write_native(prefix))
        return self._sorted("begins_with", {"S": part.template.first_begins(prefix)})

    def between(self, low: S, high: S) -> Query[E, S]:
        """The first sort attribute is from `low` to `high`, both included."""
        part = self._part()
        if part.template is None:
            return self._sorted("BETWEEN", part.write_native(low), part.write_native(high))
        return self._within(part.template.first(low), _up_to(part.template, high))

    def at_least(self, low: S) -> Query[E, S]:
        """The first sort attribute is `low` or higher."""
        part = self._part()
        if part.template is None:
            return self._sorted(">=", part.write_native(low))
        return self._within(part.template.first(low), None)

    def at_most(self, high: S) -> Query[E, S]:
        """The first sort attribute is `high` or lower."""
        part = self._part()
        if part.template is None:
            return self._sorted("<=", part.write_native(high))
        return self._within(part.template.prefix, _up_to(part.template, high))

    def after(self, low: S) -> Query[E, S]:
        """The first sort attribute is higher than `low`."""
        part = self._part()
        if part.template is None:
            return self._sorted(">", part.write_native(low))
        text, tail = part.template.first(low), part.template.tail
        return self._within(text + _next(tail[0]) if tail else text + "\0", None)

    def before(self, high: S) -> Query[E, S]:
        """The first sort attribute is lower than `high`."""
        part = self._part()
        if part.template is None:
            return self._sorted("<", part.write_native(high))
        text = part.template.first(high)
        return self._within(part.template.prefix, text, excluded=text)

    def _part(self) -> KeyPart:
        part = self.path.sk
        where = self.path.index or self.definition.table.name
        if part is None or not part.sources:
            raise InvalidValue(f"{self.definition.name} has no attribute in the sort key of {where!r}")
        return part

    def _within(self, low: str, high: str | None, excluded: str | None = None) -> Query[E, S]:
        """A range of texts that never leaves the keys of this entity."""
        part = self._part()
        prefix = part.template.prefix if part.template else ""
        if high is None and prefix:
            high = excluded = prefix[:-1] + _next(prefix[-1])
        if high is None:
            return self._sorted(">=", {"S": low})
        if not low:
            return self._sorted("<=", {"S": high}, excluded=excluded)
        return self._sorted("BETWEEN", {"S": low}, {"S": high}, excluded=excluded)

    def _sorted(self, operator: str, *operands: Wire, excluded: str | None = None) -> Query[E, S]:
        return replace(self, sort=SortCondition(operator, operands, excluded))


def _next(character: str) -> str:
    return chr(ord(character) + 1)


def _up_to(template: Template, high: object) -> str:
    """The highest text of all keys whose first attribute is `high`."""
    text = template.first(high)
    return text + _next(template.tail[0]) if template.tail else text


def partition_query(definition: Definition, path: AccessPath, values: Sequence[Any]) -> Query[Any, Any]:
    """All items of one entity in one partition of an access path."""
    return Query(definition, path, path.write_partition(values), entity_range(path.sk))


def entity_range(part: KeyPart | None) -> SortCondition | None:
    """The sort condition that keeps a query to the keys of one entity; None where all keys are its own."""
    if part is None or part.template is None:
        return None
    if not part.template.fields:
        return SortCondition("=", ({"S": part.template.prefix},))
    if part.template.prefix:
        return SortCondition("begins_with", ({"S": part.template.prefix},))
    return None
