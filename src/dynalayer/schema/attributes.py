"""Attributes of an entity as they are declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from .expressions import Path
from .stored import MISSING

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E")


class Readable(Generic[T_co]):
    """The reading side of an attribute, so that `Attr[str]` serves where `str | None` is wanted."""

    name: str
    wire_name: str | None
    default: Any
    factory: Callable[[], Any] | None
    ttl: bool

    if TYPE_CHECKING:

        @overload
        def __get__(self, obj: None, owner: type[E]) -> Path[E, T_co]: ...
        @overload
        def __get__(self, obj: object, owner: Any) -> T_co: ...
        def __get__(self, obj: Any, owner: Any) -> Any: ...


class Attr(Readable[T]):
    """An attribute: a typed expression on the class, the plain value on an instance."""

    def __init__(self, default: Any, factory: Callable[[], Any] | None, wire_name: str | None, ttl: bool) -> None:
        self.name = ""
        self.default = default
        self.factory = factory
        self.wire_name = wire_name
        self.ttl = ttl

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
                raise AttributeError(f"this {owner.__name__} has no value for {self.name!r}")
            return owner.__definition__.path(self.name)


def attr(
    *,
    default: T = MISSING,
    factory: Callable[[], T] | None = None,
    name: str | None = None,
    ttl: bool = False,
) -> Attr[T]:
    """Declare an attribute.

    `default` or `factory` fill it when it is not given; `name` is its name in the table when that differs; `ttl`
    marks the expiry, an int of seconds since 1970 or a datetime.
    """
    return Attr(default, factory, name, ttl)
