"""A connection that goes wrong as planned, for tests of what is above the seam."""

from __future__ import annotations

from dynalayer.protocol import AsyncConnection

from .plan import Call, Plan


class AsyncFaults(Plan):
    """Wraps a connection: records its calls and lets those fail that the plan names."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__()
        self.connection = connection

    async def call(self, operation: str, body: bytes) -> bytes:
        """Make the call unless the plan has a fault for it."""
        self.calls.append(Call(operation, body))
        fault = self.next_fault(operation)
        if fault is not None and not fault.after_commit:
            raise fault.error
        done, with_rest = self.cut(operation, body)
        answer = await self.connection.call(operation, done)
        if fault is not None:
            raise fault.error
        return with_rest(answer)

    async def close(self) -> None:
        """Close the connection that is wrapped."""
        await self.connection.close()
