"""What every operation works with: the storage, the catalog, and the clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from dynalayer.engines.embedded.storage.store import Storage
from dynalayer.engines.embedded.streams.capture import Clock
from dynalayer.engines.embedded.tables.catalog import Catalog
from dynalayer.engines.embedded.tables.counting import Counts
from dynalayer.engines.embedded.tables.shape import Index, Table
from dynalayer.protocol import ValidationError, messages


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

    def index(self, table: str, name: str) -> tuple[Table, Index]:
        """A table and the index of that name; raises `ValidationError` if there is none, or none that can be read.

        Another process may have made or filled it since the table was last looked at, so it is looked at again first.
        """
        found = self.table(table)
        index = found.by_name.get(name)
        if index is None or not index.active:
            self.catalog.forget()
            found = self.table(table)
            index = found.by_name.get(name)
        if index is None:
            raise ValidationError(messages.INDEX_MISSING.format(name))
        if not index.active:
            raise ValidationError(messages.INDEX_BACKFILLING.format(name))
        return found, index
