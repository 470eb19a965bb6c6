"""Attributes as expressions: what `Order.lines` is on the class, to build conditions and changes with."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar, overload

from dynalayer.protocol import InvalidValue

from .changes import Change, bounds_of_sum
from .codecs import Codec, Wire, placed
from .conditions import Between, Call, Comparison, Condition, Membership, Negated, Size
from .nested import Place, place_of
from .stored import AttributeDefinition

E = TypeVar("E")
T = TypeVar("T")
V = TypeVar("V")
W = TypeVar("W")
N = TypeVar("N", int, float, Decimal)

Kind = Literal["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"]
"""The types of values as DynamoDB names them."""

_ORDERED = {"S", "N", "B"}


class Path(Generic[E, T]):
    """An attribute of entity `E`, or a part of one, with values of type `T`, to build conditions and changes with.

    `steps` lead from the attribute to the part: names of map members and positions in lists, as they are stored.
    """

    __slots__ = ("_selects", "attribute", "codec", "place", "steps")

    def __init__(
        self,
        attribute: AttributeDefinition,
        place: Place | None = None,
        selects: tuple[Callable[[Any], Any], ...] = (),
    ) -> None:
        self._selects = selects
        self.attribute = attribute
        self.place = place or Place("", (), attribute.codec, attribute.required, attribute.optional)
        self.steps = self.place.steps
        self.codec = self.place.codec

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{self.attribute.owner}.{self.attribute.name}{self.place.label}"

    @overload
    def at(self: Path[E, V | None], select: Callable[[V], W]) -> Path[E, W | None]: ...
    @overload
    def at(self, select: Callable[[T], W]) -> Path[E, W]: ...
    def at(self, select: Callable[[Any], Any]) -> Path[E, Any]:
        """A part of the value: `Order.address.at(lambda a: a.city)`, `Order.lines.at(lambda l: l[0].price)`.

        The function gets a stand-in of the value and gives back the part; positions count from 0. Go on from a part
        that may be None with a second `at`. Raises `InvalidValue` for a part that the type does not have.
        """
        return Path(self.attribute, place_of(repr(self), self.place, select), (*self._selects, select))

    def part_of(self, value: Any) -> Any:
        """The part that this path leads to in a value of the attribute; None behind a part that is None.

        Raises `InvalidValue` for an element of a list or a key of a map that is not there.
        """
        for select in self._selects:
            if value is None:
                return None
            try:
                value = select(value)
            except LookupError:
                raise InvalidValue(f"{self!r}: the stored value has no such element") from None
        return value

    @overload  # type: ignore[override]
    def __eq__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __eq__(self, other: T | Path[E, T] | None) -> Condition[E]: ...
    def __eq__(self, other: Any) -> Condition[E]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Equal; `== None` means that the attribute is missing."""
        return self._is_none() if other is None else self._compare("=", other)

    @overload  # type: ignore[override]
    def __ne__(self: Path[E, Decimal], other: int) -> Condition[E]: ...
    @overload
    def __ne__(self, other: T | Path[E, T] | None) -> Condition[E]: ...
    def __ne__(self, other: Any) -> Condition[E]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Not equal; `!= None` means that the attribute is there."""
        if other is not None:
            return self._compare("<>", other)
        return self.exists() if self._none_is_absence else Negated(self._is_none())

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
        operands = self._write(low), self._write(high)
        if low > high:
            raise InvalidValue(f"{self!r}.between: the lower bound is above the upper one")
        return Between(self, *operands)

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

    def has_type(self, kind: Kind) -> Condition[E]:
        """The stored value is of this DynamoDB type, for values that other programs may have written."""
        return Call("attribute_type", self, {"S": kind})

    def size(self) -> Size[E]:
        """How large the value is, to compare: `Order.names.size() > 3`."""
        return Size(self)

    @overload
    def begins_with(self: Path[E, str] | Path[E, str | None], prefix: str) -> Condition[E]: ...
    @overload
    def begins_with(self: Path[E, bytes] | Path[E, bytes | None], prefix: bytes) -> Condition[E]: ...
    def begins_with(self, prefix: Any) -> Condition[E]:
        """The text or binary begins with `prefix`."""
        return Call("begins_with", self, self._write(prefix))

    @overload
    def contains(self: Path[E, str] | Path[E, str | None], part: str) -> Condition[E]: ...
    @overload
    def contains(self: Path[E, builtins.set[V]], part: V) -> Condition[E]: ...
    @overload
    def contains(self: Path[E, frozenset[V]], part: V) -> Condition[E]: ...
    @overload
    def contains(self: Path[E, list[V]], part: V) -> Condition[E]: ...
    @overload
    def contains(self: Path[E, list[V] | None], part: V) -> Condition[E]: ...
    @overload
    def contains(self: Path[E, tuple[V, ...]], part: V) -> Condition[E]: ...
    def contains(self, part: Any) -> Condition[E]:
        """The text has this part, or the set or list has this element."""
        if self.codec.kind == "M":
            raise InvalidValue(f"{self!r}: a map contains no elements; use .at(lambda m: m[key]).exists()")
        return Call("contains", self, self._write(part, self.codec.element))

    @overload
    def set(self: Path[E, Decimal] | Path[E, Decimal | None], value: int) -> Change[E]: ...
    @overload
    def set(self, value: T) -> Change[E]: ...
    def set(self, value: Any) -> Change[E]:
        """Give the attribute this value; None where it may be, and empty sets, remove it."""
        if (value is None and self.place.none_is_absent) or self._is_empty_set(value):
            return Change("REMOVE", self)
        return Change("SET", self, self._write(value, self.codec), value)

    def set_if_missing(self, value: T) -> Change[E]:
        """Give the attribute this value unless it has one."""
        if value is None or self._is_empty_set(value):
            raise InvalidValue(f"{self!r}.set_if_missing takes a value that can be stored, not None or an empty set")
        return Change("SET_IF_MISSING", self, self._write(value, self.codec), value)

    def set_from(self, source: Path[E, T], *, plus: T | None = None) -> Change[E]:
        """Give the attribute the value that another one has before the update, and for numbers `plus` as well.

        The update fails with `ValidationError` if the item does not have the other attribute.
        """
        if source.codec.type_name != self.codec.type_name:
            raise InvalidValue(f"{self!r} is {self.codec.type_name}, but {source!r} is {source.codec.type_name}")
        if plus is not None and self.codec.kind != "N":
            raise InvalidValue(f"{self!r}.set_from: plus is for numbers, not for {self.codec.type_name}")
        return Change("COPY", self, None if plus is None else self._write(plus), source=source)

    def remove(self) -> Change[E]:
        """Take the attribute, the member of a map or the element of a list away; later elements move up.

        Raises `InvalidValue` when the value cannot be read without it.
        """
        if self.place.required:
            raise InvalidValue(f"{self!r} is required and cannot be removed")
        return Change("REMOVE", self)

    @overload
    def add(
        self: Path[E, Decimal],
        value: int | Decimal,
        *,
        floor: int | Decimal | None = None,
        ceiling: int | Decimal | None = None,
    ) -> Change[E]: ...
    @overload
    def add(
        self: Path[E, Decimal | None],
        value: int | Decimal,
        *,
        floor: int | Decimal | None = None,
        ceiling: int | Decimal | None = None,
    ) -> Change[E]: ...
    @overload
    def add(self: Path[E, N], value: N, *, floor: N | None = None, ceiling: N | None = None) -> Change[E]: ...
    @overload
    def add(
        self: Path[E, int | None], value: int, *, floor: int | None = None, ceiling: int | None = None
    ) -> Change[E]: ...
    @overload
    def add(
        self: Path[E, float | None], value: float, *, floor: float | None = None, ceiling: float | None = None
    ) -> Change[E]: ...
    @overload
    def add(self: Path[E, builtins.set[V]], value: builtins.set[V]) -> Change[E]: ...
    @overload
    def add(self: Path[E, frozenset[V]], value: frozenset[V]) -> Change[E]: ...
    def add(self, value: Any, *, floor: Any = None, ceiling: Any = None) -> Change[E]:
        """Add to a number (a missing one counts as 0) or add elements to a set; atomic.

        A sum below `floor` or above `ceiling` is not written: the update fails with `BoundPassed`.
        """
        operand = self._write_operand("add", value)
        if self.codec.is_set:
            if floor is not None or ceiling is not None:
                raise InvalidValue(f"{self!r}.add: floor and ceiling are for numbers")
            return Change("ADD", self, operand)
        if floor is None and ceiling is None:
            return Change("ADD", self, operand)
        limits = {"floor": floor, "ceiling": ceiling}
        texts = {name: self._write(limit)["N"] for name, limit in limits.items() if limit is not None}
        return Change("ADD", self, operand, bounds=bounds_of_sum(self, operand["N"], texts))

    @overload
    def discard(self: Path[E, builtins.set[V]], value: builtins.set[V]) -> Change[E]: ...
    @overload
    def discard(self: Path[E, frozenset[V]], value: frozenset[V]) -> Change[E]: ...
    def discard(self, value: Any) -> Change[E]:
        """Take elements out of a set; atomic."""
        return Change("DELETE", self, self._write_operand("discard", value))

    @overload
    def append(self: Path[E, list[V]], *values: V) -> Change[E]: ...
    @overload
    def append(self: Path[E, list[V] | None], *values: V) -> Change[E]: ...
    @overload
    def append(self: Path[E, tuple[V, ...]], *values: V) -> Change[E]: ...
    def append(self, *values: Any) -> Change[E]:
        """Put elements at the end of a list; a missing list counts as empty; atomic."""
        return Change("APPEND", self, self._write_elements("append", values))

    @overload
    def prepend(self: Path[E, list[V]], *values: V) -> Change[E]: ...
    @overload
    def prepend(self: Path[E, list[V] | None], *values: V) -> Change[E]: ...
    @overload
    def prepend(self: Path[E, tuple[V, ...]], *values: V) -> Change[E]: ...
    def prepend(self, *values: Any) -> Change[E]:
        """Put elements, in this order, before the first of a list; a missing list counts as empty; atomic."""
        return Change("PREPEND", self, self._write_elements("prepend", values))

    def _is_none(self) -> Condition[E]:
        """None is kept by leaving the attribute out, but as NULL in lists and dicts, where its place is taken."""
        return self.missing() if self._none_is_absence else self.has_type("NULL")

    @property
    def _none_is_absence(self) -> bool:
        return self.place.none_is_absent or not self.steps

    def _is_empty_set(self, value: Any) -> bool:
        return self.codec.is_set and isinstance(value, (builtins.set, frozenset)) and not value

    def _write_operand(self, name: str, value: Any) -> Wire:
        """The operand of ADD and DELETE, which the service has for numbers and sets, and for sets of whole attributes
        only (API reference, UpdateItem).
        """
        if not (self.codec.is_set or (self.codec.kind == "N" and name == "add")):
            raise InvalidValue(f"{self!r}.{name} is for {'numbers and ' if name == 'add' else ''}sets")
        if self.codec.is_set and self.steps:
            raise InvalidValue(
                f"{self!r}: only a set that is an attribute of its own can be changed by elements: set it"
            )
        if self.codec.is_set and self.attribute.inside:
            raise InvalidValue(
                f"{self!r} is kept inside {self.attribute.inside!r}, and only a set that is an attribute of its own "
                "can be changed by elements: declare it with outside=True, or set it whole"
            )
        if self._is_empty_set(value):
            raise InvalidValue(f"{self!r}.{name} takes at least one element")
        return self._write(value)

    def _write_elements(self, name: str, values: tuple[Any, ...]) -> Wire:
        if self.codec.kind != "L" or self.codec.element is None:
            raise InvalidValue(f"{self!r}.{name} is for lists")
        if not values:
            raise InvalidValue(f"{self!r}.{name} takes at least one element")
        return {"L": [self._write(value, self.codec.element) for value in values]}

    def _compare(self, operator: str, other: Any) -> Condition[E]:
        if isinstance(other, Path):
            return Comparison(operator, self, other)
        wire = self._write(other)
        if operator not in ("=", "<>") and not _ORDERED & wire.keys():
            raise InvalidValue(f"{self!r}: {operator} is for text, numbers and binary, which have an order")
        return Comparison(operator, self, wire)

    def _write(self, value: Any, codec: Codec | None = None) -> Wire:
        try:
            # What is compared with an attribute, or added to it, need not be a value that it may have.
            return (codec or self.codec.operand or self.codec).write(value)
        except InvalidValue as error:
            raise placed(repr(self), error) from None


def shards(path: Path[Any, int]) -> range:
    """All numbers of an attribute declared by `write_shard`; raises `InvalidValue` for any other attribute."""
    if not path.attribute.shards:
        raise InvalidValue(f"{path!r} is not declared by write_shard(), so it has no shards")
    return range(path.attribute.shards)
