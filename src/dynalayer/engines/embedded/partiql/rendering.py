"""From syntax trees to the expressions of a plain request, with a placeholder for every name and value."""

from __future__ import annotations

from typing import Any, Final

from dynalayer.engines.embedded.evaluation.operands import Values
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

_SECTIONS: Final = ("SET", "REMOVE", "ADD", "DELETE")


class Renderer:
    """Writes the expressions of one request and collects their names and values."""

    def __init__(self, values: Values) -> None:
        self._given = values
        self._names: dict[str, str] = {}
        self._values: Values = {}

    def members(self) -> dict[str, Any]:
        """ExpressionAttributeNames and ExpressionAttributeValues, as far as they are needed."""
        members: dict[str, Any] = {}
        if self._names:
            members["ExpressionAttributeNames"] = {sign: name for name, sign in self._names.items()}
        if self._values:
            members["ExpressionAttributeValues"] = self._values
        return members

    def name(self, attribute: str) -> str:
        """The placeholder of an attribute's name."""
        return self._names.setdefault(attribute, f"#{len(self._names)}")

    def path(self, path: Path) -> str:
        """A document path."""
        first, *rest = path.elements
        return self.name(str(first)) + "".join([f"[{e}]" if isinstance(e, int) else f".{self.name(e)}" for e in rest])

    def operand(self, operand: Operand) -> str:
        """An operand."""
        if isinstance(operand, Placeholder):
            self._values[operand.name] = self._given[operand.name]
            return operand.name
        if isinstance(operand, Call):
            return f"{operand.function}({', '.join([self.operand(inner) for inner in operand.operands])})"
        if isinstance(operand, Arithmetic):
            return f"{self.operand(operand.left)} {operand.operator} {self.operand(operand.right)}"
        return self.path(operand)

    def condition(self, condition: Condition) -> str:
        """A condition, with parentheses only where they change its meaning: others are refused as redundant."""
        if isinstance(condition, Or):
            return " OR ".join([self.condition(part) for part in condition.conditions])
        if isinstance(condition, And):
            return " AND ".join([self._bound(part, Or) for part in condition.conditions])
        if isinstance(condition, Not):
            return f"NOT {self._bound(condition.condition, (And, Or))}"
        if isinstance(condition, Call):
            return self.operand(condition)
        if isinstance(condition, Comparison):
            return f"{self.operand(condition.left)} {condition.operator} {self.operand(condition.right)}"
        if isinstance(condition, Between):
            low, high = self.operand(condition.low), self.operand(condition.high)
            return f"{self.operand(condition.operand)} BETWEEN {low} AND {high}"
        return self._in(condition)

    def _in(self, condition: In) -> str:
        options = ", ".join([self.operand(option) for option in condition.options])
        return f"{self.operand(condition.operand)} IN ({options})"

    def _bound(self, condition: Condition, looser: type | tuple[type, ...]) -> str:
        text = self.condition(condition)
        return f"({text})" if isinstance(condition, looser) else text

    def update(self, actions: tuple[Action, ...]) -> str:
        """The clauses of an update, gathered by section."""
        sections: list[str] = []
        for section in _SECTIONS:
            clauses = [self._action(action) for action in actions if action.section == section]
            if clauses:
                sections.append(f"{section} {', '.join(clauses)}")
        return " ".join(sections)

    def _action(self, action: Action) -> str:
        path = self.path(action.path)
        if action.operand is None:
            return path
        joint = " = " if action.section == "SET" else " "
        return f"{path}{joint}{self.operand(action.operand)}"
