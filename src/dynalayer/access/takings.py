"""What a call takes of a table or index, and what that is reckoned from: the sizes and numbers of items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from dynalayer.schema import AccessPath, Definition

from .fixed import Partition
from .sizes import entry_size_of, item_size_of

Kind = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Use:
    """Units that one call takes of a table (`index` None) or of one of its indexes.

    `partition` is that of the key if it is the same, or one of a few, in every call.
    """

    definition: Definition
    index: str | None
    kind: Kind
    units: float
    partition: Partition | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large items are taken to be: as given, or else as their types and bounds allow."""

    item_bytes: int | None = None

    def item(self, definition: Definition) -> int:
        """The size of an item."""
        return item_size_of(definition).bytes if self.item_bytes is None else self.item_bytes

    def entry(self, definition: Definition, path: AccessPath) -> int:
        """The size of its entry in an index."""
        return entry_size_of(definition, path, self.item_bytes)


@dataclass(frozen=True, slots=True)
class Amount:
    """How many items a call gives back, and the share of those read that its filter keeps."""

    items: int | None = None
    keeps: float | None = None

    def read(self, limit: int | None) -> int:
        """How many items are read; 1 where nothing is said."""
        wanted = self.items if self.items is not None else limit or 1
        return ceil(wanted / (self.keeps or 1))

    def batches(self, given: int) -> float:
        """How often a batch that has so many items as an example is made."""
        return 1.0 if self.items is None else self.items / given


def times(factor: float, each: list[Use]) -> list[Use]:
    """The same, so many times."""
    return [replace(use, units=use.units * factor) for use in each]
