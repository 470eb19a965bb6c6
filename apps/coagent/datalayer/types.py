"""What the repository takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from dynalayer import Condition

    from .envelope import Envelope
    from .errors import DynamoDBError

T = TypeVar("T")

Data = dict[str, Any]
"""The fields of an entity under their names of the wire: text, bool, int, Decimal, bytes, None, lists and maps.

A float may be given; numbers with decimals come back as Decimal, exact.
"""

EntityType = Literal[
    "UserProfile",
    "RealEstateAgentProfile",
    "Review",
    "BrandAudit",
    "Competitor",
    "ResearchReport",
    "Project",
    "SavedContent",
    "TrainingProgress",
    "MarketingPlan",
    "ReviewAnalysis",
    "OAuthToken",
]
"""The twelve kinds of item."""

IndexName = Literal["GSI1", "GSI2"]


@dataclass(frozen=True, slots=True)
class DynamoDBKey:
    """The primary key of an item, `PK` and `SK` in the table.

    Of a review it also tells its key in GSI1, in which a query finds it by its id alone; equal keys may differ in that.
    """

    pk: str
    sk: str
    gsi1pk: str | None = field(default=None, compare=False)
    gsi1sk: str | None = field(default=None, compare=False)


@dataclass(slots=True)
class DynamoDBItem:
    """An item with its envelope; moments are Unix milliseconds, `ttl` is seconds, `revision` counts writes.

    A moment is None in an item that another program wrote without one. In an item that is to be put, `created_at`
    counts only if there is none stored, and `updated_at` and `revision` are filled in. Its `repr` shows no field: they
    may be tokens, or somebody's own.
    """

    pk: str
    sk: str
    entity_type: str
    data: Data = field(repr=False)
    created_at: int | None = None
    updated_at: int | None = None
    gsi1pk: str | None = None
    gsi1sk: str | None = None
    gsi2pk: str | None = None
    gsi2sk: str | None = None
    ttl: int | None = None
    revision: int = 0

    @property
    def key(self) -> DynamoDBKey:
        """Its primary key."""
        return DynamoDBKey(self.pk, self.sk)


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """How a query reads.

    `limit` bounds the items given back, whatever a filter drops; up to `max_pages` pages are read for them. `cursor` is
    that of the result before. `index` reads an index, whose partition is then meant by the query's `pk`.
    """

    limit: int | None = None
    cursor: str | None = None
    scan_index_forward: bool = True
    filter: Condition[Envelope] | None = None
    consistent: bool = False
    index: IndexName | None = None
    max_pages: int = 10


@dataclass(frozen=True, slots=True)
class QueryResult(Generic[T]):
    """A part of what a query finds; `keys` are those of `items`, `cursor` goes on after them, None at the end."""

    items: list[T] = field(repr=False)
    keys: list[DynamoDBKey]
    cursor: str | None

    @property
    def count(self) -> int:
        """How many items there are in this part."""
        return len(self.items)


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """What must hold for an update: a condition of fields, the revision that was read."""

    condition: Condition[Envelope] | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of each key of a batch read: found, missing, or not looked up with the reason.

    `items` are the found ones in the order in which they were asked for, each once.
    """

    found: dict[DynamoDBKey, Data] = field(default_factory=dict[DynamoDBKey, Data], repr=False)
    missing_keys: list[DynamoDBKey] = field(default_factory=list[DynamoDBKey])
    unprocessed_keys: dict[DynamoDBKey, DynamoDBError] = field(default_factory=dict[DynamoDBKey, "DynamoDBError"])

    @property
    def items(self) -> list[Data]:
        """The fields of what was found."""
        return list(self.found.values())


@dataclass(frozen=True, slots=True)
class BatchWriteResult:
    """What became of each write of a batch: done, or not with the reason."""

    done: list[DynamoDBKey] = field(default_factory=list[DynamoDBKey])
    undone: dict[DynamoDBKey, DynamoDBError] = field(default_factory=dict[DynamoDBKey, "DynamoDBError"])


class Remove:
    """Stands in an update for a field that is to be taken away; see `REMOVE`."""

    def __repr__(self) -> str:
        return "REMOVE"


REMOVE: Final = Remove()
"""In an update, in the place of a value: take the field away."""
