"""The names and values given beside an expression: who uses which, and paths with their placeholders resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

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

Leaf = Path | Placeholder


class Scope:
    """Checks the names of one expression and resolves them; `names` are its ExpressionAttributeNames."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self.used_names: set[str] = set()
        self.used_values: dict[str, None] = {}

    def check(self, leaves: Iterable[Leaf]) -> None:
        """Note the placeholders in use; refuse reserved words, then undefined names."""
        undefined = None
        for leaf in leaves:
            if isinstance(leaf, Placeholder):
                self.used_values[leaf.name] = None
                continue
            for element in leaf.elements:
                if isinstance(element, int):
                    continue
                if element[0] != "#":
                    _refuse_reserved(element)
                    continue
                self.used_names.add(element)
                if element not in self._names and undefined is None:
                    undefined = element
        if undefined is not None:
            raise ExpressionError(messages.NAME_UNDEFINED.format(undefined))

    def resolve(self, path: Path) -> Path:
        """The path with real attribute names."""
        if not self.used_names:
            return path
        return Path(tuple(e if isinstance(e, int) else self._names.get(e, e) for e in path.elements))


def _refuse_reserved(word: str) -> None:
    if word.upper() in RESERVED_WORDS:
        raise ExpressionError(messages.RESERVED.format(word))


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
