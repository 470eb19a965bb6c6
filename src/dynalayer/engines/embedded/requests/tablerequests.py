"""The requests that change tables and tell of them (API reference, "UpdateTable" and "TagResource")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from dynalayer.engines.embedded.requests.structs import (
    AttributeDefinition,
    GlobalIndex,
    IndexName,
    Request,
    StreamSpecification,
    TableName,
    Tag,
    Throughput,
)

ResourceArn = Annotated[str, Meta(min_length=1, max_length=1283)]
TagKey = Annotated[str, Meta(min_length=1, max_length=128)]


class OnDemandThroughput(Request, kw_only=True, omit_defaults=True):
    """The most that is served on demand, in units per second; -1 takes the bound away."""

    max_read_request_units: int | None = None
    max_write_request_units: int | None = None


class WarmThroughput(Request, kw_only=True, omit_defaults=True):
    """What can be served at once, in units per second."""

    read_units_per_second: int | None = None
    write_units_per_second: int | None = None


class UpdateIndex(Request, kw_only=True):
    """New capacity of a global index."""

    index_name: IndexName
    provisioned_throughput: Throughput | None = None
    on_demand_throughput: OnDemandThroughput | None = None
    warm_throughput: WarmThroughput | None = None


class DeleteIndex(Request, kw_only=True):
    """A global index that is to go."""

    index_name: IndexName


class IndexUpdate(Request, kw_only=True):
    """One of three things that may be done to a global index."""

    update: UpdateIndex | None = None
    create: GlobalIndex | None = None
    delete: DeleteIndex | None = None


class UpdateTable(Request, kw_only=True):
    """UpdateTable."""

    table_name: TableName
    attribute_definitions: list[AttributeDefinition] | None = None
    billing_mode: Literal["PROVISIONED", "PAY_PER_REQUEST"] | None = None
    provisioned_throughput: Throughput | None = None
    global_secondary_index_updates: list[IndexUpdate] | None = None
    stream_specification: StreamSpecification | None = None
    sse_specification: dict[str, Any] | None = field(default=None, name="SSESpecification")
    replica_updates: Any = None
    table_class: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] | None = None
    deletion_protection_enabled: bool | None = None
    multi_region_consistency: Any = None
    global_table_witness_updates: Any = None
    on_demand_throughput: OnDemandThroughput | None = None
    warm_throughput: WarmThroughput | None = None
    vector_index_updates: Any = None


class TagResource(Request, kw_only=True):
    """TagResource."""

    resource_arn: ResourceArn
    tags: list[Tag]


class UntagResource(Request, kw_only=True):
    """UntagResource."""

    resource_arn: ResourceArn
    tag_keys: list[TagKey]


class ListTagsOfResource(Request, kw_only=True):
    """ListTagsOfResource."""

    resource_arn: ResourceArn
    next_token: str | None = None


class Nothing(Request, kw_only=True):
    """A request without members: DescribeLimits, DescribeEndpoints."""
