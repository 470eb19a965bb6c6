"""Some attributes instead of whole items: `select`, and how the rows it gives are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar, cast, overload

import msgspec

from dynalayer.protocol import InvalidValue, Item

from .codecs import UNREADABLE, placed
from .definition import Definition
from .expressions import Path
from .paths import AccessPath, KeyPart
from .stored import AttributeDefinition

E = TypeVar("E", covariant=True)
R_co = TypeVar("R_co", covariant=True)
K_co = TypeVar("K_co", covariant=True)
K = TypeVar("K", bound="Selectable[Any]")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
F = TypeVar("F")
G = TypeVar("G")

Names = tuple[str, ...]
"""The way to a stored attribute: its name, behind that of the map that it is kept in, if it is in one."""


class HasIndex(Protocol):
    """What is read when attributes are selected: an entity, by its table or by one of its indexes."""

    @property
    def definition(self) -> Definition: ...
    @property
    def selected_index(self) -> str | None: ...


class Selected(msgspec.Struct, Generic[R_co, K_co], frozen=True):
    """Rows of some attributes of what `source` names, instead of whole items."""

    source: K_co
    paths: tuple[Path[Any, Any], ...]
    columns: Columns


class Selectable(Generic[E]):
    """What `select` can be called on: a query, a scan, a key."""

    __slots__ = ()

    @overload
    def select(self: K, a: Path[E, A], /) -> Selected[tuple[A], K]: ...
    @overload
    def select(self: K, a: Path[E, A], b: Path[E, B], /) -> Selected[tuple[A, B], K]: ...
    @overload
    def select(self: K, a: Path[E, A], b: Path[E, B], c: Path[E, C], /) -> Selected[tuple[A, B, C], K]: ...
    @overload
    def select(
        self: K, a: Path[E, A], b: Path[E, B], c: Path[E, C], d: Path[E, D], /
    ) -> Selected[tuple[A, B, C, D], K]: ...
    @overload
    def select(
        self: K, a: Path[E, A], b: Path[E, B], c: Path[E, C], d: Path[E, D], f: Path[E, F], /
    ) -> Selected[tuple[A, B, C, D, F], K]: ...
    @overload
    def select(
        self: K, a: Path[E, A], b: Path[E, B], c: Path[E, C], d: Path[E, D], f: Path[E, F], g: Path[E, G], /
    ) -> Selected[tuple[A, B, C, D, F, G], K]: ...
    def select(self, *paths: Path[Any, Any]) -> Selected[Any, Any]:
        """Tuples of one to six attributes instead of whole items; say it last.

        Answers get smaller, not cheaper: whole items are read and paid for (guide, "Projection expressions"), except by
        an index that projects less. Raises `InvalidValue` for attributes that an index neither projects nor has in
        its keys.
        """
        source = cast("HasIndex", self)
        return Selected(self, paths, columns(source.definition, source.selected_index, paths))


class Column(msgspec.Struct, frozen=True):
    """One attribute of a row: the way to the stored attribute that it is read from, and how."""

    names: Names
    read: Callable[[Item], Any]


class Columns(msgspec.Struct, frozen=True):
    """How rows are asked for and read; with `upgraded`, only whole items can be brought up to the newest version."""

    columns: tuple[Column, ...]
    upgraded: Callable[[Item], Item] | None = None

    @property
    def names(self) -> tuple[Names, ...]:
        """The ways to the stored attributes that the rows are made of, each once."""
        return tuple(dict.fromkeys(column.names for column in self.columns))

    def row(self, item: Item) -> tuple[Any, ...]:
        """The row that an item gives."""
        read = item if self.upgraded is None else self.upgraded(item)
        return tuple([column.read(read) for column in self.columns])


def columns(definition: Definition, index: str | None, paths: Iterable[Path[Any, Any]]) -> Columns:
    """The columns for some attributes; raises `InvalidValue` for those that cannot be read this way."""
    made = [_part(_column(definition, index, path), path) for path in paths]
    if not made:
        raise InvalidValue(f"{definition.name}: select needs at least one attribute")
    lifecycle = definition.lifecycle
    if lifecycle is None or not lifecycle.upgrades:
        return Columns(tuple(made))
    if _way(definition, index).lacking and not _way(definition, index).is_local:
        raise InvalidValue(
            f"{definition.name}: index {index!r} does not carry whole items, so those of older versions cannot be "
            "upgraded: read the items by their keys"
        )
    return Columns(tuple(made), lifecycle.upgraded)


def _way(definition: Definition, index: str | None) -> AccessPath:
    return next((way for way in definition.paths.values() if way.index == index), definition.primary)


def _part(column: Column, path: Path[Any, Any]) -> Column:
    """The column of a part: whole attributes are asked for, since a list that is projected loses its positions."""
    whole = column.read
    return Column(column.names, lambda item: path.part_of(whole(item))) if path.steps else column


def _column(definition: Definition, index: str | None, path: Path[Any, Any]) -> Column:
    attribute = path.attribute
    if attribute.owner != definition.name:
        raise InvalidValue(f"{path!r} is not an attribute of {definition.name}")
    way = _way(definition, index)
    if way.is_local or attribute.name not in way.lacking:
        return Column(attribute.names, _reader(definition, attribute))
    for part in (*definition.primary.parts, *way.parts):
        if part.template is not None and attribute in part.sources:
            return Column((part.attribute.name,), _key_reader(part, attribute.name))
    raise InvalidValue(
        f"{path!r} is not carried by index {index!r} of {definition.table.name}: add it to the index's projection, "
        f"or select the attributes of the key and read the items by it ({definition.name}.key and batch_get)"
    )


def _reader(definition: Definition, attribute: AttributeDefinition) -> Callable[[Item], Any]:
    def read(item: Item) -> Any:
        wire = attribute.wire_in(item)
        if wire is None or (attribute.optional and "NULL" in wire):
            if attribute.required:
                where = f"{definition.name}.{attribute.name}"
                raise InvalidValue(
                    f"{where}: an item in {definition.table.name} has no attribute {attribute.stored_as!r}"
                )
            return attribute.when_absent()
        try:
            return attribute.codec.read(wire)
        except UNREADABLE as error:
            where = f"{definition.name}.{attribute.name}"
            raise placed(where, error, attribute.codec.type_name, "the stored value cannot be read: ") from None

    return read


def _key_reader(part: KeyPart, name: str) -> Callable[[Item], Any]:
    """Reads an attribute out of the key that a template made of it."""
    template, stored = part.template, part.attribute.name
    return lambda item: None if template is None else template.parse(item[stored]["S"])[name]
