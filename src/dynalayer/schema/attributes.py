"""Attributes of an entity as they are declared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

import msgspec

from dynalayer.protocol import DefinitionError

from .expressions import Path
from .stored import MISSING, Role, Unit

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E")
Stamp = TypeVar("Stamp", datetime, int)

MOST_SHARDS = 1000


class Sharding(msgspec.Struct, frozen=True):
    """A number below `count` that is made of another attribute's value."""

    count: int
    of: Attr[Any]


class Options(msgspec.Struct, frozen=True):
    """What is said of an attribute where it is declared."""

    default: Any = MISSING
    factory: Callable[[], Any] | None = None
    wire_name: str | None = None
    ttl: bool = False
    unique: bool = False
    role: Role | None = None
    unit: Unit = "ms"
    sharding: Sharding | None = None
    max_bytes: int | None = None
    check: Callable[[Any], object] | None = None
    outside: bool = False


class Readable(Generic[T_co]):
    """The reading side of an attribute, so that `Attr[str]` serves where `str | None` is wanted."""

    name: str
    options: Options

    if TYPE_CHECKING:

        @overload
        def __get__(self, obj: None, owner: type[E]) -> Path[E, T_co]: ...
        @overload
        def __get__(self, obj: object, owner: Any) -> T_co: ...
        def __get__(self, obj: Any, owner: Any) -> Any: ...


class Attr(Readable[T]):
    """An attribute: a typed expression on the class, the plain value on an instance."""

    def __init__(self, options: Options) -> None:
        self.name = ""
        self.options = options

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        @overload
        def __get__(self, obj: None, owner: type[E]) -> Path[E, T]: ...
        @overload
        def __get__(self, obj: object, owner: Any) -> T: ...
        def __get__(self, obj: Any, owner: Any) -> Any: ...
        def __set__(self, obj: Any, value: T) -> None: ...
    else:
        # Without __set__ an instance's own dictionary wins, so reading a value costs no call.
        def __get__(self, obj: Any, owner: Any) -> Any:
            if obj is not None:
                when = " before it is written" if self.options.role in ("created", "updated") else ""
                raise AttributeError(f"this {owner.__name__} has no value for {self.name!r}{when}")
            return owner.__definition__.path(self.name)


def attr(
    *,
    default: T = MISSING,
    factory: Callable[[], T] | None = None,
    name: str | None = None,
    ttl: bool = False,
    unique: bool = False,
    max_bytes: int | None = None,
    check: Callable[[Any], object] | None = None,
    outside: bool = False,
) -> Attr[T]:
    """Declare an attribute.

    `default` or `factory` fill it when it is not given; `name` is its name in the table when that differs; `ttl`
    marks the expiry, an int of seconds since 1970 or a datetime. With `unique` no two items of the entity have the
    same value: each value is held by an item of its own, written in the same transaction (so a write costs twice as
    much, and at least one write more). `max_bytes` bounds a text (as UTF-8) or bytes; writing a longer one is an
    `InvalidValue`, and the size of keys and items can be told (`dynalayer check`). `check` is called with each value
    that is written or read (None, which is not stored, is not) and raises a ValueError with what is wanted, without
    the value, for one that may not be; a part that is changed by itself is checked with the whole when it is read.
    `outside` keeps the attribute beside the map of an entity declared with `inside=`; the expiry is always kept there.
    """
    return Attr(Options(default, factory, name, ttl, unique, max_bytes=max_bytes, check=check, outside=outside))


def created(
    *, name: str | None = None, unit: Unit = "ms", outside: bool = False, init: Literal[False] = False
) -> Attr[Stamp]:
    """Declare when an item was first written: a datetime, or an int of `unit` since 1970.

    Filled in by the first write, kept by later ones. A value that the program sets itself (an import) is kept.
    `outside` is as in `attr`.
    """
    return Attr(Options(wire_name=name, role="created", unit=unit, outside=outside))


def updated(
    *, name: str | None = None, unit: Unit = "ms", outside: bool = False, init: Literal[False] = False
) -> Attr[Stamp]:
    """Declare when an item was last written: a datetime, or an int of `unit` since 1970.

    It never goes backwards: a writer whose clock is behind takes over the moment that is stored. `outside` is as in
    `attr`.
    """
    return Attr(Options(wire_name=name, role="updated", unit=unit, outside=outside))


def revision(*, name: str | None = None, outside: bool = False, init: Literal[False] = False) -> Attr[int]:
    """Declare a count of writes for optimistic locking: 0 before the first write, one more with each.

    Putting, updating or deleting an instance fails with `StaleRevision` if the stored item has another revision.
    `outside` is as in `attr`.
    """
    return Attr(Options(default=0, wire_name=name, role="revision", outside=outside))


def write_shard(
    count: int, *, of: Readable[Any], name: str | None = None, outside: bool = False, init: Literal[False] = False
) -> Attr[int]:
    """Declare a number from 0 to `count - 1` made of another attribute, to spread one hot key over `count` partitions.

    The same value always gives the same number. Changing `count` later moves items, so it needs a migration. `outside`
    is as in `attr`. Raises `DefinitionError` for a count below 2 or above 1000.
    """
    if not 2 <= count <= MOST_SHARDS:
        raise DefinitionError(f"a key is spread over 2 to {MOST_SHARDS} shards, got {count}")
    if not isinstance(of, Attr):
        raise DefinitionError("write_shard(of=...) takes an attribute of the same class")
    return Attr(Options(wire_name=name, role="shard", sharding=Sharding(count, of), outside=outside))
