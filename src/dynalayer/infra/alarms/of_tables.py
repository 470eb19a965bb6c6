"""Alarms that any table may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dynalayer.infra.metrics.mathematics import MOST_METRICS, Math
from dynalayer.infra.metrics.metric import Metric, Place
from dynalayer.schema import Table

from .alarm import Alarm

OPERATIONS: Final = (
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
)
"""The operations that programs call; CloudWatch counts some of a table's metrics for each alone."""


def table_alarms(
    table: Table,
    *,
    throttles: bool = True,
    system_errors: bool = True,
    latency_ms: float | None = None,
    operations: Sequence[str] = OPERATIONS,
) -> list[Alarm]:
    """Alarms of a table: throttled reads or writes, errors of the service, slow answers.

    `latency_ms` is what the average answer of any one of the `operations` may take, on the service's side; without it
    there is no such alarm. No traffic is no alarm.
    """
    return [
        *(_throttles(table) if throttles else ()),
        *([_system_errors(table, operations)] if system_errors else ()),
        *(_latencies(table, latency_ms, operations) if latency_ms is not None else ()),
    ]


def _throttles(table: Table) -> Iterator[Alarm]:
    """Throttled calls of the table and of its global indexes, which have partitions and so limits of their own."""
    for kind in ("Read", "Write"):
        name = f"{kind}ThrottleEvents"
        counted = [_counter(name, {"TableName": table})] + [
            _counter(name, {"TableName": table, "GlobalSecondaryIndexName": index.name})
            for index in table.global_indexes
        ]
        for number, some in enumerate(_parts(counted), 1):
            yield Alarm(
                f"{table.name}-{kind.lower()}-throttles{f'-{number}' if number > 1 else ''}-{{env}}",
                _sum(some),
                ">",
                0,
                periods=2,
                missing="notBreaching",
                description=f"{kind}s of {table.name} were throttled in ten minutes without a pause",
            )


def _system_errors(table: Table, operations: Sequence[str]) -> Alarm:
    counted = [_counter("SystemErrors", {"TableName": table, "Operation": name}) for name in operations]
    return Alarm(
        f"{table.name}-system-errors-{{env}}",
        _sum(counted),
        ">",
        0,
        periods=2,
        missing="notBreaching",
        description=f"DynamoDB failed calls on {table.name} for ten minutes without a pause",
    )


def _counter(name: str, dimensions: Mapping[str, Place]) -> Metric:
    return Metric("AWS/DynamoDB", name, "Sum", unit="Count", dimensions=dimensions)


def _sum(counted: Sequence[Metric]) -> Metric | Math:
    if len(counted) == 1:
        return counted[0]
    metrics = {f"m{number}": metric for number, metric in enumerate(counted)}
    return Math(" + ".join(f"FILL({name}, 0)" for name in metrics), metrics)


def _parts(counted: Sequence[Metric]) -> Iterator[Sequence[Metric]]:
    for start in range(0, len(counted), MOST_METRICS):
        yield counted[start : start + MOST_METRICS]


def _latencies(table: Table, most: float, operations: Sequence[str]) -> Iterator[Alarm]:
    for name in operations:
        yield Alarm(
            f"{table.name}-{name}-latency-{{env}}",
            Metric(
                "AWS/DynamoDB",
                "SuccessfulRequestLatency",
                "Average",
                unit="Milliseconds",
                dimensions={"TableName": table, "Operation": name},
            ),
            ">",
            most,
            periods=3,
            datapoints=2,
            missing="notBreaching",
            description=f"{name} on {table.name} took over {most:g} ms on average",
        )
