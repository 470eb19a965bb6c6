"""Conditions as values: what `Order.lines < 100` gives, and how conditions are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from dynalayer.protocol import InvalidValue

from .codecs import Wire

if TYPE_CHECKING:
    from .expressions import Path

E = TypeVar("E")


class Condition(msgspec.Struct, Generic[E], frozen=True, eq=False):
    """A condition on an item of entity `E`; combine with `&`, `|` and `~`."""

    def __and__(self, other: Condition[E]) -> Condition[E]:
        """Both hold."""
        return _joined("AND", self, other)

    def __or__(self, other: Condition[E]) -> Condition[E]:
        """At least one holds."""
        return _joined("OR", self, other)

    def __invert__(self) -> Condition[E]:
        """It does not hold."""
        return Negated(self)

    def __bool__(self) -> bool:
        raise TypeError("a condition has no truth value: join conditions with & and |, negate with ~")


class Comparison(Condition[E], frozen=True, eq=False):
    """`left operator right`, operator one of = <> < <= > >=."""

    operator: str
    left: Path[E, Any] | Size[E]
    right: Path[E, Any] | Wire


class Between(Condition[E], frozen=True, eq=False):
    """`low <= path <= high`."""

    path: Path[E, Any] | Size[E]
    low: Wire
    high: Wire


class Membership(Condition[E], frozen=True, eq=False):
    """The value is one of `values` (1 to 100)."""

    path: Path[E, Any]
    values: tuple[Wire, ...]


class Call(Condition[E], frozen=True, eq=False):
    """A function of the expression language, such as `begins_with(path, operand)`."""

    function: str
    path: Path[E, Any]
    operand: Wire | None = None


class Joined(Condition[E], frozen=True, eq=False):
    """Several conditions joined by AND or OR."""

    operator: str
    conditions: tuple[Condition[E], ...]


class Negated(Condition[E], frozen=True, eq=False):
    """The opposite of a condition."""

    condition: Condition[E]


def _joined(operator: str, first: Condition[E], second: Condition[E]) -> Condition[E]:
    """Flat, so that a hundred conditions joined one by one are not nested a hundred deep."""
    parts: list[Condition[E]] = []
    for condition in (first, second):
        is_same = isinstance(condition, Joined) and condition.operator == operator
        parts += condition.conditions if is_same and isinstance(condition, Joined) else (condition,)
    return Joined(operator, tuple(parts))


class Size(Generic[E]):
    """How large a value is: characters of text, bytes of binary, elements of a list, set or map."""

    __slots__ = ("path",)

    def __init__(self, path: Path[E, Any]) -> None:
        self.path = path

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"size of {self.path!r}"

    def __eq__(self, other: int) -> Condition[E]:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        return Comparison("=", self, _whole(other))

    def __ne__(self, other: int) -> Condition[E]:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        return Comparison("<>", self, _whole(other))

    def __lt__(self, other: int) -> Condition[E]:
        return Comparison("<", self, _whole(other))

    def __le__(self, other: int) -> Condition[E]:
        return Comparison("<=", self, _whole(other))

    def __gt__(self, other: int) -> Condition[E]:
        return Comparison(">", self, _whole(other))

    def __ge__(self, other: int) -> Condition[E]:
        return Comparison(">=", self, _whole(other))

    def between(self, low: int, high: int) -> Condition[E]:
        """`low <= size <= high`."""
        if low > high:
            raise InvalidValue(f"{self!r}.between: the lower bound is above the upper one")
        return Between(self, _whole(low), _whole(high))


def _whole(value: object) -> Wire:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(f"a size is compared with an int, got {type(value).__name__}")
    return {"N": str(value)}
