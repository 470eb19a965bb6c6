"""From a CreateTable request to the table's definition: the rules a table must keep, and how it describes itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dynalayer.engines.embedded.catalog import Definition
from dynalayer.engines.embedded.requests import CreateTable, GlobalIndex, KeyElement, Throughput
from dynalayer.protocol import ValidationError, messages
from dynalayer.protocol.limits import GLOBAL_INDEXES, PROJECTED_ATTRIBUTES

_ARN = "arn:aws:dynamodb:{}:000000000000:table/{}"
REGION = "local"


def definition(request: CreateTable, now: float) -> Definition:
    """The definition that the request asks for; raises `ValidationError` for one that breaks a rule."""
    check(request)
    tags = [msgspec.to_builtins(tag) for tag in request.tags or ()]
    return Definition(description=_description(request, now), tags=tags)


def check(request: CreateTable) -> None:
    """Refuse a table that the service would refuse (API reference, "CreateTable")."""
    if request.local_secondary_indexes is not None:
        raise ValidationError(messages.LOCAL_INDEXES)
    _check_throughput(request)
    indexes = request.global_secondary_indexes
    _check_attributes(request, indexes or [])
    _check_schema(request.key_schema)
    if indexes is not None:
        _check_indexes(indexes)
    stream = request.stream_specification
    if stream is not None and stream.stream_enabled and stream.stream_view_type is None:
        raise ValidationError(messages.STREAM_VIEW_MISSING)


def _check_throughput(request: CreateTable) -> None:
    on_demand = request.billing_mode == "PAY_PER_REQUEST"
    if on_demand and request.provisioned_throughput is not None:
        raise ValidationError(messages.THROUGHPUT_ON_DEMAND)
    if not on_demand and request.provisioned_throughput is None:
        raise ValidationError(messages.THROUGHPUT_MISSING)
    for index in request.global_secondary_indexes or ():
        if on_demand and index.provisioned_throughput is not None:
            raise ValidationError(messages.INDEX_THROUGHPUT_ON_DEMAND.format(index.index_name))
        if not on_demand and index.provisioned_throughput is None:
            raise ValidationError(messages.INDEX_THROUGHPUT_MISSING.format(index.index_name))


def _check_attributes(request: CreateTable, indexes: Sequence[GlobalIndex]) -> None:
    defined = [part.attribute_name for part in request.attribute_definitions]
    for name in defined:
        if defined.count(name) > 1:
            raise ValidationError(messages.DEFINITION_TWICE.format(name))
    used = dict.fromkeys(_names(request.key_schema))
    for index in indexes:
        used.update(dict.fromkeys(_names(index.key_schema)))
    for schema in (request.key_schema, *(index.key_schema for index in indexes)):
        if not set(_names(schema)) <= set(defined):
            raise ValidationError(messages.KEY_NOT_DEFINED.format(_list(_names(schema)), _list(defined)))
    if len(used) != len(defined):
        if indexes:
            raise ValidationError(messages.ATTRIBUTES_UNUSED_WITH_INDEXES.format(_list(defined), _list(used)))
        raise ValidationError(messages.ATTRIBUTES_UNUSED)


def _check_schema(schema: Sequence[KeyElement]) -> None:
    if schema[0].key_type != "HASH":
        raise ValidationError(messages.FIRST_NOT_HASH)
    if len(schema) > 1:
        if schema[1].key_type != "RANGE":
            raise ValidationError(messages.MULTIPLE_KEYS if len(schema) > 2 else messages.SECOND_NOT_RANGE)
        if schema[0].attribute_name == schema[1].attribute_name:
            raise ValidationError(messages.SAME_KEY_TWICE)
    if len(schema) > 2:
        raise ValidationError(messages.MULTIPLE_KEYS)


def _check_indexes(indexes: Sequence[GlobalIndex]) -> None:
    if not indexes:
        raise ValidationError(messages.INDEXES_EMPTY)
    if len(indexes) > GLOBAL_INDEXES:
        raise ValidationError(messages.INDEXES_TOO_MANY)
    names = [index.index_name for index in indexes]
    for index in indexes:
        if names.count(index.index_name) > 1:
            raise ValidationError(messages.INDEX_NAMES_TWICE.format(index.index_name))
        _check_schema(index.key_schema)
        _check_projection(index)
    if sum(len(index.projection.non_key_attributes or ()) for index in indexes) > PROJECTED_ATTRIBUTES:
        raise ValidationError(messages.PROJECTED_TOO_MANY)


def _check_projection(index: GlobalIndex) -> None:
    kind, attributes = index.projection.projection_type, index.projection.non_key_attributes
    if kind is None:
        raise ValidationError(messages.PROJECTION_UNKNOWN)
    if kind == "INCLUDE" and attributes is None:
        raise ValidationError(messages.PROJECTION_INCLUDE_EMPTY)
    if kind != "INCLUDE" and attributes is not None:
        raise ValidationError(messages.PROJECTION_NOT_INCLUDE.format(kind))


def _names(schema: Iterable[KeyElement]) -> list[str]:
    return [element.attribute_name for element in schema]


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _description(request: CreateTable, now: float) -> dict[str, Any]:
    arn = _ARN.format(REGION, request.table_name)
    on_demand = request.billing_mode == "PAY_PER_REQUEST"
    description: dict[str, Any] = {
        "AttributeDefinitions": msgspec.to_builtins(request.attribute_definitions),
        "TableName": request.table_name,
        "KeySchema": msgspec.to_builtins(request.key_schema),
        "TableStatus": "ACTIVE",
        "CreationDateTime": round(now, 3),
        "ProvisionedThroughput": _throughput(request.provisioned_throughput),
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": arn,
        "TableId": str(uuid.uuid4()),
        "DeletionProtectionEnabled": bool(request.deletion_protection_enabled),
    }
    if on_demand:
        description["BillingModeSummary"] = {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": round(now, 3),
        }
    if request.on_demand_throughput is not None:
        description["OnDemandThroughput"] = request.on_demand_throughput
    if request.global_secondary_indexes:
        description["GlobalSecondaryIndexes"] = [
            _index_description(index, arn) for index in request.global_secondary_indexes
        ]
    _describe_options(description, request, now, arn)
    return description


def _describe_options(description: dict[str, Any], request: CreateTable, now: float, arn: str) -> None:
    stream = request.stream_specification
    if stream is not None and stream.stream_enabled:
        label = f"{int(now * 1000)}"
        description["StreamSpecification"] = msgspec.to_builtins(stream)
        description["LatestStreamLabel"] = label
        description["LatestStreamArn"] = f"{arn}/stream/{label}"
    if request.sse_specification is not None and request.sse_specification.get("Enabled"):
        description["SSEDescription"] = {
            "Status": "ENABLED",
            "SSEType": request.sse_specification.get("SSEType", "KMS"),
        }
    if request.table_class is not None:
        description["TableClassSummary"] = {"TableClass": request.table_class}


def _index_description(index: GlobalIndex, arn: str) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection.projection_type}
    if index.projection.non_key_attributes is not None:
        projection["NonKeyAttributes"] = index.projection.non_key_attributes
    return {
        "IndexName": index.index_name,
        "KeySchema": msgspec.to_builtins(index.key_schema),
        "Projection": projection,
        "IndexStatus": "ACTIVE",
        "ProvisionedThroughput": _throughput(index.provisioned_throughput),
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": f"{arn}/index/{index.index_name}",
    }


def _throughput(given: Throughput | None) -> dict[str, int]:
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": given.read_capacity_units if given else 0,
        "WriteCapacityUnits": given.write_capacity_units if given else 0,
    }
