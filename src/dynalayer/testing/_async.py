"""A connection that goes wrong as planned, for tests of what is above the seam."""

from __future__ import annotations

from dynalayer.protocol import AsyncConnection, DynalayerError

from .clock import FrozenClock
from .plan import FaultPlan


class AsyncFaults(FaultPlan):
    """Wraps a connection: records its calls with their cost, and lets those fail that the plan names.

    `like` shares the plan and the calls of another one; `clock` and `seed` are those of `FaultPlan`.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        clock: FrozenClock | None = None,
        seed: int = 0,
        like: FaultPlan | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed, like=like)
        self.connection = connection

    async def call(self, operation: str, body: bytes) -> bytes:
        """Make the call unless the plan has a fault for it."""
        attempt = self.begin(operation, body)
        if self.clock is not None and attempt.fault.seconds:
            await self.clock.async_sleep(attempt.fault.seconds)
        attempt.fail(after_commit=False)
        try:
            answer = await self.connection.call(operation, attempt.body)
        except DynalayerError as error:
            attempt.failed(error)
            raise
        return attempt.answered(answer)

    async def close(self) -> None:
        """Close the connection that is wrapped."""
        await self.connection.close()
