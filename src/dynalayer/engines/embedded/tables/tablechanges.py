"""The changes that UpdateTable makes to a table's definition; rows and entries are changed by others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from dynalayer.engines.embedded.requests.structs import AttributeDefinition, GlobalIndex, Throughput
from dynalayer.engines.embedded.requests.tablerequests import (
    OnDemandThroughput,
    UpdateIndex,
    UpdateTable,
    WarmThroughput,
)
from dynalayer.engines.embedded.tables import backfill
from dynalayer.engines.embedded.tables.catalog import Definition
from dynalayer.engines.embedded.tables.indexdefinitions import (
    describe_global,
    describe_throughput,
    described_indexes,
    encrypt,
)
from dynalayer.engines.embedded.tables.tableupdates import is_on_demand
from dynalayer.protocol import ValidationError, messages

Description = dict[str, Any]


def change_settings(definition: Definition, request: UpdateTable, now: float) -> None:
    """Take over all that readers and writers of items need not know of: capacity, billing, protection and the like."""
    description = definition.description
    if request.billing_mode is not None:
        _bill(description, request, now)
    elif request.provisioned_throughput is not None:
        _provision(description, request.provisioned_throughput, now)
    for update in request.global_secondary_index_updates or ():
        if update.update is not None:
            _change_index(description, update.update, now)
    _limit(description, request.on_demand_throughput, request.warm_throughput)
    if request.deletion_protection_enabled is not None:
        description["DeletionProtectionEnabled"] = request.deletion_protection_enabled
    if request.table_class is not None:
        description["TableClassSummary"] = {"TableClass": request.table_class, "LastUpdateDateTime": round(now, 3)}
    if request.sse_specification is not None:
        encrypt(description, request.sse_specification)


def _bill(description: Description, request: UpdateTable, now: float) -> None:
    was_on_demand = is_on_demand(description)
    summary: Description = {**description.get("BillingModeSummary", {}), "BillingMode": request.billing_mode}
    if request.billing_mode == "PAY_PER_REQUEST" and not was_on_demand:
        summary["LastUpdateToPayPerRequestDateTime"] = round(now, 3)
        for described in (description, *description.get("GlobalSecondaryIndexes", ())):
            described["ProvisionedThroughput"] = describe_throughput(None)
    description["BillingModeSummary"] = summary
    if request.provisioned_throughput is not None:
        _provision(description, request.provisioned_throughput, now)


def _provision(described: Description, wanted: Throughput, now: float) -> None:
    """Give a table or an index another capacity; refuses the one that it has."""
    current = described["ProvisionedThroughput"]
    read, write = current["ReadCapacityUnits"], current["WriteCapacityUnits"]
    if (read, write) == (wanted.read_capacity_units, wanted.write_capacity_units):
        what = "index" if "IndexName" in described else "table"
        refusal = messages.INDEX_THROUGHPUT_SAME if what == "index" else messages.TABLE_THROUGHPUT_SAME
        raise ValidationError(refusal.format(what=what, index=described.get("IndexName"), read=read, write=write))
    changed = {**current, **msgspec.to_builtins(wanted)}
    if wanted.read_capacity_units > read or wanted.write_capacity_units > write:
        changed["LastIncreaseDateTime"] = round(now, 3)
    if wanted.read_capacity_units < read or wanted.write_capacity_units < write:
        changed["NumberOfDecreasesToday"] = 1 + _decreases_today(current, now)
        changed["LastDecreaseDateTime"] = round(now, 3)
    described["ProvisionedThroughput"] = changed


def _decreases_today(current: Description, now: float) -> int:
    last = current.get("LastDecreaseDateTime")
    if last is None or datetime.fromtimestamp(last, UTC).date() != datetime.fromtimestamp(now, UTC).date():
        return 0
    return int(current["NumberOfDecreasesToday"])


def _change_index(description: Description, wanted: UpdateIndex, now: float) -> None:
    indexes = description["GlobalSecondaryIndexes"]
    described = next(index for index in indexes if index["IndexName"] == wanted.index_name)
    if wanted.provisioned_throughput is not None:
        _provision(described, wanted.provisioned_throughput, now)
    _limit(described, wanted.on_demand_throughput, wanted.warm_throughput)


def _limit(described: Description, bounds: OnDemandThroughput | None, warm: WarmThroughput | None) -> None:
    if bounds is not None:
        kept = {**described.get("OnDemandThroughput", {}), **msgspec.to_builtins(bounds)}
        described["OnDemandThroughput"] = kept
        if all(units == -1 for units in kept.values()):
            del described["OnDemandThroughput"]
    if warm is not None:
        kept = {**described.get("WarmThroughput", {}), **msgspec.to_builtins(warm)}
        described["WarmThroughput"] = {**kept, "Status": "ACTIVE"}


def add_index(definition: Definition, index: GlobalIndex, attributes: list[AttributeDefinition] | None) -> int:
    """Describe a new index, which has yet to be filled; returns its number."""
    description = definition.description
    number = max(number_indexes(definition).values(), default=-1) + 1
    definition.places[index.index_name] = number
    described = describe_global(index, description["TableArn"])
    description.setdefault("GlobalSecondaryIndexes", []).append(described)
    known = {part["AttributeName"] for part in description["AttributeDefinitions"]}
    given = {part.attribute_name: part for part in attributes or () if part.attribute_name not in known}
    description["AttributeDefinitions"] += msgspec.to_builtins(list(given.values()))
    _keep_used_attributes(description)
    backfill.begin(definition, index.index_name)
    return number


def remove_index(definition: Definition, name: str) -> None:
    """Describe an index no more, nor the attributes that only it had in its key."""
    description = definition.description
    kept = [index for index in description["GlobalSecondaryIndexes"] if index["IndexName"] != name]
    number_indexes(definition).pop(name)
    definition.backfill.pop(name, None)
    if kept:
        description["GlobalSecondaryIndexes"] = kept
    else:
        del description["GlobalSecondaryIndexes"]
    _keep_used_attributes(description)


def number_indexes(definition: Definition) -> dict[str, int]:
    """The numbers of all indexes, written down for tables of the first releases, which have them by position."""
    for position, index in enumerate(definition.description.get("GlobalSecondaryIndexes", ())):
        definition.places.setdefault(index["IndexName"], position)
    return definition.places


def _keep_used_attributes(description: Description) -> None:
    schemas = [description["KeySchema"], *(index["KeySchema"] for index in described_indexes(description))]
    used = {element["AttributeName"] for schema in schemas for element in schema}
    defined = description["AttributeDefinitions"]
    description["AttributeDefinitions"] = [part for part in defined if part["AttributeName"] in used]
