"""Everything known of an entity once its class is made, and the entities that share a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from dynalayer.protocol import DefinitionError, InvalidValue, Item

from .codecs import codec_for
from .conditions import Condition, Membership
from .expressions import Path
from .lifecycle import Lifecycle, shard_number
from .paths import AccessPath, KeyPart, entity_range
from .stored import MISSING, AttributeDefinition
from .table import Table
from .templates import may_meet

_entities: WeakKeyDictionary[Table, list[Definition]] = WeakKeyDictionary()


def _not_made_yet(given: Any) -> Any:
    raise NotImplementedError("the functions of an entity are generated once its class is made")


class Definition(msgspec.Struct, eq=False, dict=True):
    """One entity: its table, attributes, key, indexes, and the functions generated for it."""

    name: str
    cls: type[Any]
    table: Table
    attributes: dict[str, AttributeDefinition]
    primary: AccessPath
    paths: dict[str, AccessPath] = msgspec.field(default_factory=dict[str, AccessPath])
    ttl: AttributeDefinition | None = None
    lifecycle: Lifecycle | None = None
    root: str = ""
    """The name of the entity that its class and its kin are derived from; empty where there is none."""
    camel_case: bool = False
    inside: str = ""
    """The map attribute that the attributes are kept in, but for those outside; empty where there is none."""
    encode: Callable[[Any], Item] = _not_made_yet
    encode_values: Callable[[dict[str, Any]], Item] = _not_made_yet
    decode: Callable[[Any], Any] = _not_made_yet
    decode_answer: Callable[[bytes], Any] = _not_made_yet
    decode_page: Callable[[bytes], Any] = _not_made_yet
    decode_item: Callable[[Any], Any] = _not_made_yet

    def __post_init__(self) -> None:
        self._paths = {name: Path[Any, Any](attribute) for name, attribute in self.attributes.items()}
        self.uniques = tuple(attribute for attribute in self.attributes.values() if attribute.unique)
        self.shards = {a.name: self.attributes[a.shard_of] for a in self.attributes.values() if a.shards}
        self.is_plain = self.lifecycle is None and not self.uniques and not self.inside
        """True if a write is one call, with nothing to fill in."""
        self.key_sources = self.primary.source_names
        made = [part.attribute.name for path in self.paths.values() for part in path.derived]
        self.shared_keys = frozenset(name for name in made if made.count(name) > 1)

    def __repr__(self) -> str:
        return f"<{self.name} in {self.table.name}>"

    def path(self, name: str) -> Path[Any, Any]:
        """The expression `Entity.name`."""
        return self._paths[name]

    def item(self, entity: Any, now: float) -> Item:
        """The item of an instance as it is written at `now`, with what writing fills in."""
        if self.lifecycle is None:
            return self.encode(entity)
        return self.encode_values(self.lifecycle.at_write(entity.__dict__, now))

    def settle(self, entity: Any, now: float) -> None:
        """Give an instance what a write at `now`, that is done, has filled in."""
        if self.lifecycle is not None:
            entity.__dict__.update(self.lifecycle.at_write(entity.__dict__, now))

    def shard(self, name: str, value: Any) -> int:
        """The shard number that an attribute declared by `write_shard` has for a value of its source."""
        return shard_number(self.shards[name], value, self.attributes[name].shards)

    def key_values(self, entity: Any) -> dict[str, Any]:
        """The values of the primary key of an instance, by attribute name."""
        return {name: getattr(entity, name) for name in (source.name for source in self.primary.sources)}

    @property
    def derived_parts(self) -> list[KeyPart]:
        """The key parts, of the table and its indexes, that templates make of other attributes; each once."""
        parts = [part for path in (self.primary, *self.paths.values()) for part in path.derived]
        return list({part.attribute.name: part for part in parts}.values())


def definition_of(entity: Any) -> Definition:
    """The definition of an entity's class, or of an instance of it."""
    definition: Definition = entity.__definition__
    return definition


def entities_of(table: Table) -> list[Definition]:
    """The entities that are declared on a table."""
    return _entities.get(table, [])


def register(definition: Definition) -> None:
    """Add an entity to its table; raises `DefinitionError` if its keys could meet those of another entity.

    A class made again under the same name and module (a module reloaded) takes the place of the earlier one.
    """
    others = [other for other in entities_of(definition.table) if not _same_class(other, definition)]
    for other in others:
        refuse_overlaps(definition, other)
    _entities[definition.table] = [*others, definition]


def kin_of(definition: Definition) -> list[Definition]:
    """An entity and those derived from it: what a read of it may give."""
    return [each for each in entities_of(definition.table) if issubclass(each.cls, definition.cls)]


def kin_condition(definition: Definition) -> Condition[Any] | None:
    """That an item is of a derived entity, or of one derived from that; None for an entity that has no base."""
    name = definition.table.discriminator
    if not definition.root or name is None:
        return None
    attribute = AttributeDefinition(definition.name, name, name, str, codec_for(str), MISSING, None, False, False)
    return Membership(Path[Any, str](attribute), tuple({"S": each.name} for each in kin_of(definition)))


def is_kin(first: Definition, second: Definition) -> bool:
    """True for entities derived from one entity: they share their keys and are told apart by the discriminator."""
    return (first.root or first.name) == (second.root or second.name) and bool(first.root or second.root)


def refuse_overlaps(ours: Definition, theirs: Definition) -> None:
    """Raise `DefinitionError` if keys of one entity could meet those of the other, in their table or an index."""
    if is_kin(ours, theirs):
        return
    _refuse_overlap(ours, theirs, ours.primary, theirs.primary)
    for path in ours.paths.values():
        for other in theirs.paths.values():
            if path.index == other.index:
                _refuse_overlap(ours, theirs, path, other)


def _same_class(first: Definition, second: Definition) -> bool:
    return (first.cls.__module__, first.cls.__qualname__) == (second.cls.__module__, second.cls.__qualname__)


def _refuse_overlap(ours: Definition, theirs: Definition, path: AccessPath, other: AccessPath) -> None:
    # Behind the first sort attribute a query for all of one entity cannot tell them apart.
    if all(map(_parts_meet, path.partition, other.partition)) and all(map(_parts_meet, path.sort[:1], other.sort[:1])):
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
    parts = [part.template.source if part.template else f"<{part.sources[0].name}>" for part in path.parts]
    return "(" + ", ".join(parts) + ")"
