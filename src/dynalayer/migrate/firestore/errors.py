"""What can be wrong with a source."""

from __future__ import annotations

from dynalayer.protocol import DynalayerError


class BadExport(DynalayerError):
    """A file of an export that cannot be read; tells the file and where in it, never a value."""

    def __init__(self, file: str, offset: int, reason: str) -> None:
        super().__init__(f"{file} at byte {offset:,}: {reason}")
        self.file = file
        self.offset = offset
        self.reason = reason
