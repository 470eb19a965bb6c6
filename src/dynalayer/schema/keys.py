"""Declaring keys: `primary(...)` and `index(...)`, and what they give on the class and on an instance."""

from __future__ import annotations

from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from .attributes import Attr, Readable
from .building import Declared
from .codecs import Wire
from .definition import Definition, definition_of
from .paths import AccessPath
from .query import Query, partition_query

E = TypeVar("E")
KeyParts = ParamSpec("KeyParts")
PartitionParts = ParamSpec("PartitionParts")
S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class NoSort:
    """Stands where an access path has no attribute in its sort key."""


class Key(Generic[E]):
    """The primary key of one item of entity `E`."""

    __slots__ = ("definition", "values", "wire")

    def __init__(self, definition: Definition, values: dict[str, Any]) -> None:
        self.definition = definition
        self.values = values
        self.wire: dict[str, Wire] = definition.primary.write(values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        key: Key[Any] = other
        return self.definition is key.definition and self.wire == key.wire

    def __hash__(self) -> int:
        return hash((self.definition.name, *(next(iter(value.values())) for value in self.wire.values())))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.definition.name}.key({values})"


def key_of(entity: E) -> Key[E]:
    """The primary key of an instance."""
    definition = definition_of(entity)
    return Key(definition, definition.key_values(entity))


class BoundKey(Generic[E, KeyParts, PartitionParts, S]):
    """The primary key on the class: call it for the key of an item, `partition` for all items of a partition."""

    __slots__ = ("definition",)

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def __call__(self, *args: KeyParts.args, **kwargs: KeyParts.kwargs) -> Key[E]:
        """The key with these parts; raises `InvalidValue` for parts that are empty, too long or of a wrong type."""
        return Key(self.definition, self.definition.primary.named(cast("tuple[Any, ...]", args)))

    def partition(self, *args: PartitionParts.args, **kwargs: PartitionParts.kwargs) -> Query[E, S]:
        """All items of this entity in one partition."""
        return partition_query(self.definition, self.definition.primary, cast("tuple[Any, ...]", args))


class BoundIndex(Generic[E, PartitionParts, S]):
    """An index on the class: call it for all items of this entity in one partition of the index."""

    __slots__ = ("definition", "path")

    def __init__(self, definition: Definition, path: AccessPath) -> None:
        self.definition = definition
        self.path = path

    def __call__(self, *args: PartitionParts.args, **kwargs: PartitionParts.kwargs) -> Query[E, S]:
        """All items of this entity in one partition of the index."""
        return partition_query(self.definition, self.path, cast("tuple[Any, ...]", args))


class Primary(Declared, Generic[KeyParts, PartitionParts, S]):
    """What `primary` gives."""

    @overload
    def __get__(self, obj: None, owner: type[E]) -> BoundKey[E, KeyParts, PartitionParts, S]: ...
    @overload
    def __get__(self, obj: E, owner: Any) -> Key[E]: ...
    def __get__(self, obj: Any, owner: Any) -> Any:
        return BoundKey(definition_of(owner)) if obj is None else key_of(obj)


class Secondary(Declared, Generic[PartitionParts, S]):
    """What `index` gives."""

    def __get__(self, obj: None, owner: type[E]) -> BoundIndex[E, PartitionParts, S]:
        definition = definition_of(owner)
        return BoundIndex(definition, definition.paths[self.name])


@overload
def primary(a: Attr[A], /, *, pk: str | None = None, sk: str | None = None) -> Primary[[A], [A], NoSort]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B]], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B], [A, B], NoSort]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B], Attr[C]], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C], [A, B, C], NoSort]: ...
@overload
def primary(a: Attr[A], b: Attr[B], /, *, pk: str | None = None, sk: str | None = None) -> Primary[[A, B], [A], B]: ...
@overload
def primary(
    a: Attr[A], b: Attr[B], c: Attr[C], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C], [A], B]: ...
@overload
def primary(
    a: Attr[A], b: Attr[B], c: Attr[C], d: Attr[D], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D], [A], B]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B]], c: Attr[C], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C], [A, B], C]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B]], c: Attr[C], d: Attr[D], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D], [A, B], C]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B], Attr[C]], d: Attr[D], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D], [A, B, C], D]: ...
def primary(*attributes: Any, pk: str | None = None, sk: str | None = None) -> Primary[..., ..., Any]:
    """Declare the primary key: the attribute of the partition key (or a tuple of them), then those of the sort key.

    `pk` and `sk` are templates such as `ORDER#{id}`; without one the single attribute is the key itself and must
    bear its name in the table. A sort key that no attribute and no template fills holds the entity's name.
    """
    return Primary(None, attributes, pk, sk)


@overload
def index(
    name: str, a: Readable[A | None], /, *, pk: str | None = None, sk: str | None = None
) -> Secondary[[A], NoSort]: ...
@overload
def index(
    name: str,
    a: tuple[Readable[A | None], Readable[B | None]],
    /,
    *,
    pk: str | None = None,
    sk: str | None = None,
) -> Secondary[[A, B], NoSort]: ...
@overload
def index(
    name: str,
    a: Readable[A | None],
    b: Readable[B | None],
    /,
    *,
    pk: str | None = None,
    sk: str | None = None,
) -> Secondary[[A], B]: ...
@overload
def index(
    name: str,
    a: Readable[A | None],
    b: Readable[B | None],
    c: Readable[C | None],
    /,
    *,
    pk: str | None = None,
    sk: str | None = None,
) -> Secondary[[A], B]: ...
@overload
def index(
    name: str,
    a: tuple[Readable[A | None], Readable[B | None]],
    c: Readable[C | None],
    /,
    *,
    pk: str | None = None,
    sk: str | None = None,
) -> Secondary[[A, B], C]: ...
def index(name: str, /, *attributes: Any, pk: str | None = None, sk: str | None = None) -> Secondary[..., Any]:
    """Declare how an index of the table is filled; items that lack one of its attributes are not in it."""
    return Secondary(name, attributes, pk, sk)
