"""Resolves a declared key against its table, and refuses what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dynalayer.protocol import DefinitionError
from dynalayer.protocol.limits import HASH_KEY_BYTES, RANGE_KEY_BYTES

from .attributes import Attr
from .indexes import AnyIndex, KeyAttribute, KeyShape, LocalIndex
from .paths import AccessPath, KeyPart
from .stored import AttributeDefinition
from .table import Table
from .templates import Template, parse_template

Templates = str | tuple[str | None, ...] | None
"""The template of one side of a key; for a side of several attributes one for each, None for an attribute as it is."""

Attributes = Mapping[str, AttributeDefinition]


class Declared:
    """The attributes and templates of a key as they stand in the class body.

    `of_key` is the primary key whose partitions an index shares.
    """

    def __init__(self, index: str | None, attributes: tuple[Any, ...], pk: Templates, sk: Templates) -> None:
        first, *rest = attributes
        self.index = index
        self.of_key: Declared | None = None
        self.pk_attributes: tuple[Attr[Any], ...] = ()
        if isinstance(first, Declared):
            self.of_key = first
        else:
            self.pk_attributes = first if isinstance(first, tuple) else (first,)
        self.sk_attributes: tuple[Attr[Any], ...] = tuple(rest)
        self.pk_templates = pk
        self.sk_templates = sk
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


class _Side(msgspec.Struct, frozen=True):
    """One side of a key that is about to be resolved."""

    where: str
    keys: tuple[KeyAttribute, ...]
    attributes: Attributes
    limit: int

    def resolve(self, templates: Templates, declared: Sequence[Attr[Any]]) -> tuple[KeyPart, ...]:
        """The parts of this side: each key attribute takes the next of the declared attributes."""
        sources = tuple(self.attributes[attribute.name] for attribute in declared)
        parts: list[KeyPart] = []
        for key, template in zip(self.keys, self._each(templates), strict=True):
            last = len(parts) + 1 == len(self.keys)
            taken, parsed = self._part(key, template, sources, last)
            parts.append(KeyPart(key, taken, parsed, self.limit))
            sources = sources[len(taken) :]
        return tuple(parts)

    def _each(self, templates: Templates) -> tuple[str | None, ...]:
        given = templates if isinstance(templates, tuple) else (templates,)
        if len(given) == len(self.keys):
            return given
        if templates is None:
            return (None,) * len(self.keys)
        names = ", ".join(key.name for key in self.keys)
        raise DefinitionError(
            f"{self.where}: the index has the key attributes {names}; give a tuple of as many templates, None for an "
            "attribute as it is"
        )

    def _part(
        self, key: KeyAttribute, template: str | None, sources: tuple[AttributeDefinition, ...], last: bool
    ) -> tuple[tuple[AttributeDefinition, ...], Template | None]:
        if template is None:
            return self._native(key, sources if last else sources[:1]), None
        if key.kind != "S":
            raise DefinitionError(
                f"{self.where}: a template makes text, but the key {key.name!r} is of type {key.kind}"
            )
        parsed = self._parse(template, sources)
        taken = sources if last else sources[: len(parsed.fields)]
        if set(parsed.fields) != {source.name for source in taken}:
            raise DefinitionError(f"{self.where}: the template {template!r} must hold each of its attributes once")
        if any(attribute.top_name == key.name for attribute in self.attributes.values()):
            raise DefinitionError(
                f"{self.where}: {key.name!r} is filled by a template and cannot be an attribute as well"
            )
        return taken, parsed

    def _parse(self, template: str, sources: tuple[AttributeDefinition, ...]) -> Template:
        try:
            return parse_template(template, {source.name: source.annotation for source in sources})
        except DefinitionError as error:
            raise DefinitionError(f"{self.where}: {error}") from None

    def _native(self, key: KeyAttribute, sources: tuple[AttributeDefinition, ...]) -> tuple[AttributeDefinition, ...]:
        if len(sources) == 1 and sources[0].inside:
            raise DefinitionError(
                f"{self.where}: {sources[0].name} is kept inside {sources[0].inside!r}, but a key is an attribute of "
                f"its own: declare it with outside=True, or fill the key {key.name!r} by a template, as "
                f"'{{{sources[0].name}}}' where it is text"
            )
        if len(sources) != 1 or sources[0].wire_name != key.name:
            names = ", ".join(f"{source.name} (stored as {source.wire_name!r})" for source in sources) or "none"
            raise DefinitionError(
                f"{self.where}: the key {key.name!r} needs a template, or one attribute stored under its name; "
                f"given: {names}"
            )
        if sources[0].codec.kind != key.kind:
            raise DefinitionError(
                f"{self.where}: {sources[0].name} is stored as type {sources[0].codec.kind}, the key is of type "
                f"{key.kind}"
            )
        return sources


def build_primary(table: Table, declared: Declared, attributes: Attributes, entity: str) -> AccessPath:
    """Resolve the primary key; raises `DefinitionError` for what does not fit the table."""
    where = f"{entity}.{declared.name}"
    partition = _Side(where, table.keys.partition, attributes, HASH_KEY_BYTES)
    parts = partition.resolve(declared.pk_templates, declared.pk_attributes)
    return AccessPath(None, parts, _sort_side(where, repr(table), table.keys, declared, attributes, entity))


def build_secondary(
    table: Table,
    declared: Declared,
    attributes: Attributes,
    entity: str,
    key: tuple[Declared, AccessPath],
    kept: Sequence[str] = (),
) -> AccessPath:
    """Resolve an index; raises `DefinitionError` for what does not fit.

    `key` is the entity's primary key, `kept` are names that reading its items needs besides its attributes.
    """
    where = f"{entity}.{declared.name}"
    index = _index(table, declared, where)
    keys = table.keys_of(index)
    own, primary = key
    path = AccessPath(
        index.name,
        _partition_side(where, table, index, declared, attributes, (own, primary)),
        _sort_side(where, repr(index), keys, declared, attributes, entity),
        isinstance(index, LocalIndex),
        frozenset(part.attribute.name for part in primary.parts),
        _lacking(table.carried_by(index), attributes, kept),
    )
    refuse_two_makings(where, primary, path)
    return path


def _lacking(carried: frozenset[str] | None, attributes: Attributes, kept: Sequence[str]) -> tuple[str, ...]:
    if carried is None:
        return ()
    names = [(attribute.top_name, attribute.name) for attribute in attributes.values()]
    names += [(name, name) for name in kept]
    return tuple(name for top_name, name in names if top_name not in carried)


def _index(table: Table, declared: Declared, where: str) -> AnyIndex:
    try:
        return table.indexes[declared.index or ""]
    except KeyError:
        raise DefinitionError(f"{where}: {table!r} has no index {declared.index!r}") from None


def _partition_side(
    where: str,
    table: Table,
    index: AnyIndex,
    declared: Declared,
    attributes: Attributes,
    key: tuple[Declared, AccessPath],
) -> tuple[KeyPart, ...]:
    own, primary = key
    partition = table.keys_of(index).partition
    if declared.of_key is None:
        if isinstance(index, LocalIndex):
            raise DefinitionError(
                f"{where}: {index.name!r} is a local index, whose partitions are those of the table: give the primary "
                f"key first, as index({index.name!r}, {own.name}, ...)"
            )
        side = _Side(where, partition, attributes, HASH_KEY_BYTES)
        return side.resolve(declared.pk_templates, declared.pk_attributes)
    if declared.of_key is not own or declared.pk_templates is not None:
        raise DefinitionError(f"{where}: give this entity's own primary key, and no template for the partition")
    if partition != table.keys.partition:
        raise DefinitionError(f"{where}: the partitions of {index!r} are not those of the table: name their attributes")
    return primary.partition


def _sort_side(
    where: str, holder: str, keys: KeyShape, declared: Declared, attributes: Attributes, entity: str
) -> tuple[KeyPart, ...]:
    if not keys.sort:
        if declared.sk_attributes or declared.sk_templates:
            raise DefinitionError(f"{where}: {holder} has no sort key")
        return ()
    templates = declared.sk_templates
    if templates is None and not declared.sk_attributes and len(keys.sort) == 1:
        templates = entity
    parts = _Side(where, keys.sort, attributes, RANGE_KEY_BYTES).resolve(templates, declared.sk_attributes)
    for part in parts:
        if part.template and part.template.fields != tuple(source.name for source in part.sources):
            raise DefinitionError(
                f"{where}: name the sort attributes in the order of the template {part.template.source!r}"
            )
    return parts


def refuse_two_makings(where: str, path: AccessPath, other: AccessPath) -> None:
    """Raise `DefinitionError` if two access paths fill one key attribute in different ways."""
    made = {part.attribute.name: part for part in path.parts}
    for part in other.parts:
        first = made.get(part.attribute.name, part)
        if _making(first) != _making(part):
            raise DefinitionError(
                f"{where}: the key attribute {part.attribute.name!r} is filled in two ways by this entity; give both "
                "the same template"
            )


def _making(part: KeyPart) -> tuple[str | None, tuple[AttributeDefinition, ...]]:
    return part.template.source if part.template else None, part.sources
