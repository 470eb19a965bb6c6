"""Why the service asks to slow down: which limit of which table or index, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec


class ThrottlingReason(msgspec.Struct, frozen=True):
    """Which limit of which table or index was passed, as the service names them (API reference, ThrottlingReason)."""

    reason: str
    resource: str = ""

    def to_wire(self) -> dict[str, str]:
        return {"reason": self.reason, "resource": self.resource}

    @property
    def table(self) -> str | None:
        """The table's name, where `resource` is the ARN of a table or an index."""
        return _part(self.resource, "table")

    @property
    def index(self) -> str | None:
        """The index's name, where `resource` is the ARN of one."""
        return _part(self.resource, "index")

    def __str__(self) -> str:
        where = f"table {self.table}" if self.table else ("an index" if self.reason.startswith("Index") else "a table")
        where += f", index {self.index}" if self.index else ""
        advice = next((words for end, words in _ADVICE.items() if self.reason.endswith(end)), "slow down, or wait")
        return f"{where}: {self.reason}; {advice}"


_ADVICE: Final[Mapping[str, str]] = {
    "KeyRangeThroughputExceeded": "one partition takes at most 3,000 read and 1,000 write units a second: spread the "
    "keys that are used most (write_shard), or read them from a cache",
    "MaxOnDemandThroughputExceeded": "the maximum that was set for on-demand use is reached: raise it, or make fewer",
    "ProvisionedThroughputExceeded": "the provisioned capacity is used up: raise it, let it scale, or go on-demand",
    "AccountLimitExceeded": "the quota of the account in this region is used up: ask for a higher one",
}
"""What to do, by how a reason ends (developer guide, "Throttling"); it begins with what of which is throttled."""


def _part(resource: str, kind: str) -> str | None:
    names = resource.rpartition(":")[2].split("/")
    return names[names.index(kind) + 1] if kind in names[:-1] else None


def with_reasons(message: str, reasons: Sequence[ThrottlingReason]) -> str:
    """The service's message with what its reasons mean."""
    told = dict.fromkeys(str(reason) for reason in reasons)
    return f"{message} [{'; '.join(told)}]" if told else message
