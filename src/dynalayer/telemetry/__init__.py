"""What is seen of a database's calls: events, and the observers that log, count, price and trace them."""

from dynalayer.protocol import Consumed

from .correlation import correlation, current_correlation, current_correlations
from .costs import CostRow, Costs, CostTable, Priced
from .emf import Emf
from .events import (
    OK,
    Answered,
    BreakerChanged,
    Call,
    Called,
    Counted,
    Retrying,
    Sending,
    code_of,
    outcome_of,
)
from .gathering import Gatherer, gatherer
from .hooks import Hooks
from .logs import JsonFormatter, JsonLog
from .metrics import Metrics, MetricSink
from .observer import Observer
from .otel import OpenTelemetry, Spans
from .prometheus import Prometheus
from .tracing import Caller, call_site, caller, hashed, site_of

__all__ = [
    "OK",
    "Answered",
    "BreakerChanged",
    "Call",
    "Called",
    "Caller",
    "Consumed",
    "CostRow",
    "CostTable",
    "Costs",
    "Counted",
    "Emf",
    "Gatherer",
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
    "caller",
    "code_of",
    "correlation",
    "current_correlation",
    "current_correlations",
    "gatherer",
    "hashed",
    "outcome_of",
    "site_of",
]
