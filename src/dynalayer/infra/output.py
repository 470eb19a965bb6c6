"""What a stack tells those who come after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from dynalayer.protocol import DefinitionError
from dynalayer.schema import Table

from .dashboard import Dashboard
from .topic import Topic

Told = Table | Topic | Dashboard


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that is known of a resource once it stands."""

    of: Told
    what: Literal["name", "arn", "stream"]


def name_of(of: Told) -> Reference:
    """The name of a resource in its environment."""
    return Reference(of, "name")


def arn_of(of: Table | Topic) -> Reference:
    """The ARN of a table or a topic."""
    return Reference(of, "arn")


def stream_of(table: Table) -> Reference:
    """The ARN of a table's stream; raises `DefinitionError` if it has none."""
    if table.stream is None:
        raise DefinitionError(f"table {table.name!r} is declared without a stream")
    return Reference(table, "stream")


@dataclass(frozen=True, slots=True)
class Output:
    """A named value of a stack: a reference, or text in which {env} stands for the environment."""

    name: str
    of: Reference | str
    description: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", self.name):
            raise DefinitionError(f"the output {self.name!r} must have 1 to 255 letters and digits")
