"""The names and values given beside an expression: who uses which, and paths with their placeholders resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dynalayer.engines.embedded.grammar.lexer import ExpressionError
from dynalayer.engines.embedded.grammar.syntax import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
)
from dynalayer.protocol import RESERVED_WORDS, messages
from dynalayer.protocol.limits import NESTING

Leaf = Path | Placeholder
_GREATEST_POSITION: Final = 2**31 - 1


class Scope:
    """Checks the names of one expression and resolves them; `names` are its ExpressionAttributeNames."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self.used_names: set[str] = set()
        self.used_values: dict[str, None] = {}
        self.attributes: set[str] = set()
        self.nested: tuple[str, ...] = ()

    def check(self, leaves: Iterable[Leaf]) -> None:
        """Note the placeholders in use; refuse reserved words, then undefined names."""
        found = list(leaves)
        self.used_values = {leaf.name: None for leaf in found if isinstance(leaf, Placeholder)}
        paths = [leaf.elements for leaf in found if isinstance(leaf, Path)]
        names = [element for elements in paths for element in elements if isinstance(element, str)]
        for name in names:
            if name[0] != "#" and name.upper() in RESERVED_WORDS:
                raise ExpressionError(messages.RESERVED.format(name))
        self.used_names = {name for name in names if name[0] == "#"}
        for name in names:
            if name[0] == "#" and name not in self._names:
                raise ExpressionError(messages.NAME_UNDEFINED.format(name))
        for position in [element for elements in paths for element in elements if isinstance(element, int)]:
            if position > _GREATEST_POSITION:
                raise ExpressionError(messages.LIST_INDEX.format(position))
        for elements in paths:
            if len(elements) > NESTING:
                raise ExpressionError(messages.PATH_TOO_DEEP.format(len(elements)))
        self.nested = tuple(self._names.get(str(e[0]), str(e[0])) for e in paths if len(e) > 1)
        self.attributes = {self._names.get(str(elements[0]), str(elements[0])) for elements in paths}

    def resolve(self, path: Path) -> Path:
        """The path with real attribute names."""
        if not self.used_names:
            return path
        return Path(tuple(e if isinstance(e, int) else self._names.get(e, e) for e in path.elements))


def leaves_of_action(action: Action) -> Iterator[Leaf]:
    """The paths and placeholders of an update's clause."""
    yield action.path
    if action.operand is not None:
        yield from leaves_of_operand(action.operand)


def leaves_of_operand(operand: Operand) -> Iterator[Leaf]:
    """The paths and placeholders of an operand, from left to right."""
    stack = [operand]
    while stack:
        top = stack.pop()
        if isinstance(top, Call):
            stack.extend(reversed(top.operands))
        elif isinstance(top, Arithmetic):
            stack += [top.right, top.left]
        else:
            yield top


def leaves_of_condition(condition: Condition) -> Iterator[Leaf]:
    """The paths and placeholders of a condition, from left to right."""
    for simple in simple_conditions(condition):
        for operand in operands_of(simple):
            yield from leaves_of_operand(operand)


def simple_conditions(condition: Condition) -> Iterator[Comparison | Between | In | Call]:
    """The comparisons and functions that AND, OR and NOT join, from left to right."""
    stack = [condition]
    while stack:
        top = stack.pop()
        if isinstance(top, Not):
            stack.append(top.condition)
        elif isinstance(top, And | Or):
            stack.extend(reversed(top.conditions))
        else:
            yield top


def operands_of(simple: Comparison | Between | In | Call) -> tuple[Operand, ...]:
    """The operands of a comparison or function."""
    if isinstance(simple, Call):
        return simple.operands
    if isinstance(simple, Comparison):
        return (simple.left, simple.right)
    if isinstance(simple, Between):
        return (simple.operand, simple.low, simple.high)
    return (simple.operand, *simple.options)
