"""A query: the items of one partition of an access path, narrowed step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from dynalayer.protocol import InvalidValue

from .codecs import Wire
from .definition import Definition
from .expressions import Condition
from .paths import AccessPath, KeyPart, SortCondition, entity_range
from .templates import Template

E = TypeVar("E")
S = TypeVar("S")


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
