"""Conditions and changes as values: what `Order.lines < 100` and `Order.lines.add(1)` give."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar, overload

from dynalayer.protocol import InvalidValue

from .codecs import Codec, Wire, placed
from .stored import AttributeDefinition

E = TypeVar("E")
T = TypeVar("T")
V = TypeVar("V")
N = TypeVar("N", int, float, Decimal)


class Condition(Generic[E]):
    """A condition on an item of entity `E`; combine with `&`, `|` and `~`."""

    __slots__ = ()

    def __and__(self, other: Condition[E]) -> Condition[E]:
        """Both hold."""
        return Joined("AND", (self, other))

    def __or__(self, other: Condition[E]) -> Condition[E]:
        """At least one holds."""
        return Joined("OR", (self, other))

    def __invert__(self) -> Condition[E]:
        """It does not hold."""
        return Negated(self)

    def __bool__(self) -> bool:
        raise TypeError("a condition has no truth value: join conditions with & and |, negate with ~")


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Condition[E]):
    """`left operator right`, operator one of = <> < <= > >=."""

    operator: str
    left: Path[E, Any]
    right: Path[E, Any] | Wire


@dataclass(frozen=True, slots=True, eq=False)
class Between(Condition[E]):
    """`low <= path <= high`."""

    path: Path[E, Any]
    low: Wire
    high: Wire


@dataclass(frozen=True, slots=True, eq=False)
class Membership(Condition[E]):
    """The value is one of `values` (1 to 100)."""

    path: Path[E, Any]
    values: tuple[Wire, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Call(Condition[E]):
    """A function of the expression language, such as `begins_with(path, operand)`."""

    function: str
    path: Path[E, Any]
    operand: Wire | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Joined(Condition[E]):
    """Several conditions joined by AND or OR."""

    operator: str
    conditions: tuple[Condition[E], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Negated(Condition[E]):
    """The opposite of a condition."""

    condition: Condition[E]


@dataclass(frozen=True, slots=True, eq=False)
class Change(Generic[E]):
    """One change of an update: `action` is SET, SET_IF_MISSING, REMOVE, ADD or DELETE."""

    action: str
    path: Path[E, Any]
    operand: Wire | None = None
    value: Any = None


class Path(Generic[E, T]):
    """An attribute of entity `E` with values of type `T`, to build conditions and changes with."""

    __slots__ = ("attribute",)

    def __init__(self, attribute: AttributeDefinition) -> None:
        self.attribute = attribute

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{self.attribute.owner}.{self.attribute.name}"

    @overload  # type: ignore[override]
    def __eq__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __eq__(self, other: T | Path[E, T] | None) -> Condition[E]: ...
    def __eq__(self, other: Any) -> Condition[E]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Equal; `== None` means that the attribute is missing."""
        return self.missing() if other is None else self._compare("=", other)

    @overload  # type: ignore[override]
    def __ne__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __ne__(self, other: T | Path[E, T] | None) -> Condition[E]: ...
    def __ne__(self, other: Any) -> Condition[E]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Not equal; `!= None` means that the attribute is there."""
        return self.exists() if other is None else self._compare("<>", other)

    @overload
    def __lt__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __lt__(self, other: T | Path[E, T]) -> Condition[E]: ...
    def __lt__(self, other: Any) -> Condition[E]:
        return self._compare("<", other)

    @overload
    def __le__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __le__(self, other: T | Path[E, T]) -> Condition[E]: ...
    def __le__(self, other: Any) -> Condition[E]:
        return self._compare("<=", other)

    @overload
    def __gt__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __gt__(self, other: T | Path[E, T]) -> Condition[E]: ...
    def __gt__(self, other: Any) -> Condition[E]:
        return self._compare(">", other)

    @overload
    def __ge__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __ge__(self, other: T | Path[E, T]) -> Condition[E]: ...
    def __ge__(self, other: Any) -> Condition[E]:
        return self._compare(">=", other)

    @overload
    def between(self: Path[E, Decimal], low: Decimal | int, high: Decimal | int) -> Condition[E]: ...
    @overload
    def between(self, low: T, high: T) -> Condition[E]: ...
    def between(self, low: Any, high: Any) -> Condition[E]:
        """`low <= value <= high`."""
        return Between(self, self._write(low), self._write(high))

    def is_in(self, values: Iterable[T]) -> Condition[E]:
        """The value is one of these; raises `InvalidValue` for none or more than 100 (the service's bound)."""
        operands = tuple(self._write(value) for value in values)
        if not 1 <= len(operands) <= 100:
            raise InvalidValue(f"{self!r}.is_in takes 1 to 100 values, got {len(operands)}")
        return Membership(self, operands)

    def exists(self) -> Condition[E]:
        """The item has this attribute."""
        return Call("attribute_exists", self)

    def missing(self) -> Condition[E]:
        """The item does not have this attribute, or there is no item."""
        return Call("attribute_not_exists", self)

    def begins_with(self: Path[E, str] | Path[E, str | None], prefix: str) -> Condition[E]:
        """The text begins with `prefix`."""
        return Call("begins_with", self, self._write(prefix))

    @overload
    def contains(self: Path[E, str] | Path[E, str | None], part: str) -> Condition[E]: ...
    @overload
    def contains(
        self: Path[E, builtins.set[V]] | Path[E, frozenset[V]] | Path[E, list[V]], part: V
    ) -> Condition[E]: ...
    def contains(self, part: Any) -> Condition[E]:
        """The text has this part, or the set or list has this element."""
        return Call("contains", self, self._write(part, self.attribute.codec.element))

    @overload
    def set(self: Path[E, Decimal], value: int) -> Change[E]: ...
    @overload
    def set(self, value: T) -> Change[E]: ...
    def set(self, value: Any) -> Change[E]:
        """Give the attribute this value; None and empty sets remove it."""
        if value is None or (isinstance(value, AbstractSet) and not value):
            return self.remove()
        return Change("SET", self, self._write(value), value)

    def set_if_missing(self, value: T) -> Change[E]:
        """Give the attribute this value unless it has one."""
        return Change("SET_IF_MISSING", self, self._write(value), value)

    def remove(self) -> Change[E]:
        """Take the attribute away; raises `InvalidValue` when the entity cannot be read without it."""
        if self.attribute.required:
            raise InvalidValue(f"{self!r} is required and cannot be removed")
        return Change("REMOVE", self)

    @overload
    def add(self: Path[E, Decimal], value: int) -> Change[E]: ...
    @overload
    def add(self: Path[E, N], value: N) -> Change[E]: ...
    @overload
    def add(self: Path[E, builtins.set[V]], value: builtins.set[V]) -> Change[E]: ...
    @overload
    def add(self: Path[E, frozenset[V]], value: frozenset[V]) -> Change[E]: ...
    def add(self, value: Any) -> Change[E]:
        """Add to a number (a missing one counts as 0) or add elements to a set; atomic."""
        return Change("ADD", self, self._write(value))

    @overload
    def discard(self: Path[E, builtins.set[V]], value: builtins.set[V]) -> Change[E]: ...
    @overload
    def discard(self: Path[E, frozenset[V]], value: frozenset[V]) -> Change[E]: ...
    def discard(self, value: Any) -> Change[E]:
        """Take elements out of a set; atomic."""
        return Change("DELETE", self, self._write(value))

    def _compare(self, operator: str, other: Any) -> Condition[E]:
        if isinstance(other, Path):
            return Comparison(operator, self, other)
        return Comparison(operator, self, self._write(other))

    def _write(self, value: Any, codec: Codec | None = None) -> Wire:
        try:
            return (codec or self.attribute.codec).write(value)
        except InvalidValue as error:
            raise placed(repr(self), error) from None


def shards(path: Path[Any, int]) -> range:
    """All numbers of an attribute declared by `write_shard`; raises `InvalidValue` for any other attribute."""
    if not path.attribute.shards:
        raise InvalidValue(f"{path!r} is not declared by write_shard(), so it has no shards")
    return range(path.attribute.shards)
