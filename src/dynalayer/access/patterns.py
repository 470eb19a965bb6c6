"""Access patterns as a module declares them."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Literal

from dynalayer.protocol import DefinitionError, InvalidValue
from dynalayer.schema import Entity, Query, Selected, Table
from dynalayer.statements import Collection, Scan, Statement

from .subjects import Asked

Code = Literal[
    "collection",
    "definition",
    "growth",
    "hot-partition",
    "index",
    "item-size",
    "key-size",
    "overlap",
    "projection",
    "scan",
    "statement",
    "transaction",
    "unreached",
    "unsized",
    "unused-index",
    "waste",
]
"""What a finding is about."""


@dataclass(frozen=True, slots=True)
class AccessPattern:
    """One read or write that a program does, as a value: nothing is run.

    `asked` is the statement or query with `any_(type)` in the place of what differs from call to call. `items` is how
    many items a call gives back (for a batch, how many it has in all), `keeps` the share of the items read that the
    filter leaves, `per_second` how often it is called, `item_bytes` the usual size of an item where the declared
    bounds say too little. A scan is refused unless `scan` says why it is right.
    """

    name: str
    asked: Asked
    _: KW_ONLY
    items: int | None = None
    keeps: float | None = None
    per_second: float | None = None
    item_bytes: int | None = None
    scan: str = ""

    def __post_init__(self) -> None:
        _refuse_other(self.name, self.asked)
        for name in ("items", "keeps", "per_second", "item_bytes"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InvalidValue(f"access pattern {self.name!r}: {name} must be above 0, got {value}")
        if self.scan and not self.scan.strip():
            raise InvalidValue(f"access pattern {self.name!r}: scan gives no reason")
        if self.keeps is not None and self.keeps > 1:
            raise InvalidValue(f"access pattern {self.name!r}: keeps is a share from 0 to 1, got {self.keeps}")


def _refuse_other(name: str, asked: object) -> None:
    if not isinstance(asked, (Statement, Query, Scan, Collection, Selected)):
        kind = type(asked).__name__
        raise DefinitionError(f"access pattern {name!r}: expected a statement, a query or a scan, got {kind}")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that is known and right as it is: `code` as the report shows it, what it is about, and the reason."""

    code: Code
    about: type[Entity] | Table | AccessPattern | str
    because: str

    @property
    def name(self) -> str:
        """The name that the finding bears: of a pattern, an entity, a table or an index."""
        match self.about:
            case str():
                return self.about
            case AccessPattern() | Table():
                return self.about.name
            case _:
                return self.about.__definition__.name
