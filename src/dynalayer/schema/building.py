"""Resolves a declared key against its table, and refuses what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynalayer.protocol import DefinitionError

from .attributes import Attr
from .paths import AccessPath, partition_part, sort_part
from .stored import AttributeDefinition
from .table import Index, KeyAttribute, Table
from .templates import Template, parse_template


class Declared:
    """The attributes and templates of a key as they stand in the class body."""

    def __init__(self, index: str | None, attributes: tuple[Any, ...], pk: str | None, sk: str | None) -> None:
        first, *rest = attributes
        self.index = index
        self.pk_attributes: tuple[Attr[Any], ...] = first if isinstance(first, tuple) else (first,)
        self.sk_attributes: tuple[Attr[Any], ...] = tuple(rest)
        self.pk_template = pk
        self.sk_template = sk
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


def build_path(
    table: Table, declared: Declared, attributes: Mapping[str, AttributeDefinition], entity: str
) -> AccessPath:
    """Resolve a declared key; raises `DefinitionError` for what does not fit the table."""
    holder: Table | Index = table if declared.index is None else _index(table, declared, entity)
    where = f"{entity}.{declared.name}"
    pk = partition_part(holder.pk, *_part(where, holder.pk, declared.pk_template, declared.pk_attributes, attributes))
    if holder.sk is None:
        if declared.sk_attributes or declared.sk_template:
            raise DefinitionError(f"{where}: {holder!r} has no sort key")
        return AccessPath(declared.index, pk, None)
    template = declared.sk_template
    if template is None and not declared.sk_attributes:
        template = entity
    sk = sort_part(holder.sk, *_part(where, holder.sk, template, declared.sk_attributes, attributes))
    if sk.template and sk.template.fields != tuple(source.name for source in sk.sources):
        raise DefinitionError(f"{where}: name the sort attributes in the order of the template {sk.template.source!r}")
    return AccessPath(declared.index, pk, sk)


def _index(table: Table, declared: Declared, entity: str) -> Index:
    try:
        return table.indexes[declared.index or ""]
    except KeyError:
        raise DefinitionError(f"{entity}.{declared.name}: {table!r} has no index {declared.index!r}") from None


def _part(
    where: str,
    key: KeyAttribute,
    template: str | None,
    declared: tuple[Any, ...],
    attributes: Mapping[str, AttributeDefinition],
) -> tuple[tuple[AttributeDefinition, ...], Template | None]:
    sources = tuple(attributes[attribute.name] for attribute in declared)
    if template is None:
        return _native(where, key, sources), None
    if key.kind != "S":
        raise DefinitionError(f"{where}: a template makes text, but the key {key.name!r} is of type {key.kind}")
    parsed = _parse(where, template, sources)
    if set(parsed.fields) != {source.name for source in sources}:
        raise DefinitionError(f"{where}: the template {template!r} must hold each of its attributes once")
    if any(attribute.wire_name == key.name for attribute in attributes.values()):
        raise DefinitionError(f"{where}: {key.name!r} is filled by a template and cannot be an attribute as well")
    return sources, parsed


def _parse(where: str, template: str, sources: tuple[AttributeDefinition, ...]) -> Template:
    try:
        return parse_template(template, {source.name: source.annotation for source in sources})
    except DefinitionError as error:
        raise DefinitionError(f"{where}: {error}") from None


def _native(where: str, key: KeyAttribute, sources: tuple[AttributeDefinition, ...]) -> tuple[AttributeDefinition, ...]:
    if len(sources) != 1 or sources[0].wire_name != key.name:
        names = ", ".join(f"{source.name} (stored as {source.wire_name!r})" for source in sources) or "none"
        raise DefinitionError(
            f"{where}: the key {key.name!r} needs a template, or one attribute stored under its name; given: {names}"
        )
    if sources[0].codec.kind != key.kind:
        raise DefinitionError(
            f"{where}: {sources[0].name} is stored as type {sources[0].codec.kind}, the key is of type {key.kind}"
        )
    return sources
