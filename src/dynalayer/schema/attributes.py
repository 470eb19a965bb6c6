"""Attributes of an entity: how they are declared, and what is known of each once its class is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

from .codecs import Codec
from .expressions import Path

if TYPE_CHECKING:
    from .entity import Entity

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound="Entity")

MISSING: Final[Any] = object()
"""Stands for "no default"; None is a value."""


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
        def __get__(self, obj: Entity, owner: type[Entity]) -> T_co: ...
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
        def __get__(self, obj: Entity, owner: type[Entity]) -> T: ...
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


@dataclass(frozen=True, slots=True, eq=False)
class AttributeDefinition:
    """What is known of one attribute of one entity."""

    owner: str
    name: str
    wire_name: str
    annotation: Any
    codec: Codec
    default: Any
    factory: Callable[[], Any] | None
    optional: bool
    is_set: bool

    @property
    def required(self) -> bool:
        """True if an item without this attribute cannot be read."""
        return not (self.optional or self.is_set or self.has_default)

    @property
    def has_default(self) -> bool:
        """True if a value stands in when none is given."""
        return self.default is not MISSING or self.factory is not None

    def when_absent(self) -> Any:
        """The value of the attribute in an item that does not have it."""
        if self.factory is not None:
            return self.factory()
        if self.default is not MISSING:
            return self.default
        return set() if self.is_set else None
