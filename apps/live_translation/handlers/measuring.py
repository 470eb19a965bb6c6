"""What the handlers tell of themselves: how long each answer took, and which refusals there were."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

from live_translation.errors import ServiceProblem
from live_translation.handlers.parts import Parts
from live_translation.metrics import Timing, catalog

T = TypeVar("T")

_OF_THEIR_OWN: Final[Mapping[str, Timing]] = {
    "createSession": catalog.SESSION_CREATION_LATENCY,
    "joinSession": catalog.LISTENER_JOIN_LATENCY,
    "heartbeat": catalog.HEARTBEAT_LATENCY,
}
"""Actions that have a metric of their own; of all others the action is a word of one metric."""


async def measured(parts: Parts, action: str, answering: Awaitable[T]) -> T:
    """What an action answers; how long that took is told, unless it was refused."""
    metrics = parts.metrics
    started = parts.clock()
    if action not in _OF_THEIR_OWN:
        metrics.count(catalog.CONTROL_MESSAGES_RECEIVED, 1, action)
    if action == "getSessionStatus":
        metrics.count(catalog.STATUS_QUERIES_RECEIVED)
    answer = await answering
    duration = (parts.clock() - started) * 1000
    own = _OF_THEIR_OWN.get(action)
    if own is not None:
        metrics.observe(own, duration)
    else:
        metrics.observe(catalog.CONTROL_MESSAGE_LATENCY, duration, action)
    if action == "getSessionStatus":
        metrics.observe(catalog.STATUS_QUERY_LATENCY, duration)
    return answer


def refused(parts: Parts, handler: str, error: Exception, problem: ServiceProblem) -> None:
    """Count what a client was told by its code, and what was not the client's doing by its kind."""
    parts.metrics.count(catalog.CONNECTION_ERRORS, 1, problem.code)
    if isinstance(error, ServiceProblem):
        return
    kind = type(error).__name__
    if problem.code == "SERVICE_UNAVAILABLE":
        parts.metrics.count(catalog.DYNAMODB_ERRORS, 1, handler, kind)
    else:
        parts.metrics.count(catalog.HANDLER_ERRORS, 1, handler, kind)
