"""What is done without a client's asking: now and then, by whichever process comes first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from dynalayer import AsyncDatabase
from live_translation.handlers.composing import Sleep
from live_translation.handlers.leaving import let_go, tell_listeners
from live_translation.handlers.parts import Parts
from live_translation.metrics import Metrics, catalog
from live_translation.sessions.idling import IdleJob, IdleReport
from live_translation.sessions.reconciling import Reconciled, ReconciliationJob


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs over the parts of a home; each may be run by any process, at any time."""

    idle: IdleJob
    reconciliation: ReconciliationJob
    metrics: Metrics

    async def run_once(self) -> tuple[IdleReport | None, Reconciled | None]:
        """Run each once: first who is silent leaves, then what is left is set right."""
        idle, reconciled = await self.idle.run_once(), await self.reconciliation.run_once()
        if reconciled is not None:
            self.metrics.count(catalog.SESSION_DELETION_COUNT, reconciled.ended)
        return idle, reconciled


def jobs_of(database: AsyncDatabase, parts: Parts, sleep: Sleep = asyncio.sleep) -> Jobs:
    """The jobs that look after what these parts serve."""

    async def release(connection_id: str) -> None:
        await let_go(parts, connection_id)

    async def sweep(session_id: str) -> int:
        return await tell_listeners(parts, session_id)

    return Jobs(
        IdleJob(database, parts.settings, parts.clock, parts.poster, release, parts.metrics),
        ReconciliationJob(database, parts.membership, sweep, sleep),
        parts.metrics,
    )
