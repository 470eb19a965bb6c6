"""The bounds that the server sets its clients, and what it needs to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dynalayer.protocol import DynalayerError, limits

SWEEPS: Final = 4
"""How often deadlines are looked at within the shortest of them."""


class Missing(DynalayerError, ImportError):
    """What the server needs is not installed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of the server; sizes are in bytes, times in seconds.

    `body_bytes` is the service's bound on a request (guide, "Quotas"); what a client sends ahead of its answers is
    taken from the socket only while it is below `queued_requests` and `queued_bytes`.
    """

    body_bytes: int = limits.BATCH_BYTES
    head_bytes: int = 32 * 1024
    queued_requests: int = 32
    queued_bytes: int = 1024 * 1024
    request_seconds: float = 60.0
    idle_seconds: float = 300.0
    unread_seconds: float = 60.0
    linger_seconds: float = 2.0
    grace_seconds: float = 10.0
    gzip_bytes: int = 4096

    @property
    def sweep_seconds(self) -> float:
        """The time between two looks at the deadlines of all connections."""
        shortest = min(self.request_seconds, self.idle_seconds, self.unread_seconds, self.linger_seconds)
        return shortest / SWEEPS
