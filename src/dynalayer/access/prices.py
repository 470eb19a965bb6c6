"""What capacity units cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MONTH_SECONDS: Final = 730 * 3600
"""A month as the service's own calculator counts it."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a million read and write units, and where and since when they hold."""

    reads: Decimal
    writes: Decimal
    currency: str
    of: str

    def __str__(self) -> str:
        return f"{self.of}: {self.reads} {self.currency} for a million read units, {self.writes} for a million write"

    def cost(self, reads: float, writes: float) -> Decimal:
        """The price of so many units."""
        return (Decimal(reads) * self.reads + Decimal(writes) * self.writes) / 1_000_000


ON_DEMAND: Final = Prices(Decimal("0.125"), Decimal("0.625"), "USD", "on demand, us-east-1, since 2024-11-01")
"""The list price of the service's largest region; give your own region's or contract's where it differs."""
