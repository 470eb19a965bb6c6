"""Where rows come from, told by a URL: a SQL database, or documents of Firestore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Contract, Findings
from .firestore import FirestoreOrigin, is_firestore, parse_firestore
from .ports import Origin
from .reading import Reader
from .source import Source, parse_source
from .validation import validate

if TYPE_CHECKING:
    from .queries import EntityPlan


class SqlOrigin:
    """A SQL database and its schema; raises `SourceUnavailable`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.schema = source.schema()

    @property
    def shown(self) -> str:
        """The place without the password."""
        return self.source.shown

    def identity(self) -> object:
        """The schema: rows come and go."""
        return self.schema

    @property
    def is_partial(self) -> bool:
        """False: all rows are read."""
        return False

    def plans(self, contract: Contract) -> tuple[tuple[EntityPlan, ...], Findings]:
        """The plans of what fits, and what is found in a contract beside the schema."""
        return validate(contract, self.schema)

    def validate(self, contract: Contract) -> Findings:
        """What is found in a contract beside the schema."""
        return validate(contract, self.schema)[1]

    def reader(self, contract: Contract) -> Reader:
        """A reader on a connection of its own."""
        return Reader(self.source)

    def close(self) -> None:
        """Nothing is held between readers."""


def open_origin(url: str) -> Origin:
    """The source of a URL; raises `SourceUnavailable`."""
    return FirestoreOrigin(parse_firestore(url)) if is_firestore(url) else SqlOrigin(parse_source(url))
