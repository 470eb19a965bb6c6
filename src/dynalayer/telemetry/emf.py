"""Metrics as log lines that CloudWatch turns into metrics (CloudWatch guide, "Embedded metric format")."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from dynalayer.protocol import InvalidValue

from .events import BreakerChanged, Called

DIMENSIONS: Final = ("operation", "table", "index", "entity", "outcome")
_UNITS: Final = {
    "Calls": "Count",
    "Failures": "Count",
    "Retries": "Count",
    "Throttles": "Count",
    "Duration": "Milliseconds",
    "ReadUnits": "Count",
    "WriteUnits": "Count",
}


class _Line(msgspec.Struct, omit_defaults=True):
    """The members of a line besides the one that tells CloudWatch which of them are metrics."""

    operation: str
    table: str
    entity: str
    outcome: str
    index: str
    Calls: int
    Failures: int
    Retries: int
    Throttles: int
    Duration: float
    ReadUnits: Decimal
    WriteUnits: Decimal
    site: str | None = None
    correlation: str | None = None
    request_id: str | None = None


_encode = msgspec.json.Encoder(decimal_format="number").encode


class Emf:
    """Writes one line for each call; on Lambda and with the CloudWatch agent that is all that metrics take.

    `dimensions` are the sets of names that metrics are kept by, of operation, table, index, entity and outcome; each
    combination of their values is a metric of its own, and is paid for. `write` takes lines; by default they are
    printed. Those of calls that end at about the same time are written together. Raises `InvalidValue` for other names.
    """

    def __init__(
        self,
        namespace: str = "Dynalayer",
        *,
        dimensions: Sequence[Sequence[str]] = (("operation", "table"),),
        write: Callable[[str], object] | None = None,
    ) -> None:
        unknown = sorted({name for names in dimensions for name in names} - set(DIMENSIONS))
        if unknown:
            raise InvalidValue(f"{', '.join(unknown)}: a dimension is one of {', '.join(DIMENSIONS)}")
        self._write = write
        units = [{"Name": name, "Unit": unit} for name, unit in _UNITS.items()]
        self._about_calls = _about(namespace, [list(names) for names in dimensions], units)
        self._about_breakers = _about(namespace, [["table", "operations"]], [{"Name": "BreakerOpen", "Unit": "Count"}])

    def call(self, event: Called) -> None:
        """Write the line of a call."""
        self.calls((event,))

    def calls(self, events: Sequence[Called]) -> None:
        """Write the lines of calls."""
        self._print("".join([self._line(event) for event in events]))

    def _line(self, event: Called) -> str:
        line = _Line(
            event.operation,
            event.table or "-",
            event.entity or "-",
            event.outcome,
            event.index or "-",
            1,
            1 if event.failed else 0,
            len(event.waits),
            event.throttles,
            round(event.seconds * 1000, 3),
            event.read_units,
            event.write_units,
            event.site,
            event.correlation,
            event.request_id,
        )
        return _text(event.at, self._about_calls, _encode(line))

    def breaker(self, event: BreakerChanged) -> None:
        """Write the line of a breaker: 1 while it is open, 0.5 half open, 0 closed."""
        fields = {"table": event.table, "operations": event.operations, "BreakerOpen": openness(event.new)}
        self._print(_text(event.at or time.time(), self._about_breakers, _encode(fields)))

    def _print(self, lines: str) -> None:
        # One write for whole lines: those of other threads go before or behind them.
        (self._write or sys.stdout.write)(lines)


def _text(at: float, about: tuple[str, str], fields: bytes) -> str:
    before, after = about
    return f"{before}{int(at * 1000)}{after}{fields.decode()[1:]}\n"


def openness(state: str) -> float:
    """The state of a breaker as a number: 0 closed, 0.5 half open, 1 open."""
    return {"closed": 0.0, "half open": 0.5}.get(state.replace("-", " ").replace("_", " ").lower(), 1.0)


def _about(namespace: str, dimensions: list[list[str]], metrics: list[dict[str, Any]]) -> tuple[str, str]:
    """What tells CloudWatch which members of a line are metrics, before and after its time stamp."""
    told = _encode([{"Namespace": namespace, "Dimensions": dimensions, "Metrics": metrics}]).decode()
    return '{"_aws":{"Timestamp":', f',"CloudWatchMetrics":{told}}},'
