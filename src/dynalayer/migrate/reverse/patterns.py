"""Texts that a template made, taken apart again: where that has only one answer; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from dynalayer.migrate.contract import AttributeSpec
from dynalayer.migrate.contract.values import StringFormat
from dynalayer.migrate.queries import EntityPlan, Fixed, Joined, Made, Of, Output, Recipe
from dynalayer.migrate.source import ColumnInfo, Dialect

_CHARACTERS: Final[dict[str, str]] = {
    "integer": "-0123456789",
    "year": "0123456789",
    "decimal": "-.0123456789",
    "uuid": "-0123456789abcdefABCDEF",
    "date": "-0123456789",
    "datetime": "-.:T0123456789",
    "timestamp": "-.:TZ0123456789",
}
"""What the texts of a kind are made of; texts of other kinds may be of anything."""
_ANY_TEXT: Final = frozenset({"date", "datetime", "timestamp", "decimal", "integer", "year", "uuid"})
"""Kinds whose columns hold any text in SQLite."""


class Slot(Struct, frozen=True):
    """A part of a text that differs from row to row: of a column of the row, or of something else."""

    column: ColumnInfo | None
    characters: str


class Pattern(Struct, frozen=True):
    """Literal texts and slots in their order."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots in their order."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @property
    def is_unambiguous(self) -> bool:
        """True if a text fits in one way only.

        A slot whose characters are known ends where others begin; beside those there may be one slot of any text.
        """
        free = [number for number, part in enumerate(self.parts) if isinstance(part, Slot) and not part.characters]
        if len(free) > 1:
            return False
        turn = free[0] if free else len(self.parts)
        before, after = self.parts[:turn], self.parts[turn + 1 :][::-1]
        return _ends(before, 0, has_more=bool(free)) and _ends(after, -1, has_more=bool(free))

    @property
    def expression(self) -> str:
        """The regular expression of such texts, with a group for each slot."""
        return "".join(_expression(part) for part in self.parts)

    def read(self, text: str) -> tuple[str, ...] | None:
        """The texts of the slots; None if the text does not fit."""
        found = re.fullmatch(self.expression, text, re.DOTALL)
        return None if found is None else found.groups()


def _ends(parts: Sequence[str | Slot], near: int, *, has_more: bool) -> bool:
    """True if each slot is followed, from where it is read, by a text that cannot be of it, or by the end."""
    for number, part in enumerate(parts):
        if not isinstance(part, Slot):
            continue
        if number + 1 == len(parts):
            return not has_more
        following = parts[number + 1]
        if isinstance(following, Slot) or following[near] in part.characters:
            return False
    return True


def _expression(part: str | Slot) -> str:
    if isinstance(part, str):
        return re.escape(part)
    return f"([{re.escape(part.characters)}]*)" if part.characters else "(.*)"


def pattern_of(plan: EntityPlan, made: Made) -> Pattern | None:
    """The pattern of an attribute's text; None if it is no text that is put together of parts."""
    if made.attribute.type != "S" or not isinstance(made.attribute.transformation, (StringFormat, type(None))):
        return None
    parts = _parts(plan, made.recipe, frozenset({made.attribute.name}))
    merged: list[str | Slot] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return Pattern(tuple(merged))


def _parts(plan: EntityPlan, recipe: Recipe, seen: frozenset[str]) -> list[str | Slot]:
    match recipe:
        case Fixed(value=str() as text):
            return [text]
        case Joined(parts=parts, separator=separator, skips_nulls=False):
            found: list[str | Slot] = []
            for number, part in enumerate(parts):
                found += [separator] if number else []
                found += _parts(plan, part, seen)
            return found
        case Output():
            return [_slot(plan, recipe)]
        case Of(name=name) if name not in seen:
            other = next(each for each in plan.made if each.attribute.name == name)
            return _parts(plan, other.recipe, seen | {name}) if _is_plain(other.attribute) else [Slot(None, "")]
        case _:
            return [Slot(None, "")]


def _is_plain(attribute: AttributeSpec) -> bool:
    return attribute.transformation is None or isinstance(attribute.transformation, StringFormat)


def _slot(plan: EntityPlan, recipe: Output) -> Slot:
    name = plan.origins.outputs[recipe.number]
    column = None if name is None else plan.source.column(name)
    return Slot(column, characters_of(column or recipe.column, plan.dialect))


def characters_of(column: ColumnInfo | None, dialect: Dialect) -> str:
    """What texts of a column are made of; empty for any characters."""
    if column is None or (dialect == "sqlite" and column.kind in _ANY_TEXT - {"integer", "year"}):
        return ""
    return _CHARACTERS.get(column.kind, "")
