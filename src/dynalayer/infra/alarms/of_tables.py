"""Alarms that any table may have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dynalayer.infra.metrics.mathematics import Math
from dynalayer.infra.metrics.metric import Metric, Unit
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
    for kind in ("Read", "Write"):
        yield Alarm(
            f"{table.name}-{kind.lower()}-throttles-{{env}}",
            Metric("AWS/DynamoDB", f"{kind}ThrottleEvents", "Sum", unit="Count", dimensions={"TableName": table}),
            ">",
            0,
            periods=2,
            missing="notBreaching",
            description=f"{kind}s of {table.name} were throttled in ten minutes without a pause",
        )


def _system_errors(table: Table, operations: Sequence[str]) -> Alarm:
    metrics = {f"m{n}": _by_operation(table, "SystemErrors", name, "Sum") for n, name in enumerate(operations)}
    return Alarm(
        f"{table.name}-system-errors-{{env}}",
        Math(" + ".join(f"FILL({name}, 0)" for name in metrics), metrics, "errors of the service"),
        ">",
        0,
        periods=2,
        missing="notBreaching",
        description=f"DynamoDB failed calls on {table.name} for ten minutes without a pause",
    )


def _latencies(table: Table, most: float, operations: Sequence[str]) -> Iterator[Alarm]:
    for name in operations:
        yield Alarm(
            f"{table.name}-{name}-latency-{{env}}",
            _by_operation(table, "SuccessfulRequestLatency", name, "Average"),
            ">",
            most,
            periods=3,
            datapoints=2,
            missing="notBreaching",
            description=f"{name} on {table.name} took over {most:g} ms on average",
        )


def _by_operation(table: Table, name: str, operation: str, statistic: str) -> Metric:
    unit: Unit = "Milliseconds" if name == "SuccessfulRequestLatency" else "Count"
    return Metric("AWS/DynamoDB", name, statistic, unit=unit, dimensions={"TableName": table, "Operation": operation})
