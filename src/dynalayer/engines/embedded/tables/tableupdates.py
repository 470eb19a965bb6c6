"""From an UpdateTable request to the changed definition: the rules that a change must keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dynalayer.engines.embedded.requests.structs import GlobalIndex, Throughput
from dynalayer.engines.embedded.requests.tablerequests import IndexUpdate, UpdateTable
from dynalayer.engines.embedded.tables.catalog import Definition
from dynalayer.engines.embedded.tables.indexdefinitions import (
    check_global_schema,
    check_projected,
    check_projection,
    check_throughput,
    described_indexes,
    names,
)
from dynalayer.protocol import LimitExceeded, ResourceNotFound, ValidationError, messages
from dynalayer.protocol.limits import GLOBAL_INDEXES

_NOT_HERE = {
    "replica_updates": "ReplicaUpdates",
    "multi_region_consistency": "MultiRegionConsistency",
    "global_table_witness_updates": "GlobalTableWitnessUpdates",
    "vector_index_updates": "VectorIndexUpdates",
}
_CHANGES = (
    "billing_mode",
    "provisioned_throughput",
    "global_secondary_index_updates",
    "stream_specification",
    "sse_specification",
    "table_class",
    "deletion_protection_enabled",
    "on_demand_throughput",
    "warm_throughput",
)
_ON_DEMAND = "PAY_PER_REQUEST"


def check(request: UpdateTable) -> None:
    """Refuse a request that cannot be right for any table (API reference, "UpdateTable")."""
    for member, name in _NOT_HERE.items():
        if getattr(request, member) is not None:
            raise ValidationError(messages.PARAMETER_UNSUPPORTED.format(name))
    if all(getattr(request, member) in (None, []) for member in _CHANGES):
        raise ValidationError(messages.UPDATE_NOTHING)
    if request.billing_mode == _ON_DEMAND and request.provisioned_throughput is not None:
        raise ValidationError(messages.THROUGHPUT_ON_DEMAND)
    check_throughput(request.provisioned_throughput)
    updates = request.global_secondary_index_updates or []
    _check_actions(updates)
    for update in updates:
        if update.update is not None:
            check_throughput(update.update.provisioned_throughput, update.update.index_name)
        if update.create is not None:
            _check_creation(request, update.create)


def _check_actions(updates: Sequence[IndexUpdate]) -> None:
    seen: set[str] = set()
    changes = 0
    for update in updates:
        actions = list(_actions(update))
        if not actions:
            raise ValidationError(messages.INDEX_UPDATE_EMPTY)
        for name in actions:
            if name in seen:
                raise ValidationError(messages.INDEX_UPDATE_TWICE.format(name))
            seen.add(name)
        changes += (update.create is not None) + (update.delete is not None)
    if changes > 1:
        raise LimitExceeded(messages.INDEX_CHANGES_TOO_MANY)


def _actions(update: IndexUpdate) -> Iterator[str]:
    for action in (update.update, update.create, update.delete):
        if action is not None:
            yield action.index_name


def _check_creation(request: UpdateTable, index: GlobalIndex) -> None:
    defined = [part.attribute_name for part in request.attribute_definitions or ()]
    wanted = names(index.key_schema)
    if not set(wanted) <= set(defined):
        raise ValidationError(messages.KEY_NOT_DEFINED.format(", ".join(wanted), ", ".join(defined)))
    check_global_schema(index.key_schema)
    check_projection(index.projection)
    check_throughput(index.provisioned_throughput, index.index_name)


def created(request: UpdateTable) -> GlobalIndex | None:
    """The index that the request makes, if it makes one."""
    updates = request.global_secondary_index_updates or ()
    return next((update.create for update in updates if update.create is not None), None)


def deleted(request: UpdateTable) -> str | None:
    """The index that the request deletes, if it deletes one."""
    updates = request.global_secondary_index_updates or ()
    return next((update.delete.index_name for update in updates if update.delete is not None), None)


def check_against(request: UpdateTable, definition: Definition) -> None:
    """Refuse a change that does not go with the table as it is."""
    index, gone = created(request), deleted(request)
    if index is not None:
        _check_new_index(request, definition, index)
    if gone is not None and gone not in _global_names(definition.description):
        raise ResourceNotFound(messages.TABLE_MISSING)
    if definition.backfill and (index is not None or (gone is not None and gone not in definition.backfill)):
        raise LimitExceeded(messages.INDEX_CHANGES_TOO_MANY)
    _check_throughput(request, definition.description)


def _check_throughput(request: UpdateTable, description: dict[str, Any]) -> None:
    index, gone, known = created(request), deleted(request), _global_names(description)
    was_on_demand = is_on_demand(description)
    on_demand = was_on_demand if request.billing_mode is None else request.billing_mode == _ON_DEMAND
    given = dict(_index_throughput(request, known))
    if was_on_demand and not on_demand and request.provisioned_throughput is None:
        raise ValidationError(messages.THROUGHPUT_MISSING)
    if not on_demand:
        needed = known - {gone} if was_on_demand else set[str]()
        for name in sorted(needed | ({index.index_name} if index else set())):
            if given.get(name) is None:
                raise ValidationError(messages.INDEX_THROUGHPUT_MISSING.format(name))
        return
    if request.provisioned_throughput is not None:
        raise ValidationError(messages.THROUGHPUT_ON_DEMAND)
    for name, throughput in given.items():
        if throughput is not None:
            raise ValidationError(messages.INDEX_THROUGHPUT_ON_DEMAND.format(name))


def _check_new_index(request: UpdateTable, definition: Definition, index: GlobalIndex) -> None:
    description = definition.description
    if index.index_name in {known["IndexName"] for known in described_indexes(description)}:
        raise ValidationError(messages.INDEX_EXISTS)
    if len(description.get("GlobalSecondaryIndexes", ())) >= GLOBAL_INDEXES:
        raise ValidationError(messages.INDEXES_TOO_MANY)
    projected = [one["Projection"].get("NonKeyAttributes") for one in described_indexes(description)]
    check_projected([*projected, index.projection.non_key_attributes])
    kinds = {part["AttributeName"]: part["AttributeType"] for part in description["AttributeDefinitions"]}
    for part in request.attribute_definitions or ():
        known_kind = kinds.setdefault(part.attribute_name, part.attribute_type)
        if known_kind != part.attribute_type:
            raise ValidationError(
                messages.DEFINITION_CHANGED.format(part.attribute_name, known_kind, part.attribute_type)
            )


def _index_throughput(request: UpdateTable, known: set[str]) -> Iterator[tuple[str, Throughput | None]]:
    for update in request.global_secondary_index_updates or ():
        if update.create is not None:
            yield update.create.index_name, update.create.provisioned_throughput
        if update.update is not None:
            if update.update.index_name not in known:
                raise ValidationError(messages.INDEX_MISSING.format(update.update.index_name))
            yield update.update.index_name, update.update.provisioned_throughput


def _global_names(description: dict[str, Any]) -> set[str]:
    return {index["IndexName"] for index in description.get("GlobalSecondaryIndexes", ())}


def is_on_demand(description: dict[str, Any]) -> bool:
    """Whether a described table is billed per request."""
    return bool(description.get("BillingModeSummary", {}).get("BillingMode") == _ON_DEMAND)
