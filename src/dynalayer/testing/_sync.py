"""Generated from `_async.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from dynalayer.protocol import Connection, DynalayerError

from .clock import FrozenClock
from .plan import FaultPlan


class Faults(FaultPlan):
    """Wraps a connection: records its calls with their cost, and lets those fail that the plan names.

    `like` shares the plan and the calls of another one; `clock` and `seed` are those of `FaultPlan`.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: FrozenClock | None = None,
        seed: int = 0,
        like: FaultPlan | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed, like=like)
        self.connection = connection

    def call(self, operation: str, body: bytes) -> bytes:
        """Make the call unless the plan has a fault for it."""
        attempt = self.begin(operation, body)
        if self.clock is not None and attempt.fault.seconds:
            self.clock.sleep(attempt.fault.seconds)
        attempt.fail(after_commit=False)
        try:
            answer = self.connection.call(operation, attempt.body)
        except DynalayerError as error:
            attempt.failed(error)
            raise
        return attempt.answered(answer)

    def close(self) -> None:
        """Close the connection that is wrapped."""
        self.connection.close()
