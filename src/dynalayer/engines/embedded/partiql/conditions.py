"""The grammar of WHERE, read with a stack of our own: a statement's parentheses may be deeper than Python's stack."""

from __future__ import annotations

from typing import Final

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
)
from dynalayer.engines.embedded.partiql.lexer import malformed
from dynalayer.engines.embedded.partiql.literals import ValueReader
from dynalayer.protocol import messages

_COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_BINDING: Final = {"(": 0, "OR": 1, "AND": 2, "NOT": 3}
_DEEPEST_GROUP: Final = 150


class ConditionReader(ValueReader):
    """Reads conditions into the trees of the expressions' grammar."""

    def condition(self) -> Condition:
        """A condition, up to the first token that cannot be part of it."""
        stack: list[str] = []
        output: list[Condition] = []
        while True:
            while self.kind in ("NOT", "("):
                stack.append(self.take().kind)
            if stack.count("(") > _DEEPEST_GROUP:
                raise malformed(messages.NESTED_TOO_DEEP)
            output.append(self._simple())
            while self.kind == ")" and "(" in stack:
                _reduce(stack, output, 1)
                stack.pop()
                self.take()
            if self.kind not in ("AND", "OR"):
                break
            _reduce(stack, output, _BINDING[self.kind])
            stack.append(self.take().kind)
        if "(" in stack:
            self.fail()
        _reduce(stack, output, 1)
        return output[0]

    def _simple(self) -> Condition:
        left = self.operand()
        if self.kind in _COMPARATORS:
            return Comparison(self.take().kind, left, self.operand())
        if self.accept("IS"):
            return self._is(left)
        negated = self.kind == "NOT" and self.later(1) in ("IN", "BETWEEN") and self.accept("NOT")
        if self.accept("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            found: Condition = Between(left, low, self.operand())
        elif self.accept("IN"):
            found = In(left, self._options())
        elif isinstance(left, Call):
            return left
        else:
            self.fail()
        return Not(found) if negated else found

    def _is(self, left: Operand) -> Condition:
        negated = self.accept("NOT")
        if self.accept("MISSING"):
            return Call("attribute_exists" if negated else "attribute_not_exists", (left,))
        self.expect("NULL")
        null = Call("attribute_type", (left, self.placeholder({"S": "NULL"})))
        return Not(null) if negated else null

    def _options(self) -> tuple[Operand, ...]:
        end = {"[": "]", "(": ")"}.get(self.kind)
        if end is None:
            self.fail()
        self.take()
        options = [self.operand()]
        while self.accept(","):
            options.append(self.operand())
        self.expect(end)
        return tuple(options)


def _reduce(stack: list[str], output: list[Condition], binding: int) -> None:
    """Join what stands before an operator of that binding."""
    while stack and _BINDING[stack[-1]] >= binding:
        operator = stack.pop()
        right = output.pop()
        if operator == "NOT":
            output.append(right.condition if isinstance(right, Not) else Not(right))
            continue
        joined = And if operator == "AND" else Or
        left = output.pop()
        parts = left.conditions if isinstance(left, joined) else (left,)
        output.append(joined((*parts, *(right.conditions if isinstance(right, joined) else (right,)))))
