"""The syntax trees of statements; their conditions and updates are trees of the expressions' own grammar."""

from __future__ import annotations

from dataclasses import dataclass

from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.grammar.syntax import Action, Condition, Path
from dynalayer.protocol import Item


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT; `paths` is None for `*`, `order` has the attributes of ORDER BY and whether each ascends."""

    table: str
    index: str | None
    paths: tuple[Path, ...] | None
    where: Condition | None
    order: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS: in a transaction, the condition that a SELECT by full key finds its item."""

    table: str
    where: Condition | None


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT of an item that must not be there yet."""

    table: str
    item: Item


@dataclass(frozen=True, slots=True)
class Update:
    """UPDATE of an item that must be there; `returning` is the API's ReturnValues."""

    table: str
    actions: tuple[Action, ...]
    where: Condition | None
    returning: str


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE; `returning` is the API's ReturnValues."""

    table: str
    where: Condition | None
    returning: str


Write = Insert | Update | Delete
Statement = Select | Exists | Write


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement, and the values of the placeholders that stand in it for literals and parameters."""

    statement: Statement
    values: Values
