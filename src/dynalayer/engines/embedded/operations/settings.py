"""UpdateTimeToLive, DescribeTimeToLive, UpdateContinuousBackups, DescribeContinuousBackups."""

from __future__ import annotations

import sqlite3
from typing import Any

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.items import expiry
from dynalayer.engines.embedded.requests.decoding import decode, encode
from dynalayer.engines.embedded.requests.structs import OfTable, UpdateContinuousBackups, UpdateTimeToLive
from dynalayer.engines.embedded.tables import catalog
from dynalayer.engines.embedded.tables.catalog import Record
from dynalayer.protocol import ResourceNotFound, ValidationError, messages

_RESTORABLE_AFTER_SECONDS = 300


def update_time_to_live(engine: Engine, body: bytes) -> bytes:
    """UpdateTimeToLive: name the attribute that holds an item's time of expiry, or switch expiry off.

    The service refuses a second change within the hour that it takes for the first; here a change is complete when its
    answer comes, and so is the next one.
    """
    request = decode(UpdateTimeToLive, body)
    wanted = request.time_to_live_specification
    with engine.storage.writing as connection:
        found = catalog.record(connection, request.table_name, messages.NAMED_TABLE_MISSING)
        current = found.definition.ttl
        if wanted.enabled and current is not None:
            same = current == wanted.attribute_name
            raise ValidationError(messages.TTL_ENABLED if same else messages.TTL_OTHER.format(current))
        if not wanted.enabled and current is None:
            raise ValidationError(messages.TTL_DISABLED)
        if not wanted.enabled and current != wanted.attribute_name:
            raise ValidationError(messages.TTL_OTHER.format(current))
        found.definition.ttl = wanted.attribute_name if wanted.enabled else None
        renewed = catalog.renew(connection, found)
        expiry.rebuild(connection, catalog.table_of(renewed))
    engine.catalog.forget()
    specification = {"AttributeName": wanted.attribute_name, "Enabled": wanted.enabled}
    return encode({"TimeToLiveSpecification": specification})


def describe_time_to_live(engine: Engine, body: bytes) -> bytes:
    """DescribeTimeToLive."""
    found = _record(engine, decode(OfTable, body).table_name)
    ttl = found.definition.ttl
    described = {"TimeToLiveStatus": "DISABLED" if ttl is None else "ENABLED"}
    if ttl is not None:
        described["AttributeName"] = ttl
    return encode({"TimeToLiveDescription": described})


def update_continuous_backups(engine: Engine, body: bytes) -> bytes:
    """UpdateContinuousBackups: kept and described; a database file is backed up by copying it."""
    request = decode(UpdateContinuousBackups, body)
    wanted = request.point_in_time_recovery_specification
    with engine.storage.writing as connection:
        found = _recoverable(connection, request.table_name)
        definition = found.definition
        if not wanted.point_in_time_recovery_enabled:
            definition.recovery_since = None
        elif definition.recovery_since is None:
            definition.recovery_since = engine.clock()
        if wanted.recovery_period_in_days is not None:
            definition.recovery_days = wanted.recovery_period_in_days
        catalog.save(connection, found)
    return encode({"ContinuousBackupsDescription": _backups(found, engine.clock())})


def describe_continuous_backups(engine: Engine, body: bytes) -> bytes:
    """DescribeContinuousBackups."""
    name = decode(OfTable, body).table_name
    with engine.storage.reading() as connection:
        found = _recoverable(connection, name)
    return encode({"ContinuousBackupsDescription": _backups(found, engine.clock())})


def _recoverable(connection: sqlite3.Connection, name: str) -> Record:
    """A table for which backups are asked; the service has an error of its own for one that is not there."""
    try:
        return catalog.record(connection, name, messages.RECOVERY_TABLE_MISSING)
    except ResourceNotFound as error:
        raise ResourceNotFound(error.message, code="TableNotFoundException") from None


def _record(engine: Engine, name: str) -> Record:
    with engine.storage.reading() as connection:
        return catalog.record(connection, name, messages.NAMED_TABLE_MISSING)


def _backups(found: Record, now: float) -> dict[str, Any]:
    since = found.definition.recovery_since
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED" if since is None else "ENABLED"}
    if since is not None:
        days = found.definition.recovery_days
        recovery["RecoveryPeriodInDays"] = days
        recovery["EarliestRestorableDateTime"] = max(since, now - days * 86400)
        recovery["LatestRestorableDateTime"] = max(since, now - _RESTORABLE_AFTER_SECONDS)
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
