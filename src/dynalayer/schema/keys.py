"""What declared keys give on the class and on an instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from .building import Declared
from .codecs import Wire
from .definition import Definition, definition_of
from .paths import AccessPath
from .query import Query, partition_query
from .selection import Selectable

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)
KeyParts = ParamSpec("KeyParts")
PartitionParts = ParamSpec("PartitionParts")
S = TypeVar("S")


class NoSort:
    """Stands where an access path has no attribute in its sort key."""


class Key(Selectable[E_co], Generic[E_co]):
    """The primary key of one item of entity `E`."""

    __slots__ = ("_texts", "definition", "values", "wire")

    def __init__(self, definition: Definition, values: dict[str, Any]) -> None:
        self._texts: tuple[str, ...] | None = None
        self.definition = definition
        self.values = values
        self.wire: dict[str, Wire] = definition.primary.write(values)

    @property
    def selected_index(self) -> str | None:
        """None: a key names an item of the table."""
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        key: Key[Any] = other
        return self.definition is key.definition and self.wire == key.wire

    def __hash__(self) -> int:
        return hash((self.definition.name, self.texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """What the key attributes of the item hold, in the order of the table's; batches match items by them."""
        texts = self._texts
        if texts is None:
            texts = self._texts = texts_of(self.wire, self.definition.table.key_names)
        return texts

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.definition.name}.key({values})"


def texts_of(item: Mapping[str, Wire], names: Iterable[str]) -> tuple[str, ...]:
    """What these attributes of an item hold, whatever their types: text, digits, or bytes as base64."""
    return tuple([text for name in names for text in item[name].values()])


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
