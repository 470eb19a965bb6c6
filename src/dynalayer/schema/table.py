"""A table as it is declared once: its keys, indexes and expiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dynalayer.protocol import DefinitionError

KeyKind = Literal["S", "N", "B"]
Projection = Literal["ALL", "KEYS_ONLY"]


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """One key attribute: its name in the table and its DynamoDB type."""

    name: str
    kind: KeyKind = "S"

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.encode()) <= 255:
            raise DefinitionError(f"the key attribute name {self.name!r} must have 1 to 255 bytes")


def number(name: str) -> KeyAttribute:
    """A key attribute of type number."""
    return KeyAttribute(name, "N")


def binary(name: str) -> KeyAttribute:
    """A key attribute of type binary."""
    return KeyAttribute(name, "B")


def _key_attribute(given: str | KeyAttribute) -> KeyAttribute:
    return KeyAttribute(given) if isinstance(given, str) else given


class Index:
    """A global secondary index; `projection` is ALL, KEYS_ONLY or the list of attributes to carry."""

    __slots__ = ("name", "pk", "projection", "sk")

    def __init__(
        self,
        name: str,
        *,
        pk: str | KeyAttribute,
        sk: str | KeyAttribute | None = None,
        projection: Projection | Sequence[str] = "ALL",
    ) -> None:
        self.name = name
        self.pk = _key_attribute(pk)
        self.sk = None if sk is None else _key_attribute(sk)
        self.projection = projection if isinstance(projection, str) else tuple(projection)

    def __repr__(self) -> str:
        return f"Index({self.name!r}, pk={self.pk.name!r}, sk={self.sk.name if self.sk else None!r})"

    def request(self) -> dict[str, Any]:
        """The index as CreateTable wants it."""
        projection: dict[str, Any] = (
            {"ProjectionType": self.projection}
            if isinstance(self.projection, str)
            else {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.projection)}
        )
        return {"IndexName": self.name, "KeySchema": _key_schema(self.pk, self.sk), "Projection": projection}


class Table:
    """A DynamoDB table; `pk` and `sk` name its key attributes, `ttl` the attribute that holds the expiry in seconds.

    With `discriminator` every item also carries its entity's name in the attribute of that name.

    Raises `DefinitionError` when two indexes share a name or one attribute is used with two types.
    """

    def __init__(
        self,
        name: str,
        *,
        pk: str | KeyAttribute,
        sk: str | KeyAttribute | None = None,
        indexes: Sequence[Index] = (),
        ttl: str | None = None,
        discriminator: str | None = None,
    ) -> None:
        self.name = name
        self.pk = _key_attribute(pk)
        self.sk = None if sk is None else _key_attribute(sk)
        self.indexes = {index.name: index for index in indexes}
        self.ttl = ttl
        self.discriminator = discriminator
        if len(self.indexes) != len(indexes):
            raise DefinitionError(f"table {name!r}: two indexes share a name")
        self.attribute_kinds = self._attribute_kinds()

    def __repr__(self) -> str:
        return f"Table({self.name!r})"

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the table's key attributes, partition key first."""
        return tuple(attribute.name for attribute in (self.pk, self.sk) if attribute)

    def _attribute_kinds(self) -> dict[str, KeyKind]:
        kinds: dict[str, KeyKind] = {}
        holders: list[Table | Index] = [self, *self.indexes.values()]
        for holder in holders:
            for attribute in (holder.pk, holder.sk):
                if attribute and kinds.setdefault(attribute.name, attribute.kind) != attribute.kind:
                    raise DefinitionError(f"table {self.name!r}: {attribute.name!r} is declared with two types")
        return kinds

    def create_request(self) -> dict[str, Any]:
        """The CreateTable request: on-demand billing, every index, no expiry (that is a call of its own)."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in self.attribute_kinds.items()
            ],
            "KeySchema": _key_schema(self.pk, self.sk),
            "BillingMode": "PAY_PER_REQUEST",
        }
        if self.indexes:
            request["GlobalSecondaryIndexes"] = [index.request() for index in self.indexes.values()]
        return request


def _key_schema(pk: KeyAttribute, sk: KeyAttribute | None) -> list[dict[str, str]]:
    schema = [{"AttributeName": pk.name, "KeyType": "HASH"}]
    return schema if sk is None else [*schema, {"AttributeName": sk.name, "KeyType": "RANGE"}]
