"""The requests of the API as msgspec structs: their types and bounds are what is checked first (API reference)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from dynalayer.engines.embedded.legacy.shapes import (
    AttributeUpdates,
    ConditionalOperator,
    Conditions,
    Expectations,
)
from dynalayer.protocol import Item, Value
from dynalayer.protocol.limits import SCAN_SEGMENTS

Capacity = Literal["INDEXES", "TOTAL", "NONE"]
OnFailure = Literal["ALL_OLD", "NONE"]
Names = dict[str, str]
Values = dict[str, Value]
TableName = Annotated[str, Meta(min_length=1, max_length=1024)]
NewTableName = Annotated[str, Meta(min_length=3, max_length=255, pattern="^[a-zA-Z0-9_.-]+$")]
IndexName = Annotated[str, Meta(min_length=3, max_length=255, pattern="^[a-zA-Z0-9_.-]+$")]
AttributeName = Annotated[str, Meta(min_length=1, max_length=255)]
LegacyNames = Annotated[list[str], Meta(min_length=1)]
Positive = Annotated[int, Meta(ge=1)]


class Request(Struct, kw_only=True, rename="pascal"):
    """A request; its members are the API's in snake case."""


class Guarded(Request, kw_only=True):
    """What every statement with a condition carries."""

    table_name: TableName
    expression_attribute_names: Names | None = None
    expression_attribute_values: Values | None = None
    return_values_on_condition_check_failure: OnFailure = "NONE"


class Conditional(Guarded, kw_only=True):
    """A statement that may have a condition."""

    condition_expression: str | None = None


class Single(Conditional, kw_only=True):
    """What the three single writes have in common."""

    return_consumed_capacity: Capacity = "NONE"
    return_item_collection_metrics: Literal["SIZE", "NONE"] = "NONE"
    expected: Expectations | None = None
    conditional_operator: ConditionalOperator | None = None


class PutItem(Single, kw_only=True):
    """PutItem."""

    item: Item
    return_values: Literal["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"] = "NONE"


class DeleteItem(Single, kw_only=True):
    """DeleteItem."""

    key: Item
    return_values: Literal["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"] = "NONE"


class UpdateItem(Single, kw_only=True):
    """UpdateItem."""

    key: Item
    update_expression: str | None = None
    attribute_updates: AttributeUpdates | None = None
    return_values: Literal["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"] = "NONE"


class GetItem(Request, kw_only=True):
    """GetItem."""

    table_name: TableName
    key: Item
    consistent_read: bool | None = None
    projection_expression: str | None = None
    expression_attribute_names: Names | None = None
    return_consumed_capacity: Capacity = "NONE"
    attributes_to_get: LegacyNames | None = None


class Page(Request, kw_only=True):
    """What Query and Scan have in common."""

    table_name: TableName
    index_name: IndexName | None = None
    select: Literal["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"] | None = None
    limit: Positive | None = None
    exclusive_start_key: Item | None = None
    filter_expression: str | None = None
    projection_expression: str | None = None
    expression_attribute_names: Names | None = None
    expression_attribute_values: Values | None = None
    consistent_read: bool | None = None
    return_consumed_capacity: Capacity = "NONE"
    attributes_to_get: LegacyNames | None = None
    conditional_operator: ConditionalOperator | None = None


class Query(Page, kw_only=True):
    """Query."""

    key_condition_expression: str | None = None
    scan_index_forward: bool | None = None
    key_conditions: Conditions | None = None
    query_filter: Conditions | None = None


class Scan(Page, kw_only=True):
    """Scan."""

    segment: Annotated[int, Meta(ge=0, le=SCAN_SEGMENTS - 1)] | None = None
    total_segments: Annotated[int, Meta(ge=1, le=SCAN_SEGMENTS)] | None = None
    scan_filter: Conditions | None = None


class KeysOfTable(Request, kw_only=True):
    """The keys that a BatchGetItem wants of one table."""

    keys: Annotated[list[Item], Meta(min_length=1)]
    consistent_read: bool | None = None
    projection_expression: str | None = None
    expression_attribute_names: Names | None = None
    attributes_to_get: LegacyNames | None = None


class BatchGetItem(Request, kw_only=True):
    """BatchGetItem."""

    request_items: Annotated[dict[str, KeysOfTable], Meta(min_length=1, max_length=100)]
    return_consumed_capacity: Capacity = "NONE"


class PutRequest(Request, kw_only=True):
    """A put of a batch."""

    item: Item


class DeleteRequest(Request, kw_only=True):
    """A deletion of a batch."""

    key: Item


class WriteRequest(Request, kw_only=True):
    """One write of a batch: a put or a deletion."""

    put_request: PutRequest | None = None
    delete_request: DeleteRequest | None = None


class BatchWriteItem(Request, kw_only=True):
    """BatchWriteItem."""

    request_items: Annotated[
        dict[str, Annotated[list[WriteRequest], Meta(min_length=1)]],
        Meta(min_length=1, max_length=25),
    ]
    return_consumed_capacity: Capacity = "NONE"
    return_item_collection_metrics: Literal["SIZE", "NONE"] = "NONE"


class TransactPut(Conditional, kw_only=True):
    """A put of a transaction."""

    item: Item


