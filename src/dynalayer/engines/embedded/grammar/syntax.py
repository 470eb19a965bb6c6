"""The syntax trees of expressions; paths still have their placeholders until a scope resolves them."""

from __future__ import annotations

from dataclasses import dataclass

Element = str | int


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: attribute names and list positions."""

    elements: tuple[Element, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(f"[{e}]" if isinstance(e, int) else e for e in self.elements) + "]"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value to be given beside the expression, with its colon."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its operands."""

    function: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The sum or difference of two operands."""

    operator: str
    left: Operand
    right: Operand


Operand = Path | Placeholder | Call | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and one of `=`, `<>`, `<`, `<=`, `>`, `>=`."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """An operand within two bounds, both included."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """An operand that equals one of several."""

    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition's opposite."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """Conditions that must all hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Conditions of which one must hold."""

    conditions: tuple[Condition, ...]


Condition = Comparison | Between | In | Not | And | Or | Call


@dataclass(frozen=True, slots=True)
class Action:
    """One clause of an update: its section, its path, and its operand (none for REMOVE)."""

    section: str
    path: Path
    operand: Operand | None
