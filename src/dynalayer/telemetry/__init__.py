"""What is seen of a database's calls: events, and the observers that log, count, price and trace them."""

from dynalayer.protocol import Consumed

from .correlation import correlation, current_correlation
from .costs import CostRow, Costs, CostTable, Priced
from .emf import Emf
from .events import (
    OK,
    Answered,
    BreakerChanged,
    Call,
    Called,
    Retrying,
    Sending,
    code_of,
    outcome_of,
)
from .hooks import Hooks
from .logs import JsonFormatter, JsonLog
from .metrics import Metrics, MetricSink
from .observer import Observer
from .otel import OpenTelemetry, Spans
from .prometheus import Prometheus
from .tracing import call_site, hashed

__all__ = [
    "OK",
    "Answered",
    "BreakerChanged",
    "Call",
    "Called",
    "Consumed",
    "CostRow",
    "CostTable",
    "Costs",
    "Emf",
    "Hooks",
    "JsonFormatter",
    "JsonLog",
    "MetricSink",
    "Metrics",
    "Observer",
    "OpenTelemetry",
    "Priced",
    "Prometheus",
    "Retrying",
    "Sending",
    "Spans",
    "call_site",
    "code_of",
    "correlation",
    "current_correlation",
    "hashed",
    "outcome_of",
]
