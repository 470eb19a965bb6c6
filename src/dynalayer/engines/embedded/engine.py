"""What every operation works with: the storage, the catalog, and the clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from dynalayer.engines.embedded.capture import Clock
from dynalayer.engines.embedded.catalog import Catalog
from dynalayer.engines.embedded.counting import Counts
from dynalayer.engines.embedded.schema import Table
from dynalayer.engines.embedded.storage import Storage


@dataclass(slots=True)
class Engine:
    """One open database; `clock` gives seconds since 1970, `next_expiry` when expired items are next looked for."""

    storage: Storage
    catalog: Catalog
    clock: Clock
    next_expiry: float = 0.0
    counts: Counts = field(default_factory=Counts)

    def table(self, name: str) -> Table:
        """The table of that name; raises `ResourceNotFound`."""
        return self.catalog.table(name)
