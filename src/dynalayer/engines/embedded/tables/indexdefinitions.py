"""The rules that the secondary indexes of a table must keep, and how an index describes itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from dynalayer.engines.embedded.requests.structs import GlobalIndex, KeyElement, LocalIndex, Projection, Throughput
from dynalayer.protocol import ValidationError, messages
from dynalayer.protocol.limits import (
    CAPACITY_UNITS,
    GLOBAL_INDEXES,
    KEY_ATTRIBUTES,
    LOCAL_INDEXES,
    PROJECTED_ATTRIBUTES,
)

AnyIndex = GlobalIndex | LocalIndex


def check_schema(schema: Sequence[KeyElement]) -> None:
    """Refuse a key schema other than one HASH, or one HASH and one RANGE, of two attributes."""
    if schema[0].key_type != "HASH":
        raise ValidationError(messages.FIRST_NOT_HASH)
    if len(schema) > 1:
        if schema[1].key_type != "RANGE":
            raise ValidationError(messages.SECOND_NOT_RANGE)
        if schema[0].attribute_name == schema[1].attribute_name:
            raise ValidationError(messages.SAME_KEY_TWICE)


def check_global_schema(schema: Sequence[KeyElement]) -> None:
    """Refuse what is not one to four HASH and then up to four RANGE elements (API reference, "KeySchemaElement")."""
    kinds = [element.key_type for element in schema]
    hashes = kinds.count("HASH")
    if kinds[0] != "HASH":
        raise ValidationError(messages.FIRST_NOT_HASH)
    if "HASH" in kinds[hashes:]:
        raise ValidationError(messages.HASH_AFTER_RANGE)
    for kind, count in (("HASH", hashes), ("RANGE", len(kinds) - hashes)):
        if count > KEY_ATTRIBUTES:
            raise ValidationError(messages.KEY_ATTRIBUTES_TOO_MANY.format(kind, KEY_ATTRIBUTES))
    if len(set(names(schema))) < len(schema):
        raise ValidationError(messages.SAME_KEY_TWICE)


def check_indexes(
    table: Sequence[KeyElement], global_: Sequence[GlobalIndex] | None, local: Sequence[LocalIndex] | None
) -> None:
    """Refuse indexes of a new table that break a rule (guide, "Quotas", "Secondary indexes per table")."""
    if local is not None:
        _check_local(table, local)
    if global_ is not None:
        if not global_:
            raise ValidationError(messages.INDEXES_EMPTY)
        if len(global_) > GLOBAL_INDEXES:
            raise ValidationError(messages.INDEXES_TOO_MANY)
    known = {index.index_name for index in local or ()}
    for index in global_ or ():
        if index.index_name in known:
            raise ValidationError(messages.INDEX_NAMES_TWICE.format(index.index_name))
        known.add(index.index_name)
        check_global_schema(index.key_schema)
        check_projection(index.projection)
    every: list[AnyIndex] = [*(global_ or ()), *(local or ())]
    check_projected(index.projection.non_key_attributes for index in every)


def _check_local(table: Sequence[KeyElement], indexes: Sequence[LocalIndex]) -> None:
    if not indexes:
        raise ValidationError(messages.LOCAL_INDEXES_EMPTY)
    known: set[str] = set()
    for index in indexes:
        if len(table) == 1:
            raise ValidationError(messages.LOCAL_INDEX_WITHOUT_SORT_KEY)
        check_schema(index.key_schema)
        own, its = index.key_schema[0].attribute_name, table[0].attribute_name
        if own != its:
            raise ValidationError(messages.LOCAL_INDEX_OTHER_HASH.format(index.index_name, own, its))
        if len(index.key_schema) == 1:
            raise ValidationError(messages.LOCAL_INDEX_NO_RANGE.format(index.index_name))
        check_projection(index.projection)
        if index.index_name in known:
            raise ValidationError(messages.INDEX_NAMES_TWICE.format(index.index_name))
        known.add(index.index_name)
    if len(indexes) > LOCAL_INDEXES:
        raise ValidationError(messages.LOCAL_INDEXES_TOO_MANY)


def check_projection(projection: Projection) -> None:
    """Refuse a projection without a type, and attributes that do not go with its type."""
    kind, attributes = projection.projection_type, projection.non_key_attributes
    if kind is None:
        raise ValidationError(messages.PROJECTION_UNKNOWN)
    if kind == "INCLUDE" and attributes is None:
        raise ValidationError(messages.PROJECTION_INCLUDE_EMPTY)
    if kind != "INCLUDE" and attributes is not None:
        raise ValidationError(messages.PROJECTION_NOT_INCLUDE.format(kind))
    given = attributes or []
    for name in given:
        if given.count(name) > 1:
            raise ValidationError(messages.PROJECTION_TWICE.format(name))


def check_projected(attributes: Iterable[Sequence[str] | None]) -> None:
    """Refuse more than 100 projected attributes in all indexes of a table together."""
    if sum(len(names or ()) for names in attributes) > PROJECTED_ATTRIBUTES:
        raise ValidationError(messages.PROJECTED_TOO_MANY)


def names(schema: Iterable[KeyElement]) -> list[str]:
    """The attributes of a key schema."""
    return [element.attribute_name for element in schema]


def describe_global(index: GlobalIndex, arn: str) -> dict[str, Any]:
    """The description of a global index of the table with that ARN."""
    return {
        **_described(index, arn),
        "IndexStatus": "ACTIVE",
        "ProvisionedThroughput": describe_throughput(index.provisioned_throughput),
        **({} if index.on_demand_throughput is None else {"OnDemandThroughput": index.on_demand_throughput}),
    }


def describe_local(index: LocalIndex, arn: str) -> dict[str, Any]:
    """The description of a local index of the table with that ARN."""
    return _described(index, arn)


def _described(index: AnyIndex, arn: str) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection.projection_type}
    if index.projection.non_key_attributes is not None:
        projection["NonKeyAttributes"] = index.projection.non_key_attributes
    return {
        "IndexName": index.index_name,
        "KeySchema": msgspec.to_builtins(index.key_schema),
        "Projection": projection,
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": f"{arn}/index/{index.index_name}",
    }


def check_throughput(given: Throughput | None, index: str | None = None) -> None:
    """Refuse capacity beyond all bounds, of a table or of the index named."""
    if given is None:
        return
    asked = {"ReadCapacityUnits": given.read_capacity_units, "WriteCapacityUnits": given.write_capacity_units}
    for name, units in asked.items():
        if units > CAPACITY_UNITS:
            refusal = messages.THROUGHPUT_BEYOND.format(units, name)
            raise ValidationError(refusal if index is None else f"{refusal} for index {index}")


def describe_throughput(given: Throughput | None) -> dict[str, int]:
    """Provisioned capacity as a description tells it: zeros for what is on demand."""
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": given.read_capacity_units if given else 0,
        "WriteCapacityUnits": given.write_capacity_units if given else 0,
    }


def described_indexes(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The descriptions of all indexes of a described table."""
    yield from description.get("GlobalSecondaryIndexes", ())
    yield from description.get("LocalSecondaryIndexes", ())


def encrypt(description: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Describe encryption under a key of the account's; the file itself is as safe as the disk that it is on."""
    description.pop("SSEDescription", None)
    if wanted.get("Enabled"):
        described = {"Status": "ENABLED", "SSEType": wanted.get("SSEType", "KMS")}
        if "KMSMasterKeyId" in wanted:
            described["KMSMasterKeyArn"] = wanted["KMSMasterKeyId"]
        description["SSEDescription"] = described
