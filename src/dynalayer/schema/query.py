"""A query: the items of one partition of an access path, narrowed step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, overload

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import InvalidValue

from .codecs import Wire
from .conditions import Condition
from .definition import Definition, kin_condition
from .paths import AccessPath, KeyPart, SortCondition
from .selection import Selectable
from .templates import Template

E = TypeVar("E", covariant=True)
S = TypeVar("S")
V = TypeVar("V")
Rest = TypeVar("Rest")


class Then(Generic[S, Rest]):
    """In a query's type: the sort attributes still to be named, of type `S` and behind it `Rest`."""


class Query(msgspec.Struct, Selectable[E], Generic[E, S], frozen=True):
    """Items of one partition, in sort-key order; an immutable value: each method gives a new one.

    Sort attributes are named from the left: `equals` gives one its value and goes on to the next, a range (`between`,
    `at_least`, `begins_with` and so on) closes the key. `limit` bounds the items given back, whatever a filter drops.
    """

    definition: Definition
    path: AccessPath
    partition: tuple[Wire, ...]
    sort: SortCondition | None
    """The condition on the key attribute behind those that `pinned` has values for."""
    filter: Condition[E] | None = None
    limit_: int | None = None
    is_descending: bool = False
    is_consistent: bool = False
    with_expired: bool = False
    pinned: tuple[Wire, ...] = ()
    named: tuple[Any, ...] = ()
    """The values that `equals` has given to the first attributes of a template that has more of them."""
    is_ranged: bool = False

    @property
    def selected_index(self) -> str | None:
        """The index that it reads; None for the table."""
        return self.path.index

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
        """Read what the last acknowledged write left; costs twice as much, and no global index can do it."""
        if self.path.index is not None and not self.path.is_local:
            raise InvalidValue(f"global index {self.path.index!r} cannot be read consistently (API reference, Query)")
        return replace(self, is_consistent=True)

    def expired(self) -> Query[E, S]:
        """Also items whose time to live has passed and that the service has not deleted yet."""
        return replace(self, with_expired=True)

    @overload
    def equals(self: Query[E, Then[V, Rest]], value: V) -> Query[E, Rest]: ...
    @overload
    def equals(self, value: S) -> Query[E, S]: ...
    def equals(self, value: Any) -> Query[E, Any]:
        """The next sort attribute has this value."""
        part = self._part()
        if part.template is None:
            return _pin(self, part.write_native(value))
        named = (*self.named, value)
        if len(named) == len(part.template.fields):
            return _pin(self, {"S": part.template.begin(named) + part.template.after(len(named))})
        return replace(self, named=named, sort=SortCondition("begins_with", ({"S": part.template.start(named)},)))

    @overload
    def begins_with(self: Query[E, Then[str, Rest]], prefix: str) -> Query[E, Then[str, Rest]]: ...
    @overload
    def begins_with(self: Query[E, str], prefix: str) -> Query[E, str]: ...
    def begins_with(self, prefix: str) -> Query[E, Any]:
        """The next sort attribute begins with this text."""
        part = self._part()
        if part.template is None:
            return self._ranged("begins_with", part.write_native(prefix))
        return self._ranged("begins_with", {"S": part.template.start_with(self.named, prefix)})

    @overload
    def between(self: Query[E, Then[V, Rest]], low: V, high: V) -> Query[E, Then[V, Rest]]: ...
    @overload
    def between(self, low: S, high: S) -> Query[E, S]: ...
    def between(self, low: Any, high: Any) -> Query[E, Any]:
        """The next sort attribute is from `low` to `high`, both included."""
        part = self._part()
        if part.template is None:
            return self._ranged("BETWEEN", part.write_native(low), part.write_native(high))
        return self._within(part.template, self._from(part.template, low), self._up_to(part.template, high))

    @overload
    def at_least(self: Query[E, Then[V, Rest]], low: V) -> Query[E, Then[V, Rest]]: ...
    @overload
    def at_least(self, low: S) -> Query[E, S]: ...
    def at_least(self, low: Any) -> Query[E, Any]:
        """The next sort attribute is `low` or higher."""
        part = self._part()
        if part.template is None:
            return self._ranged(">=", part.write_native(low))
        return self._within(part.template, self._from(part.template, low), None)

    @overload
    def at_most(self: Query[E, Then[V, Rest]], high: V) -> Query[E, Then[V, Rest]]: ...
    @overload
    def at_most(self, high: S) -> Query[E, S]: ...
    def at_most(self, high: Any) -> Query[E, Any]:
        """The next sort attribute is `high` or lower."""
        part = self._part()
        if part.template is None:
            return self._ranged("<=", part.write_native(high))
        return self._within(part.template, part.template.start(self.named), self._up_to(part.template, high))

    @overload
    def after(self: Query[E, Then[V, Rest]], low: V) -> Query[E, Then[V, Rest]]: ...
    @overload
    def after(self, low: S) -> Query[E, S]: ...
    def after(self, low: Any) -> Query[E, Any]:
        """The next sort attribute is higher than `low`."""
        part = self._part()
        if part.template is None:
            return self._ranged(">", part.write_native(low))
        text, tail = self._from(part.template, low), part.template.after(len(self.named) + 1)
        return self._within(part.template, text + _next(tail[0]) if tail else text + "\0", None)

    @overload
    def before(self: Query[E, Then[V, Rest]], high: V) -> Query[E, Then[V, Rest]]: ...
    @overload
    def before(self, high: S) -> Query[E, S]: ...
    def before(self, high: Any) -> Query[E, Any]:
        """The next sort attribute is lower than `high`."""
        part = self._part()
        if part.template is None:
            return self._ranged("<", part.write_native(high))
        text = self._from(part.template, high)
        return self._within(part.template, part.template.start(self.named), text, excluded=text)

    def _part(self) -> KeyPart:
        """The part of the sort key that the next condition is on."""
        count = len(self.pinned)
        if count < len(self.path.sort) and not self.is_ranged:
            return self.path.sort[count]
        where = f"the sort key of {self.path.index or self.definition.table.name!r}"
        if self.is_ranged:
            raise InvalidValue(f"{where} has a range already: only the last attribute named may have one")
        if not any(part.sources for part in self.path.sort):
            raise InvalidValue(f"{self.definition.name} has no attribute in {where}")
        raise InvalidValue(f"all attributes in {where} have their values already")

    def _from(self, template: Template, low: object) -> str:
        field = template.field(len(self.named))
        if not field.is_ordered:
            raise InvalidValue(
                f"{field.name!r} stands raw in the key of {self.definition.name}, so the keys are not in the order of "
                "its values and it has no ranges; filter with where()"
            )
        return template.begin((*self.named, low))

    def _up_to(self, template: Template, high: object) -> str:
        """The highest text of all keys whose next attribute is `high`."""
        text, tail = self._from(template, high), template.after(len(self.named) + 1)
        return text + _next(tail[0]) if tail else text

    def _within(self, template: Template, low: str, high: str | None, excluded: str | None = None) -> Query[E, Any]:
        """A range of texts that never leaves the keys of this entity, nor the attributes that have values."""
        start = template.start(self.named)
        if high is None and start:
            high = excluded = start[:-1] + _next(start[-1])
        if high is None:
            return self._ranged(">=", {"S": low})
        if not low:
            return self._ranged("<=", {"S": high}, excluded=excluded)
        return self._ranged("BETWEEN", {"S": low}, {"S": high}, excluded=excluded)

    def _ranged(self, operator: str, *operands: Wire, excluded: str | None = None) -> Query[E, Any]:
        return replace(self, sort=SortCondition(operator, operands, excluded), is_ranged=True)


def _next(character: str) -> str:
    return chr(ord(character) + 1)


def _pin(query: Query[E, Any], wire: Wire) -> Query[E, Any]:
    """Give the next key attribute of the sort key its value, and those behind it that have one text for all items."""
    pinned = (*query.pinned, wire)
    fixed, sort = query.path.openings[len(pinned)]
    return replace(query, pinned=pinned + fixed, named=(), sort=sort)


def partition_query(definition: Definition, path: AccessPath, values: Sequence[Any]) -> Query[Any, Any]:
    """All items of one entity in one partition of an access path."""
    pinned, sort = path.openings[0]
    partition = path.write_partition(values)
    return Query(definition, path, partition, sort, kin_condition(definition), pinned=pinned)
