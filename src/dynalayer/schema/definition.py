"""Everything known of an entity once its class is made, and the checks that refuse what cannot work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dynalayer.protocol import DefinitionError, InvalidValue, Item

from .access import AccessPath, KeyPart, entity_range, partition_part, sort_part
from .attributes import AttributeDefinition
from .expressions import Path
from .keys import Declared
from .table import Index, KeyAttribute, Table
from .templates import Template, may_meet, parse_template


@dataclass(eq=False)
class Definition:
    """One entity: its table, attributes, key, indexes, and the functions generated for it."""

    name: str
    cls: type[Any]
    table: Table
    attributes: dict[str, AttributeDefinition]
    primary: AccessPath
    paths: dict[str, AccessPath] = field(default_factory=dict[str, AccessPath])
    ttl: AttributeDefinition | None = None
    encode: Callable[[Any], Item] = field(init=False)
    decode: Callable[[Any], Any] = field(init=False)
    decode_answer: Callable[[bytes], Any] = field(init=False)
    decode_page: Callable[[bytes], Any] = field(init=False)

    def __post_init__(self) -> None:
        self._paths = {name: Path[Any, Any](attribute) for name, attribute in self.attributes.items()}
        self.key_sources = frozenset(source.name for source in self.primary.sources)

    def __repr__(self) -> str:
        return f"<{self.name} in {self.table.name}>"

    def path(self, name: str) -> Path[Any, Any]:
        """The expression `Entity.name`."""
        return self._paths[name]

    def key_values(self, entity: Any) -> dict[str, Any]:
        """The values of the primary key of an instance, by attribute name."""
        return {name: getattr(entity, name) for name in (source.name for source in self.primary.sources)}

    @property
    def derived_parts(self) -> list[KeyPart]:
        """The key parts, of the table and its indexes, that templates make of other attributes."""
        return [part for path in (self.primary, *self.paths.values()) for part in path.derived]


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


def register(definition: Definition) -> None:
    """Add an entity to its table; raises `DefinitionError` if its keys could meet those of another entity.

    A class made again under the same name and module (a module reloaded) takes the place of the earlier one.
    """
    table = definition.table
    others = [other for other in table.entities if not _same_class(other, definition)]
    for other in others:
        _refuse_overlap(definition, other, definition.primary, other.primary)
        for path in definition.paths.values():
            for theirs in other.paths.values():
                if path.index == theirs.index:
                    _refuse_overlap(definition, other, path, theirs)
    table.entities[:] = [*others, definition]


def _same_class(first: Definition, second: Definition) -> bool:
    return (first.cls.__module__, first.cls.__qualname__) == (second.cls.__module__, second.cls.__qualname__)


def _refuse_overlap(ours: Definition, theirs: Definition, path: AccessPath, other: AccessPath) -> None:
    if _parts_meet(path.pk, other.pk) and (path.sk is None or other.sk is None or _parts_meet(path.sk, other.sk)):
        where = f"index {path.index!r}" if path.index else f"table {ours.table.name!r}"
        raise DefinitionError(
            f"{ours.name} and {theirs.name} overlap in {where}: {_shape(path)} and {_shape(other)} can give keys that "
            "are equal or begin alike, so one would be read as the other; give them different prefixes"
        )


def _parts_meet(first: KeyPart, second: KeyPart) -> bool:
    if first.template is None or second.template is None:
        return True
    if first.limit != second.limit:
        raise InvalidValue("a partition key cannot be held against a sort key")
    if entity_range(first) is None or entity_range(second) is None:
        return True
    return may_meet(first.template, second.template)


def _shape(path: AccessPath) -> str:
    parts = [
        part.template.source if part.template else f"<{part.sources[0].name}>" for part in (path.pk, path.sk) if part
    ]
    return "(" + ", ".join(parts) + ")"
