"""What is shown of a program in the console."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dynalayer.protocol import DefinitionError

from .metrics.mathematics import Math
from .metrics.metric import Metric


@dataclass(frozen=True, slots=True)
class Graph:
    """Lines over time under one title."""

    title: str
    lines: Sequence[Metric | Math]

    def __post_init__(self) -> None:
        if not self.lines:
            raise DefinitionError(f"the graph {self.title!r} shows no metric")


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Rows of one to four graphs beside each other; in `name` {env} stands for the environment."""

    name: str
    rows: Sequence[Sequence[Graph]]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,235}", self.name.replace("{env}", "")):
            raise DefinitionError(f"dashboard {self.name!r}: a name has letters, digits, - and _ beside {{env}}")
        for number, row in enumerate(self.rows, 1):
            if not 1 <= len(row) <= 4:
                raise DefinitionError(
                    f"dashboard {self.name!r}: row {number} has {len(row)} graphs, 1 to 4 are possible"
                )
