"""What the steps of a migration ask of a source, whatever its kind: rows in pages, and how they become items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from dynalayer.protocol import Item

from .contract import Contract, EntitySpec, Findings, TableSpec
from .items import Policies

Key = tuple[Any, ...]
"""What tells a row from all others of its entity: texts, numbers and times that the journal can keep."""

PAGE_ROWS: Final = 1_000


class Page(Struct):
    """Rows in the order in which they are read; `last` is the place after which the next page begins."""

    rows: list[Any]
    last: Key


class Left(Struct, frozen=True):
    """Rows of the source that no entity is made of, though nobody said that they are to be left behind."""

    where: str
    rows: int
    reason: str


class Planned(Protocol):
    """How the rows of one kind become items."""

    @property
    def table(self) -> TableSpec:
        """The table that they go to."""
        ...

    @property
    def entity(self) -> EntitySpec:
        """The entity that they become."""
        ...

    @property
    def name(self) -> str:
        """The name of the entity among those of all tables."""
        ...


class ItemMaker(Protocol):
    """Makes the items of one entity; `notes` counts how often each policy changed a value of an attribute."""

    notes: Counter[tuple[str, str]]

    def key_of(self, row: Any) -> Key:
        """The key of the row in the source."""
        ...

    def make(self, row: Any) -> Item:
        """The item in DynamoDB's JSON; raises `Rejected`."""
        ...


P = TypeVar("P", bound=Planned)
P_contra = TypeVar("P_contra", bound=Planned, contravariant=True)


class RowReader(Protocol[P_contra]):
    """Reads a source; within `snapshot` everything is of one moment, as far as the source can give that."""

    def snapshot(self) -> AbstractContextManager[None]:
        """One moment of the source for all that is read within."""
        ...

    def maker(self, plan: P_contra, policies: Policies) -> ItemMaker:
        """What makes the items of an entity's rows."""
        ...

    def pages(self, plan: P_contra, after: Key | None = None, rows: int = PAGE_ROWS) -> Iterator[Page]:
        """The rows after a place, which is the `last` of a page, `rows` at a time."""
        ...

    def row(self, plan: P_contra, key: Sequence[Any]) -> Any | None:
        """The row with this key."""
        ...

    def count(self, plan: P_contra) -> int:
        """How many rows there are."""
        ...

    def left(self, plans: Sequence[P_contra]) -> Iterable[Left]:
        """What none of the plans takes; nothing where that is told of before anything is read."""
        ...

    def close(self) -> None:
        """Give back what reading took."""
        ...


class Origin(Protocol):
    """A source that is checked against a contract and read."""

    @property
    def shown(self) -> str:
        """The place, without secrets."""
        ...

    def identity(self) -> Any:
        """What must be the same for a stopped backfill to go on; plain values and structs."""
        ...

    @property
    def is_partial(self) -> bool:
        """True if only a part of the rows is read: what is not may still have items."""
        ...

    def plans(self, contract: Contract) -> tuple[Sequence[Any], Findings]:
        """The plans of what fits, and what forbids to go on."""
        ...

    def validate(self, contract: Contract) -> Findings:
        """All that is found in a contract beside the source."""
        ...

    def reader(self, contract: Contract) -> RowReader[Any]:
        """A reader for one step."""
        ...

    def close(self) -> None:
        """Give back what it took."""
        ...
