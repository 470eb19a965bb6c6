"""Where the attributes of an entity stand in its items: under which names, and in which map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from dynalayer.protocol import DefinitionError

from .attributes import Options
from .definition import Definition
from .lifecycle import VERSION_NAME
from .stored import AttributeDefinition
from .table import Table


class Layout(msgspec.Struct, frozen=True):
    """How the items of one entity are laid out: `inside` names the map that its attributes are kept in, if any."""

    entity: str
    table: Table
    camel_case: bool
    inside: str

    def __post_init__(self) -> None:
        if not self.inside:
            return
        where = f"{self.entity}: inside={self.inside!r}"
        if len(self.inside.encode()) > 255:
            raise DefinitionError(f"{where}: an attribute's name has 1 to 255 bytes")
        for name, what in _taken(self.table):
            if self.inside == name:
                raise DefinitionError(f"{where}: {name!r} is {what} and cannot hold the attributes as well")

    def wire_name(self, name: str, options: Options) -> str:
        """The name of an attribute in the table, or in the map."""
        return options.wire_name or (_camel(name) if self.camel_case else name)

    def holder(self, name: str, options: Options) -> str:
        """The map that an attribute is kept in; empty for one that is an attribute of the item itself."""
        # The service finds an expiry among the attributes of the item only (developer guide, "Time to Live").
        is_expiry = self.table.ttl is not None and self.wire_name(name, options) == self.table.ttl
        return "" if options.outside or is_expiry else self.inside

    def check(self, attributes: Mapping[str, AttributeDefinition]) -> None:
        """Raise `DefinitionError` for attributes in one place, or in that of what the layer keeps in an item."""
        if self.inside and not any(attribute.inside for attribute in attributes.values()):
            raise DefinitionError(f"{self.entity}: no attribute is kept inside {self.inside!r}; leave out inside=")
        places = [attribute.names for attribute in attributes.values()]
        for place in places:
            if place == (self.table.discriminator,):
                raise DefinitionError(
                    f"{self.entity}: {place[0]!r} holds the entity's name and cannot be an attribute as well"
                )
            if place == (VERSION_NAME,):
                raise DefinitionError(f"{self.entity}: {place[0]!r} is kept for the version of the schema")
            if places.count(place) > 1 or place == (self.inside,):
                other = (
                    "two attributes are"
                    if places.count(place) > 1
                    else "an attribute outside and the map of the others are"
                )
                raise DefinitionError(f"{self.entity}: {other} stored as {'.'.join(place)!r}")


def layout_of(entity: str, table: Table, camel_case: bool, inside: str | None, base: Definition | None) -> Layout:
    """The layout of an entity, which is that of the one that it is derived from; raises `DefinitionError`."""
    if inside == "":
        raise DefinitionError(f"{entity}: inside= names a map; leave it out for attributes of their own")
    if base is None:
        return Layout(entity, table, camel_case, inside or "")
    if inside not in (None, base.inside or None):
        kept = f"inside {base.inside!r}" if base.inside else "as attributes of their own"
        raise DefinitionError(
            f"{entity} is derived from {base.name}, whose attributes are kept {kept}, so its own are too"
        )
    return Layout(entity, table, camel_case or base.camel_case, base.inside)


def _taken(table: Table) -> Iterable[tuple[str, str]]:
    for name in table.key_names:
        yield name, "part of the table's key"
    for index in table.indexes.values():
        for attribute in table.keys_of(index).attributes:
            yield attribute.name, f"part of the key of index {index.name!r}"
    if table.ttl is not None:
        yield table.ttl, "the expiry"
    if table.discriminator is not None:
        yield table.discriminator, "the name of the entity"
    yield VERSION_NAME, "the version of the schema"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
