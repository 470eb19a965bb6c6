"""Secondary indexes of a table as they are declared."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec

from dynalayer.protocol import DefinitionError
from dynalayer.protocol.limits import KEY_ATTRIBUTES

KeyKind = Literal["S", "N", "B"]
Projection = Literal["ALL", "KEYS_ONLY"]
Names = list[str] | tuple[str, ...]
"""Attributes to project; not any sequence, because text is one."""

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")


class KeyAttribute(msgspec.Struct, frozen=True):
    """One key attribute: its name in the table and its DynamoDB type."""

    name: str
    kind: KeyKind = "S"

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.encode()) <= 255:
            raise DefinitionError(f"the key attribute name {self.name!r} must have 1 to 255 bytes")


Keys = str | KeyAttribute | tuple[str | KeyAttribute, ...]
"""One side of a key: an attribute, or several of a global index."""


class KeyShape(msgspec.Struct, frozen=True):
    """The attributes of a key, of the partition side and of the sort side."""

    partition: tuple[KeyAttribute, ...]
    sort: tuple[KeyAttribute, ...]

    @property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        """All of them, the partition's first."""
        return self.partition + self.sort

    def schema(self) -> list[dict[str, str]]:
        """The key as the API's KeySchema."""
        sides = (("HASH", self.partition), ("RANGE", self.sort))
        return [{"AttributeName": attribute.name, "KeyType": kind} for kind, side in sides for attribute in side]

    def refuse_twice(self, where: str) -> None:
        """Raise `DefinitionError` if one attribute is in the key twice."""
        names = [attribute.name for attribute in self.attributes]
        for name in names:
            if names.count(name) > 1:
                raise DefinitionError(f"{where}: {name!r} is in the key twice")


def key_side(given: Keys | None) -> tuple[KeyAttribute, ...]:
    """The attributes of one side of a key."""
    if given is None:
        return ()
    several = given if isinstance(given, tuple) else (given,)
    return tuple(KeyAttribute(one) if isinstance(one, str) else one for one in several)


def check_name(what: str, name: str) -> None:
    """Refuse a name that the service would (API reference, "Naming rules and data types")."""
    if not _NAME.fullmatch(name):
        raise DefinitionError(f"the {what} name {name!r} must have 3 to 255 of the characters A-Z a-z 0-9 _ . -")


class _Projecting:
    """What global and local indexes have in common: a name, and what they carry of each item."""

    __slots__ = ("name", "projection")

    def __init__(self, name: str, projection: Projection | Names) -> None:
        check_name("index", name)
        self.name = name
        self.projection = projection if isinstance(projection, str) else tuple(projection)
        self._check_projection()

    def _check_projection(self) -> None:
        if isinstance(self.projection, str):
            if self.projection not in ("ALL", "KEYS_ONLY"):
                raise DefinitionError(
                    f"index {self.name!r}: a projection is ALL, KEYS_ONLY or a list of attributes, not "
                    f"{self.projection!r}"
                )
            return
        if not self.projection:
            raise DefinitionError(f"index {self.name!r}: name at least one attribute to project, or use KEYS_ONLY")
        for name in self.projection:
            if not 1 <= len(name.encode()) <= 255:
                raise DefinitionError(f"index {self.name!r}: the projected name {name!r} must have 1 to 255 bytes")
            if self.projection.count(name) > 1:
                raise DefinitionError(f"index {self.name!r} projects {name!r} twice")

    @property
    def included(self) -> tuple[str, ...]:
        """The attributes that the index names to carry besides keys."""
        return () if isinstance(self.projection, str) else self.projection

    def projection_request(self) -> dict[str, Any]:
        """The projection as the API wants it."""
        if isinstance(self.projection, str):
            return {"ProjectionType": self.projection}
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.projection)}


class Index(_Projecting):
    """A global secondary index; `projection` is ALL, KEYS_ONLY or the list of attributes to carry.

    `pk` and `sk` each name one attribute or a tuple of up to four, which order items from left to right (API
    reference, KeySchemaElement). Raises `DefinitionError` for what the service would refuse.
    """

    __slots__ = ("keys",)

    def __init__(
        self,
        name: str,
        *,
        pk: Keys,
        sk: Keys | None = None,
        projection: Projection | Names = "ALL",
    ) -> None:
        super().__init__(name, projection)
        self.keys = KeyShape(key_side(pk), key_side(sk))
        if not self.keys.partition:
            raise DefinitionError(f"index {name!r} needs a partition key")
        for side, attributes in (("pk", self.keys.partition), ("sk", self.keys.sort)):
            if len(attributes) > KEY_ATTRIBUTES:
                raise DefinitionError(
                    f"index {name!r}: {side} names {len(attributes)} attributes, at most {KEY_ATTRIBUTES} are possible"
                )
        self.keys.refuse_twice(f"index {name!r}")

    def __repr__(self) -> str:
        pk, sk = (tuple(attribute.name for attribute in side) for side in (self.keys.partition, self.keys.sort))
        return f"Index({self.name!r}, pk={_one(pk)!r}, sk={_one(sk)!r})"


class LocalIndex(_Projecting):
    """A local secondary index: the table's partitions, sorted by another attribute; it can be read consistently.

    It can only be made with its table, and bounds each partition to 10 GB (guide, "Local secondary indexes").
    """

    __slots__ = ("sk",)

    def __init__(self, name: str, *, sk: str | KeyAttribute, projection: Projection | Names = "ALL") -> None:
        super().__init__(name, projection)
        (self.sk,) = key_side(sk)

    def __repr__(self) -> str:
        return f"LocalIndex({self.name!r}, sk={self.sk.name!r})"


AnyIndex = Index | LocalIndex


def _one(names: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return names if len(names) > 1 else next(iter(names), None)
