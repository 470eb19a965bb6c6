"""The one form that every contract is brought into, whichever dialect it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from .documents import DocumentSpec
from .values import Transformation, Value

AttributeType = Literal["S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"]
Projection = Literal["ALL", "KEYS_ONLY", "INCLUDE"]
KEY_TYPES = ("S", "N", "B")


class AttributeSpec(Struct, frozen=True):
    """One attribute of the items that rows become."""

    name: str
    type: AttributeType
    value: Value
    transformation: Transformation | None = None
    denormalized: bool = False
    justification: str = ""
    pointer: str = ""


class EntitySpec(Struct, frozen=True):
    """The items that the rows of one source table become, or the documents of one collection.

    Its keys are attributes like the others. `newer_by` is the attribute by which of two items of one key the newer one
    is told, a number or a text that grows.
    """

    name: str
    source_table: str
    attributes: tuple[AttributeSpec, ...]
    pointer: str = ""
    document: DocumentSpec | None = None
    newer_by: str | None = None

    def attribute(self, name: str) -> AttributeSpec | None:
        """The attribute of that name."""
        return next((each for each in self.attributes if each.name == name), None)


class IndexSpec(Struct, frozen=True):
    """A global index: entities without its key attributes are not in it."""

    name: str
    pk: str
    sk: str | None = None
    projection: Projection = "ALL"
    projected_attributes: tuple[str, ...] = ()
    pointer: str = ""

    @property
    def key_names(self) -> tuple[str, ...]:
        """The attributes of its key."""
        return (self.pk,) if self.sk is None else (self.pk, self.sk)


class TableSpec(Struct, frozen=True):
    """A table of the target with its entities; one that holds a single kind of item has one entity."""

    name: str
    pk: str
    sk: str | None
    entities: tuple[EntitySpec, ...]
    indexes: tuple[IndexSpec, ...] = ()
    satisfies: tuple[str, ...] = ()
    estimated_item_size_bytes: int | None = None
    is_multi_entity: bool = False
    pointer: str = ""

    @property
    def key_names(self) -> tuple[str, ...]:
        """The attributes of its key."""
        return (self.pk,) if self.sk is None else (self.pk, self.sk)

    def type_of(self, name: str) -> AttributeType | None:
        """The type of a key attribute as the first entity that has it declares it."""
        found = (entity.attribute(name) for entity in self.entities)
        return next((attribute.type for attribute in found if attribute is not None), None)


class Contract(Struct, frozen=True):
    """What becomes of a SQL database or of Firestore; `ignored` is left behind on purpose.

    Ignored are tables and `table.column`s, or collections such as `users/*/drafts`.
    """

    tables: tuple[TableSpec, ...]
    dialect: Literal["A", "B"] = "B"
    ignored: tuple[str, ...] = ()

    @property
    def is_of_documents(self) -> bool:
        """True if its items are made of Firestore's documents."""
        return any(entity.document is not None for _, entity in self.entities())

    def entities(self) -> Iterator[tuple[TableSpec, EntitySpec]]:
        """Every entity with its table."""
        for table in self.tables:
            for entity in table.entities:
                yield table, entity
