"""From a CreateTable request to the table's definition: the rules a table must keep, and how it describes itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dynalayer.engines.embedded.requests.structs import CreateTable, Tag
from dynalayer.engines.embedded.streams import records as streams
from dynalayer.engines.embedded.tables.catalog import Definition
from dynalayer.engines.embedded.tables.indexdefinitions import (
    AnyIndex,
    check_indexes,
    check_schema,
    check_throughput,
    describe_global,
    describe_local,
    describe_throughput,
    described_indexes,
    encrypt,
    names,
)
from dynalayer.protocol import ValidationError, messages
from dynalayer.protocol.limits import TAGS_PER_TABLE

_ARN = "arn:aws:dynamodb:{}:000000000000:table/{}"
REGION = "local"


def definition(request: CreateTable, now: float) -> Definition:
    """The definition that the request asks for; raises `ValidationError` for one that breaks a rule."""
    check(request)
    check_tags(request.tags or ())
    tags = [msgspec.to_builtins(tag) for tag in request.tags or ()]
    description = _description(request, now)
    places = {index["IndexName"]: place for place, index in enumerate(described_indexes(description))}
    return Definition(description=description, tags=tags, places=places)


def check(request: CreateTable) -> None:
    """Refuse a table that the service would refuse (API reference, "CreateTable")."""
    _check_throughput(request)
    indexes = (*(request.global_secondary_indexes or ()), *(request.local_secondary_indexes or ()))
    _check_attributes(request, indexes)
    check_schema(request.key_schema)
    check_indexes(request.key_schema, request.global_secondary_indexes, request.local_secondary_indexes)
    streams.check(request.stream_specification)


def check_tags(tags: Sequence[Tag]) -> None:
    """Refuse tags that a table may not be given (guide, "Tagging restrictions in DynamoDB")."""
    if len(tags) > TAGS_PER_TABLE:
        raise ValidationError(messages.TAGS_TOO_MANY)
    seen: set[str] = set()
    for tag in tags:
        if tag.key in seen:
            raise ValidationError(messages.TAGS_TWICE.format(tag.key))
        if tag.key.lower().startswith("aws:"):
            raise ValidationError(messages.TAGS_RESERVED.format(tag.key))
        seen.add(tag.key)


def _check_throughput(request: CreateTable) -> None:
    on_demand = request.billing_mode == "PAY_PER_REQUEST"
    if on_demand and request.provisioned_throughput is not None:
        raise ValidationError(messages.THROUGHPUT_ON_DEMAND)
    if not on_demand and request.provisioned_throughput is None:
        raise ValidationError(messages.THROUGHPUT_MISSING)
    check_throughput(request.provisioned_throughput)
    for index in request.global_secondary_indexes or ():
        check_throughput(index.provisioned_throughput, index.index_name)
        if on_demand and index.provisioned_throughput is not None:
            raise ValidationError(messages.INDEX_THROUGHPUT_ON_DEMAND.format(index.index_name))
        if not on_demand and index.provisioned_throughput is None:
            raise ValidationError(messages.INDEX_THROUGHPUT_MISSING.format(index.index_name))


def _check_attributes(request: CreateTable, indexes: Sequence[AnyIndex]) -> None:
    defined = [part.attribute_name for part in request.attribute_definitions]
    for name in defined:
        if defined.count(name) > 1:
            raise ValidationError(messages.DEFINITION_TWICE.format(name))
    used = dict.fromkeys(names(request.key_schema))
    for index in indexes:
        used.update(dict.fromkeys(names(index.key_schema)))
    for schema in (request.key_schema, *(index.key_schema for index in indexes)):
        if not set(names(schema)) <= set(defined):
            raise ValidationError(messages.KEY_NOT_DEFINED.format(_list(names(schema)), _list(defined)))
    if len(used) != len(defined):
        if indexes:
            raise ValidationError(messages.ATTRIBUTES_UNUSED_WITH_INDEXES.format(_list(defined), _list(used)))
        raise ValidationError(messages.ATTRIBUTES_UNUSED)


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
        "ProvisionedThroughput": describe_throughput(request.provisioned_throughput),
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
            describe_global(index, arn) for index in request.global_secondary_indexes
        ]
    if request.local_secondary_indexes:
        description["LocalSecondaryIndexes"] = [describe_local(index, arn) for index in request.local_secondary_indexes]
    _describe_options(description, request, now, arn)
    return description


def _describe_options(description: dict[str, Any], request: CreateTable, now: float, arn: str) -> None:
    if request.sse_specification is not None:
        encrypt(description, request.sse_specification)
    if request.table_class is not None:
        description["TableClassSummary"] = {"TableClass": request.table_class}
