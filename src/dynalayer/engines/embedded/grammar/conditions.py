"""The grammar of condition, filter and key condition expressions.

Groups and operators are kept on a stack of our own, not on Python's: thousands of parentheses are read, or refused, in
a loop. Binding from loose to tight: OR, AND, NOT, comparisons.
"""

from __future__ import annotations

from typing import Final, cast

from dynalayer.engines.embedded.grammar.lexer import ExpressionError, Reader
from dynalayer.engines.embedded.grammar.syntax import (
    And,
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
from dynalayer.protocol import messages

_COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_BINDING: Final = {"(": 0, "OR": 1, "AND": 2, "NOT": 3}
CONDITION_FUNCTIONS: Final = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)

_Node = Condition | Operand


def parse_condition(text: str) -> Condition:
    """The syntax tree of a condition; raises `ExpressionError`."""
    return _Parser(text).parse()


class _Parser(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._output: list[_Node] = []
        self._grouped: list[bool] = []
        self._stack: list[str] = []
        self._redundant = False

    def parse(self) -> Condition:
        while True:
            self._prefix()
            if not self._infix():
                break
        if self._redundant:
            raise ExpressionError(messages.REDUNDANT_PARENTHESES)
        return cast("Condition", self._output[0])

    def _prefix(self) -> None:
        """Up to and including the next operand."""
        while self.kind in ("NOT", "("):
            if self.kind == "NOT":
                self.count()
            self._stack.append(self.take().kind)
        self._push(self.operand(), grouped=False)

    def _infix(self) -> bool:
        """What follows an operand, up to an AND or OR; False at the end of the text."""
        while True:
            if self.kind in _COMPARATORS or self.kind in ("BETWEEN", "IN"):
                self._comparison()
            elif self.kind == ")":
                self._close()
            elif self.kind in ("AND", "OR"):
                self._require_condition()
                self._reduce(_BINDING[self.kind])
                self.count()
                self._stack.append(self.take().kind)
                return True
            elif self.kind == "end":
                self._require_condition()
                self._reduce(1)
                if self._stack:
                    self.fail()
                return False
            else:
                self.fail()

    def _push(self, node: _Node, *, grouped: bool) -> None:
        self._output.append(node)
        self._grouped.append(grouped)

    def _pop(self) -> _Node:
        self._grouped.pop()
        return self._output.pop()

    def _require_condition(self) -> None:
        if isinstance(self._output[-1], Path | Placeholder):
            self.fail()

    def _comparison(self) -> None:
        if not isinstance(self._output[-1], Path | Placeholder | Call):
            self.fail()
        left = cast("Operand", self._pop())
        self.count()
        operator = self.take().kind
        if operator == "BETWEEN":
            low = self.operand()
            self.expect("AND")
            self._push(Between(left, low, self.operand()), grouped=False)
        elif operator == "IN":
            self._push(In(left, self._options()), grouped=False)
        else:
            self._push(Comparison(operator, left, self.operand()), grouped=False)

    def _options(self) -> tuple[Operand, ...]:
        self.expect("(")
        options = [self.operand()]
        while self.kind == ",":
            self.take()
            options.append(self.operand())
        self.expect(")")
        return tuple(options)

    def _close(self) -> None:
        self._reduce(1)
        if not self._stack:
            self.fail()
        self._stack.pop()
        self._redundant = self._redundant or self._grouped[-1]
        self._grouped[-1] = True
        self.take()

    def _reduce(self, binding: int) -> None:
        """Join what stands before an operator of that binding."""
        while self._stack and _BINDING[self._stack[-1]] >= binding:
            operator = self._stack.pop()
            right = cast("Condition", self._pop())
            if isinstance(right, Path | Placeholder):
                self.fail()
            if operator == "NOT":
                self._push(_negated(right), grouped=False)
                continue
            # The left side was checked when its AND or OR was read.
            left = cast("Condition", self._output[-1])
            joined = And if operator == "AND" else Or
            parts = left.conditions if isinstance(left, joined) else (left,)
            self._pop()
            self._push(joined((*parts, right)), grouped=False)


def _negated(condition: Condition) -> Condition:
    return condition.condition if isinstance(condition, Not) else Not(condition)
