"""Generated from `_async.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from dynalayer.protocol import Connection

from .plan import Call, Plan


class Faults(Plan):
    """Wraps a connection: records its calls and lets those fail that the plan names."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection

    def call(self, operation: str, body: bytes) -> bytes:
        """Make the call unless the plan has a fault for it."""
        self.calls.append(Call(operation, body))
        fault = self.next_fault(operation)
        if fault is not None and not fault.after_commit:
            raise fault.error
        done, with_rest = self.cut(operation, body)
        answer = self.connection.call(operation, done)
        if fault is not None:
            raise fault.error
        return with_rest(answer)

    def close(self) -> None:
        """Close the connection that is wrapped."""
        self.connection.close()
