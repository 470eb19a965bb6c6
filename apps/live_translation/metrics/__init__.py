"""What the service counts, its alarms, and the operator's figures."""

from live_translation.metrics import catalog
from live_translation.metrics.kinds import Counter, Gauge, Metric, Ratio, Share, Timing, Unit
from live_translation.metrics.recorder import NOTHING, Metrics, Recorder

__all__ = [
    "NOTHING",
    "Counter",
    "Gauge",
    "Metric",
    "Metrics",
    "Ratio",
    "Recorder",
    "Share",
    "Timing",
    "Unit",
    "catalog",
]
