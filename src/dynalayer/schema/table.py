"""A table as it is declared once: its keys, indexes and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from dynalayer.protocol import DefinitionError
from dynalayer.protocol.limits import GLOBAL_INDEXES, LOCAL_INDEXES, PROJECTED_ATTRIBUTES, TAGS_PER_TABLE

from .indexes import AnyIndex, Index, KeyAttribute, KeyKind, KeyShape, LocalIndex, check_name, key_side

StreamView = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


def number(name: str) -> KeyAttribute:
    """A key attribute of type number."""
    return KeyAttribute(name, "N")


def binary(name: str) -> KeyAttribute:
    """A key attribute of type binary."""
    return KeyAttribute(name, "B")


class Table:
    """A DynamoDB table: its keys, its indexes and its settings, billed on demand.

    `pk` and `sk` name its key attributes, `ttl` the attribute that holds the expiry in seconds. `stream` is what each
    record of the table's stream shows, None for no stream. `point_in_time_recovery` keeps 35 days to restore from,
    `deletion_protection` refuses to delete the table. With `discriminator` every item also carries its entity's name
    in the attribute of that name.

    Raises `DefinitionError` for what the service would refuse: over 20 global or 5 local indexes, over 100 attributes
    projected by name (guide, "Quotas in Amazon DynamoDB"), two indexes of one name, one attribute used with two types.
    """

    def __init__(
        self,
        name: str,
        *,
        pk: str | KeyAttribute,
        sk: str | KeyAttribute | None = None,
        indexes: Sequence[AnyIndex] = (),
        ttl: str | None = None,
        stream: StreamView | None = None,
        point_in_time_recovery: bool = False,
        deletion_protection: bool = False,
        tags: Mapping[str, str] | None = None,
        discriminator: str | None = None,
    ) -> None:
        check_name("table", name)
        self.name = name
        self.keys = KeyShape(key_side(pk), key_side(sk))
        self.pk = self.keys.partition[0]
        self.sk = self.keys.sort[0] if self.keys.sort else None
        self.indexes: dict[str, AnyIndex] = {index.name: index for index in indexes}
        self.ttl = ttl
        self.stream: StreamView | None = stream
        self.point_in_time_recovery = point_in_time_recovery
        self.deletion_protection = deletion_protection
        self.tags = dict(tags or {})
        self.discriminator = discriminator
        if len(self.indexes) != len(indexes):
            raise DefinitionError(f"table {name!r}: two indexes share a name")
        self.keys.refuse_twice(f"table {name!r}")
        self._check_indexes()
        self._check_settings()
        self.attribute_kinds = self._attribute_kinds()

    def __repr__(self) -> str:
        return f"Table({self.name!r})"

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the table's key attributes, partition key first."""
        return tuple(attribute.name for attribute in self.keys.attributes)

    @property
    def global_indexes(self) -> list[Index]:
        """The global secondary indexes."""
        return [index for index in self.indexes.values() if isinstance(index, Index)]

    @property
    def local_indexes(self) -> list[LocalIndex]:
        """The local secondary indexes."""
        return [index for index in self.indexes.values() if isinstance(index, LocalIndex)]

    def keys_of(self, index: AnyIndex) -> KeyShape:
        """The key of an index of this table."""
        return index.keys if isinstance(index, Index) else KeyShape(self.keys.partition, (index.sk,))

    def carried_by(self, index: AnyIndex) -> frozenset[str] | None:
        """The names of the attributes that an index carries of each item; None for all."""
        if index.projection == "ALL":
            return None
        keys = (*self.keys.attributes, *self.keys_of(index).attributes)
        return frozenset(attribute.name for attribute in keys) | frozenset(index.included)

    def _check_indexes(self) -> None:
        for kind, count, limit in (
            ("global", len(self.global_indexes), GLOBAL_INDEXES),
            ("local", len(self.local_indexes), LOCAL_INDEXES),
        ):
            if count > limit:
                raise DefinitionError(f"table {self.name!r} has {count} {kind} indexes, at most {limit} are possible")
        projected = sum(len(index.included) for index in self.indexes.values())
        if projected > PROJECTED_ATTRIBUTES:
            raise DefinitionError(
                f"table {self.name!r}: its indexes name {projected} attributes to project, at most "
                f"{PROJECTED_ATTRIBUTES} are possible over all of them"
            )
        for index in self.local_indexes:
            if self.sk is None:
                raise DefinitionError(f"table {self.name!r} has no sort key, so it cannot have {index!r}")
            self.keys_of(index).refuse_twice(f"index {index.name!r} of table {self.name!r}")

    def _check_settings(self) -> None:
        where = f"table {self.name!r}"
        if self.ttl is not None and not 1 <= len(self.ttl.encode()) <= 255:
            raise DefinitionError(f"{where}: the ttl attribute must have 1 to 255 bytes")
        if self.stream is not None and self.stream not in get_args(StreamView):
            raise DefinitionError(f"{where}: stream is one of {', '.join(get_args(StreamView))}, not {self.stream!r}")
        if len(self.tags) > TAGS_PER_TABLE:
            raise DefinitionError(f"{where} has {len(self.tags)} tags, at most {TAGS_PER_TABLE} are possible")
        for key, value in self.tags.items():
            if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
                raise DefinitionError(
                    f"{where}: the tag {key!r} must have 1 to 128 characters and not begin with aws:, its value "
                    "at most 256"
                )

    def _attribute_kinds(self) -> dict[str, KeyKind]:
        kinds: dict[str, KeyKind] = {}
        for keys in (self.keys, *(self.keys_of(index) for index in self.indexes.values())):
            for attribute in keys.attributes:
                if kinds.setdefault(attribute.name, attribute.kind) != attribute.kind:
                    raise DefinitionError(f"table {self.name!r}: {attribute.name!r} is declared with two types")
        return kinds

    def index_request(self, index: AnyIndex) -> dict[str, Any]:
        """An index as CreateTable and UpdateTable want it."""
        return {
            "IndexName": index.name,
            "KeySchema": self.keys_of(index).schema(),
            "Projection": index.projection_request(),
        }

    def definitions_request(self) -> list[dict[str, str]]:
        """The types of all key attributes as CreateTable and UpdateTable want them."""
        return [{"AttributeName": name, "AttributeType": kind} for name, kind in self.attribute_kinds.items()]

    def create_request(self) -> dict[str, Any]:
        """The CreateTable request; expiry and point-in-time recovery are calls of their own."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "AttributeDefinitions": self.definitions_request(),
            "KeySchema": self.keys.schema(),
            "BillingMode": "PAY_PER_REQUEST",
        }
        if self.global_indexes:
            request["GlobalSecondaryIndexes"] = [self.index_request(index) for index in self.global_indexes]
        if self.local_indexes:
            request["LocalSecondaryIndexes"] = [self.index_request(index) for index in self.local_indexes]
        if self.stream is not None:
            request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": self.stream}
        if self.deletion_protection:
            request["DeletionProtectionEnabled"] = True
        if self.tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return request