class TransactDelete(Conditional, kw_only=True):
    """A deletion of a transaction."""

    key: Item


class TransactUpdate(Conditional, kw_only=True):
    """An update of a transaction."""

    key: Item
    update_expression: str


class TransactCheck(Guarded, kw_only=True):
    """A condition check of a transaction."""

    key: Item
    condition_expression: str


class TransactWrite(Request, kw_only=True):
    """One action of a transaction: exactly one of the four."""

    condition_check: TransactCheck | None = None
    put: TransactPut | None = None
    delete: TransactDelete | None = None
    update: TransactUpdate | None = None


class TransactWriteItems(Request, kw_only=True):
    """TransactWriteItems."""

    transact_items: Annotated[list[TransactWrite], Meta(min_length=1, max_length=100)]
    client_request_token: Annotated[str, Meta(min_length=1, max_length=36)] | None = None
    return_consumed_capacity: Capacity = "NONE"
    return_item_collection_metrics: Literal["SIZE", "NONE"] = "NONE"


class TransactGet(Request, kw_only=True):
    """What a transaction reads of one item."""

    table_name: TableName
    key: Item
    projection_expression: str | None = None
    expression_attribute_names: Names | None = None


class TransactGetOne(Request, kw_only=True):
    """One read of a transaction."""

    get: TransactGet


class TransactGetItems(Request, kw_only=True):
    """TransactGetItems."""

    transact_items: Annotated[list[TransactGetOne], Meta(min_length=1, max_length=100)]
    return_consumed_capacity: Capacity = "NONE"


class AttributeDefinition(Request, kw_only=True):
    """Name and type of an attribute that is part of a key."""

    attribute_name: AttributeName
    attribute_type: Literal["B", "N", "S"]


class KeyElement(Request, kw_only=True):
    """One element of a key schema."""

    attribute_name: AttributeName
    key_type: Literal["HASH", "RANGE"]


class Throughput(Request, kw_only=True):
    """Provisioned capacity, in units per second."""

    read_capacity_units: Positive
    write_capacity_units: Positive


class Projection(Request, kw_only=True):
    """The attributes that an index shows beside its keys."""

    projection_type: Literal["ALL", "INCLUDE", "KEYS_ONLY"] | None = None
    non_key_attributes: Annotated[list[AttributeName], Meta(min_length=1, max_length=20)] | None = None


class GlobalIndex(Request, kw_only=True):
    """A global secondary index."""

    index_name: IndexName
    key_schema: Annotated[list[KeyElement], Meta(min_length=1, max_length=8)]
    projection: Projection
    provisioned_throughput: Throughput | None = None
    on_demand_throughput: Any = None


class LocalIndex(Request, kw_only=True):
    """A local secondary index."""

    index_name: IndexName
    key_schema: Annotated[list[KeyElement], Meta(min_length=1, max_length=2)]
    projection: Projection


class StreamSpecification(Request, kw_only=True):
    """Whether and how changes are streamed."""

    stream_enabled: bool
    stream_view_type: Literal["KEYS_ONLY", "NEW_IMAGE", "NEW_AND_OLD_IMAGES", "OLD_IMAGE"] | None = None


class Tag(Request, kw_only=True):
    """A tag of a table."""

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    value: Annotated[str, Meta(max_length=256)]


class CreateTable(Request, kw_only=True):
    """CreateTable."""

    table_name: NewTableName
    attribute_definitions: list[AttributeDefinition]
    key_schema: Annotated[list[KeyElement], Meta(min_length=1, max_length=2)]
    global_secondary_indexes: list[GlobalIndex] | None = None
    local_secondary_indexes: list[LocalIndex] | None = None
    billing_mode: Literal["PROVISIONED", "PAY_PER_REQUEST"] | None = None
    provisioned_throughput: Throughput | None = None
    on_demand_throughput: Any = None
    stream_specification: StreamSpecification | None = None
    sse_specification: dict[str, Any] | None = field(default=None, name="SSESpecification")
    tags: list[Tag] | None = None
    table_class: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] | None = None
    deletion_protection_enabled: bool | None = None


class OfTable(Request, kw_only=True):
    """A request that names a table and nothing else: DescribeTable, DeleteTable, DescribeTimeToLive, ..."""

    table_name: TableName


class ListTables(Request, kw_only=True):
    """ListTables."""

    exclusive_start_table_name: NewTableName | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] | None = None


class TimeToLiveSpecification(Request, kw_only=True):
    """The attribute that holds the time of expiry, and whether items expire."""

    attribute_name: AttributeName
    enabled: bool


class UpdateTimeToLive(Request, kw_only=True):
    """UpdateTimeToLive."""

    table_name: TableName
    time_to_live_specification: TimeToLiveSpecification


class RecoverySpecification(Request, kw_only=True):
    """Point-in-time recovery: whether it is on, and for how many days back."""

    point_in_time_recovery_enabled: bool
    recovery_period_in_days: Annotated[int, Meta(ge=1, le=35)] | None = None


class UpdateContinuousBackups(Request, kw_only=True):
    """UpdateContinuousBackups."""

    table_name: TableName
    point_in_time_recovery_specification: RecoverySpecification
